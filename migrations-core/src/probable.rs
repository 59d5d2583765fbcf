//! What has probably happened, as far as there is evidence for it.
//!
//! A cause is reported only where there is evidence for one. The states that interrupted commands leave
//! behind are properties of what they are left on, and are reported with the command
//! (`probable/interrupted.rs`). What `pg_stat_progress_create_index` says tells an index that is being
//! built from one that was left behind.

mod interrupted;

use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use crate::compare::{Change, Difference};
use crate::snapshot::{CatalogSnapshot, Kind, Property};

/// The tables on which an index is being built at this moment; `None` for one that this role may not see.
pub type Builds = BTreeSet<Option<ObjectName>>;

/// A ledger without the snapshot that is stored with it.
pub const PART_OF_THE_LEDGER: &str = "a restore of only a part of the schema tenon, or rows deleted in it by hand: the migrations are in the \
     ledger, and the reading that a heal stores with them is not";

const BY_HAND: &str = "a change by hand";
const VERSION: &str = "the extension was installed or updated in another version";
const RESTORE: &str = "perhaps a restore without owners or grants (pg_dump --no-owner, --no-privileges): nothing \
     else of the plugin differs";

/// The probable cause of each of these differences, which are all of one plugin.
pub fn causes(differences: &[Difference], live: &CatalogSnapshot, builds: &Builds) -> Vec<&'static str> {
    let restored = restored(differences);
    let of_one = |difference: &Difference| match interrupted::cause(difference, live, builds) {
        Some(cause) => cause,
        None if is_version(difference) => VERSION,
        None if restored => RESTORE,
        None => BY_HAND,
    };
    differences.iter().map(of_one).collect()
}

fn is_version(difference: &Difference) -> bool {
    difference.object.kind == Kind::Extension
        && matches!(difference.change, Change::Changed { property: Property::Version, .. })
}

/// Whether several objects, and nothing but them, have lost their grants or all have one new owner. An
/// extension a restore takes as the server has it.
fn restored(differences: &[Difference]) -> bool {
    let mut owners = BTreeSet::new();
    let own = differences.iter().filter(|difference| !is_version(difference));
    let lost = own.clone().all(|difference| match &difference.change {
        Change::Changed { property: Property::Owner, found, .. } => {
            owners.insert(found.as_ref().map(ToString::to_string));
            true
        }
        Change::Changed { property: Property::Grants, found: None, .. } => true,
        _ => false,
    });
    let objects: BTreeSet<_> = own.map(|difference| &difference.object).collect();
    lost && objects.len() > 1 && owners.len() < 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::snapshot::{ObjectId, Value};

    fn difference(kind: Kind, name: &str, change: Change) -> Difference {
        let table = "inv.item".parse().unwrap();
        let object = ObjectId::of_relation(kind, &table, name.into());
        Difference { object, change, severity: Severity::Warning }
    }

    fn changed(property: Property, found: Option<&str>) -> Change {
        let text = |text: &str| Value::Text(text.to_owned());
        Change::Changed { property, expected: Some(text("expected")), found: found.map(text) }
    }

    fn causes_of(differences: &[Difference]) -> Vec<&'static str> {
        causes(differences, &CatalogSnapshot::default(), &Builds::new())
    }

    #[test]
    fn lost_owners_and_grants_alone_speak_of_a_restore() {
        let owner = |name, to| difference(Kind::Table, name, changed(Property::Owner, Some(to)));
        let grants = |name, to| difference(Kind::Table, name, changed(Property::Grants, to));
        let other = difference(Kind::Column, "qty", changed(Property::Default, None));
        assert_eq!(causes_of(&[owner("a", "x"), owner("b", "x"), grants("a", None)]), [RESTORE; 3]);
        let version = difference(Kind::Extension, "citext", changed(Property::Version, Some("1.8")));
        assert_eq!(causes_of(&[owner("a", "x"), version, owner("b", "x")]), [RESTORE, VERSION, RESTORE]);
        for by_hand in [
            vec![owner("a", "x")],
            vec![owner("a", "x"), owner("b", "y")],
            vec![grants("a", None), grants("b", Some("public: SELECT"))],
            vec![owner("a", "x"), owner("b", "x"), other],
        ] {
            assert_eq!(causes_of(&by_hand), vec![BY_HAND; by_hand.len()]);
        }
    }
}
