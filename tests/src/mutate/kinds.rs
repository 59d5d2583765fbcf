//! The kinds of change, each a block of a file of `kinds/`.
//!
//! A block is a line `-- kind: NAME` and a query that gives every way to make that change in a database: the
//! schema and name of the object that a difference has to name, the statements, and, where the kind is
//! `held`, what another session holds meanwhile. `targets.sql` opens each query. A kind is `outside` when its
//! statements cannot run in a transaction: it gets a copy of the database, and a statement a line. One `from
//! 18` is passed over on older servers.

/// One kind of change.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Gives the candidates: `$1` is a number from 1 to 1000.
    pub(super) query: String,
    pub(super) place: Place,
}

/// Where a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Transaction,
    /// In a copy, while another session holds what the candidate says: the last statement has to fail.
    HeldCopy,
}

const FILES: [&str; 10] = [
    include_str!("kinds/table.sql"),
    include_str!("kinds/column.sql"),
    include_str!("kinds/constraint.sql"),
    include_str!("kinds/index.sql"),
    include_str!("kinds/type.sql"),
    include_str!("kinds/view.sql"),
    include_str!("kinds/routine.sql"),
    include_str!("kinds/grants.sql"),
    include_str!("kinds/other.sql"),
    include_str!("kinds/interrupted.sql"),
];

/// Every kind that a server of this major knows, in the order of the files.
pub(super) fn all(major: u32) -> Vec<Kind> {
    let blocks = FILES.iter().flat_map(|file| file.split("-- kind: ").skip(1));
    blocks
        .map(|block| block.split_once('\n').expect("a query follows the name"))
        .filter_map(|(title, query)| match title.split_once(", from ") {
            Some((title, from)) => {
                let from: u32 = from.parse().expect("a major version");
                (major >= from).then_some((title, query))
            }
            None => Some((title, query)),
        })
        .map(|(title, query)| {
            let (name, place) = match title.strip_suffix(", outside, held") {
                Some(name) => (name, Place::HeldCopy),
                None => (title, Place::Transaction),
            };
            Kind { name, query: format!("{}{query}", include_str!("targets.sql")), place }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let kinds = all(18);
        let names: BTreeSet<_> = kinds.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds.len());
    }
}
