//! Nodes that require each other, and for each such group one path to follow.

use std::collections::{BTreeMap, VecDeque};

use super::kahn::Requires;

/// A group in which every node requires every other, over some steps.
pub(super) struct Cycle {
    /// The nodes of the group, ascending.
    pub(super) members: Vec<usize>,
    /// A shortest way from the smallest back to itself, each step a requirement.
    pub(super) path: Vec<usize>,
}

/// All cycles among the nodes `left` by the sort, by their smallest members.
pub(super) fn cycles(requires: &Requires, left: &[usize]) -> Vec<Cycle> {
    let mut component = vec![usize::MAX; requires.len()];
    let mut cycles = Vec::new();
    for (number, members) in components(requires, left).into_iter().enumerate() {
        for &member in &members {
            component[member] = number;
        }
        if let Some(path) = shortest(requires, &component, number, &members) {
            cycles.push(Cycle { members, path });
        }
    }
    cycles.sort_by(|a, b| a.members.cmp(&b.members));
    cycles
}

/// Breadth first from the smallest member to a member that requires it.
fn shortest(
    requires: &Requires,
    component: &[usize],
    number: usize,
    members: &[usize],
) -> Option<Vec<usize>> {
    let &start = members.first()?;
    let mut came_from = BTreeMap::from([(start, start)]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in &requires[node] {
            if next == start {
                return Some(way(&came_from, start, node));
            }
            if component[next] == number && !came_from.contains_key(&next) {
                came_from.insert(next, node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// The way from `start` to `last`, and back to `start`.
fn way(came_from: &BTreeMap<usize, usize>, start: usize, last: usize) -> Vec<usize> {
    let mut path = vec![start];
    let mut node = last;
    while node != start {
        path.push(node);
        node = came_from.get(&node).copied().unwrap_or(start);
    }
    path.push(start);
    path.reverse();
    path
}

/// Tarjan's strongly connected components, each ascending; with a stack of its own, since a chain of
/// migrations may be longer than the thread's.
fn components(requires: &Requires, nodes: &[usize]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let count = requires.len();
    let (mut index, mut low, mut open) = (vec![UNSEEN; count], vec![0; count], vec![false; count]);
    let (mut stack, mut found, mut next_index) = (Vec::new(), Vec::new(), 0);
    for &root in nodes {
        if index[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                (index[node], low[node]) = (next_index, next_index);
                next_index += 1;
                stack.push(node);
                open[node] = true;
            } else {
                // Back from the requirement before this one.
                let child = requires[node][edge - 1];
                if open[child] {
                    low[node] = low[node].min(low[child]);
                }
            }
            match requires[node].get(edge) {
                Some(&child) => {
                    calls.push((node, edge + 1));
                    if index[child] == UNSEEN {
                        calls.push((child, 0));
                    }
                }
                None if low[node] == index[node] => {
                    let mut members = Vec::new();
                    while let Some(member) = stack.pop() {
                        open[member] = false;
                        members.push(member);
                        if member == node {
                            break;
                        }
                    }
                    members.sort_unstable();
                    found.push(members);
                }
                None => {}
            }
        }
    }
    found
}
