//! Kahn's algorithm over numbers, the smallest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What each node requires, by number.
pub(super) type Requires = Vec<Vec<usize>>;

/// Nodes in an order in which each comes after what it requires, and the nodes that have no place because
/// they are on a cycle or require something that is.
pub(super) struct Sorted {
    pub(super) order: Vec<usize>,
    pub(super) left: Vec<usize>,
}

/// Sorts in `O((n + m) log n)`. A requirement named twice counts twice, consistently.
pub(super) fn sort(requires: &Requires) -> Sorted {
    let mut waiting: Vec<usize> = requires.iter().map(Vec::len).collect();
    let mut required_by: Vec<Vec<usize>> = vec![Vec::new(); requires.len()];
    for (node, required) in requires.iter().enumerate() {
        for &other in required {
            required_by[other].push(node);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..requires.len()).filter(|&node| waiting[node] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(requires.len());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &next in &required_by[node] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    let left = (0..requires.len()).filter(|&node| waiting[node] > 0).collect();
    Sorted { order, left }
}

#[cfg(test)]
mod tests {
    use petgraph::algo::is_cyclic_directed;
    use petgraph::graph::DiGraph;
    use proptest::prelude::*;

    use super::super::cycles::cycles;
    use super::*;

    #[test]
    fn among_what_could_come_next_the_smallest_comes_first() {
        assert_eq!(sort(&vec![vec![3], vec![], vec![1], vec![]]).order, [1, 2, 3, 0]);
    }

    fn graph() -> impl Strategy<Value = Requires> {
        (1..12usize).prop_flat_map(|n| proptest::collection::vec(proptest::collection::vec(0..n, 0..3), n))
    }

    fn petgraph(requires: &Requires) -> DiGraph<(), ()> {
        let edges =
            requires.iter().enumerate().flat_map(|(node, r)| r.iter().map(move |&o| (o as u32, node as u32)));
        let mut graph = DiGraph::new();
        requires.iter().for_each(|_| _ = graph.add_node(()));
        graph.extend_with_edges(edges);
        graph
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn nothing_is_left_exactly_if_petgraph_finds_no_circle(requires in graph()) {
            let sorted = sort(&requires);
            prop_assert_eq!(!sorted.left.is_empty(), is_cyclic_directed(&petgraph(&requires)));
            let place = |node| sorted.order.iter().position(|&n| n == node);
            for &node in &sorted.order {
                for &other in &requires[node] {
                    prop_assert!(place(other) < place(node) && place(other).is_some());
                }
            }
            prop_assert_eq!(sorted.order.len() + sorted.left.len(), requires.len());
        }

        #[test]
        fn circles_are_the_strong_components_of_petgraph_and_their_paths_hold(requires in graph()) {
            let found = cycles(&requires, &sort(&requires).left);
            let mut ours: Vec<_> = found.iter().map(|cycle| cycle.members.clone()).collect();
            let mut theirs: Vec<Vec<usize>> = petgraph::algo::tarjan_scc(&petgraph(&requires))
                .into_iter()
                .map(|component| { let mut c: Vec<_> = component.iter().map(|n| n.index()).collect(); c.sort_unstable(); c })
                .filter(|c| c.len() > 1 || requires[c[0]].contains(&c[0]))
                .collect();
            ours.sort();
            theirs.sort();
            prop_assert_eq!(ours, theirs);
            for cycle in found {
                prop_assert_eq!(cycle.path.first(), cycle.path.last());
                prop_assert_eq!(cycle.path.first(), cycle.members.first());
                for step in cycle.path.windows(2) {
                    prop_assert!(requires[step[0]].contains(&step[1]));
                }
            }
        }
    }
}
