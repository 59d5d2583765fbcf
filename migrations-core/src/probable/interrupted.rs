//! States that commands leave behind which are cut off, and what only the next command would have set right.

use tenon_schema::ObjectName;

use super::Builds;
use crate::compare::{Change, Difference};
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

const BEING_BUILT: &str = "the index is being built at this moment";
const NOT_BUILT: &str = "a concurrent index build that failed or was cut off";
const MAYBE_BUILT: &str = "a concurrent index build that failed, or has not ended";
const LEFT_BEHIND: &str = "a REINDEX CONCURRENTLY that failed or was cut off, and left this behind";
const TOAST_LEFT_BEHIND: &str =
    "a REINDEX CONCURRENTLY that failed or was cut off, and left an index of the TOAST table behind";
const NOT_DROPPED: &str =
    "a DROP INDEX CONCURRENTLY that was cut off: what is left serves nobody and can only be dropped";
const NO_PARTS: &str = "an index of a partitioned table that was made ON ONLY it, and the indexes of its partitions were \
     not all attached: a restore or a build part by part that was cut off";
const NOT_DETACHED: &str = "a DETACH PARTITION CONCURRENTLY that failed or was cut off: the partition's rows are no longer \
     seen through its table, until it is detached with FINALIZE";
const CHECK_OF_DETACHMENT: &str =
    "a DETACH PARTITION CONCURRENTLY, which gives the partition its bounds as a check";
const NOT_VALIDATED: &str =
    "a constraint that was added NOT VALID: its VALIDATE CONSTRAINT failed, was cut off or never came";
const SWITCHED_OFF: &str = "ALTER TABLE ... DISABLE TRIGGER: by hand, or by a restore of data \
     (pg_restore --disable-triggers) that was cut off before it enabled them again";
const NOT_POPULATED: &str =
    "a restore that had no data or ended before REFRESH MATERIALIZED VIEW, or one WITH NO DATA";
const NO_IDENTITY: &str = "the index that was the replica identity was dropped, perhaps to be built anew";
const NOT_ENDED: &str = "a two-phase commit that was cut off between PREPARE TRANSACTION and its end: until it is ended \
     the transaction keeps its locks and holds back VACUUM";
const BEING_COPIED: &str =
    "a subscription that has not copied all rows yet: it is at work, disabled, or failed";

/// The command that was cut off and left the difference behind, if it looks like that.
pub(super) fn cause(
    difference: &Difference,
    live: &CatalogSnapshot,
    builds: &Builds,
) -> Option<&'static str> {
    let id = &difference.object;
    match &difference.change {
        Change::Changed { property: Property::Checks, expected, found } => {
            has_unvalidated(expected.as_ref(), found.as_ref()).then_some(NOT_VALIDATED)
        }
        Change::Changed { property, found, .. } => of_property(id, *property, found.as_ref()?, live, builds),
        Change::Unexpected => of_unexpected(id, live, builds),
        Change::Missing => None,
    }
}

fn of_property(
    id: &ObjectId,
    property: Property,
    found: &Value,
    live: &CatalogSnapshot,
    builds: &Builds,
) -> Option<&'static str> {
    let is = |text: &str| matches!(found, Value::Text(found) if found.contains(text));
    let no = *found == Value::Flag(false);
    match (id.kind, property) {
        (Kind::Index | Kind::Constraint, Property::Valid) if no => Some(of_invalid(id, live, builds)),
        (Kind::Index | Kind::Constraint, Property::State) => Some(NOT_DROPPED),
        (Kind::Table, Property::State) => Some(NOT_DETACHED),
        (Kind::Table, Property::LeftBehind) => Some(TOAST_LEFT_BEHIND),
        (Kind::Table, Property::Synchronization) => Some(BEING_COPIED),
        (Kind::Table, Property::ReplicaIdentity) if is("dropped") => Some(NO_IDENTITY),
        (Kind::Constraint, Property::Validated) if no => Some(NOT_VALIDATED),
        (Kind::Column, Property::NotNullValidated) => Some(NOT_VALIDATED),
        (Kind::Trigger | Kind::Constraint, Property::Enabled | Property::ReferencedEnabled)
            if is("DISABLE") =>
        {
            Some(SWITCHED_OFF)
        }
        (Kind::MaterializedView, Property::Populated) => Some(NOT_POPULATED),
        (Kind::Settings, Property::PreparedTransactions) => Some(NOT_ENDED),
        _ => None,
    }
}

/// Whether some check of a domain, and not so by what is expected, was never held against the values that
/// were there before it.
fn has_unvalidated(expected: Option<&Value>, found: Option<&Value>) -> bool {
    let Some(Value::List(found)) = found else { return false };
    let is_expected = |check| matches!(expected, Some(Value::List(expected)) if expected.contains(check));
    found.iter().any(|check| check.ends_with(" NOT VALID") && !is_expected(check))
}

fn of_unexpected(id: &ObjectId, live: &CatalogSnapshot, builds: &Builds) -> Option<&'static str> {
    let object = live.objects.get(id)?;
    match id.kind {
        Kind::Index if object.get(&Property::Valid) == Some(&Value::Flag(false)) => {
            Some(if is_copy(id) { LEFT_BEHIND } else { of_invalid(id, live, builds) })
        }
        Kind::Constraint => {
            let is_check = object.get(&Property::ConstraintType) == Some(&Value::Text("CHECK".to_owned()));
            let table = relation(id, live)?;
            (is_check && table.contains_key(&Property::State)).then_some(CHECK_OF_DETACHMENT)
        }
        _ => None,
    }
}

/// Why an index, or that of a key, is not valid.
fn of_invalid(id: &ObjectId, live: &CatalogSnapshot, builds: &Builds) -> &'static str {
    let has = |object: Option<&Object>, property| object.is_some_and(|object| object.contains_key(&property));
    if has(live.objects.get(id), Property::State) {
        NOT_DROPPED
    } else if has(relation(id, live), Property::PartitionKey) {
        NO_PARTS
    } else {
        unfinished(&id.owner(), builds)
    }
}

fn unfinished(table: &ObjectName, builds: &Builds) -> &'static str {
    if builds.contains(&Some(table.clone())) {
        BEING_BUILT
    } else if builds.contains(&None) {
        MAYBE_BUILT
    } else {
        NOT_BUILT
    }
}

/// Whether it has a name that `REINDEX CONCURRENTLY` gives its copies. While one runs on the table they are
/// not in the snapshot.
fn is_copy(id: &ObjectId) -> bool {
    let name = id.name.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
    name.ends_with("_ccnew") || name.ends_with("_ccold")
}

fn relation<'a>(id: &ObjectId, live: &'a CatalogSnapshot) -> Option<&'a Object> {
    live.objects.get(&ObjectId::standalone(Kind::Table, &id.owner()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::finding::Severity;

    const INVALID: (Property, Value) = (Property::Valid, Value::Flag(false));

    fn of_item(kind: Kind, name: &str) -> ObjectId {
        ObjectId::of_relation(kind, &"inv.item".parse().unwrap(), name.into())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn cause_of(object: ObjectId, change: Change, live: &[(ObjectId, Object)]) -> Option<&'static str> {
        let live = CatalogSnapshot { objects: live.iter().cloned().collect() };
        cause(&Difference { object, change, severity: Severity::Warning }, &live, &Builds::new())
    }

    fn changed(object: ObjectId, property: Property, found: Value) -> Option<&'static str> {
        let change = Change::Changed { property, expected: None, found: Some(found) };
        cause_of(object, change, &[])
    }

    #[test]
    fn an_invalid_index_is_being_built_or_was_not() {
        let index = of_item(Kind::Index, "i");
        let change =
            Change::Changed { property: Property::Valid, expected: None, found: Some(Value::Flag(false)) };
        let difference = Difference { object: index, change, severity: Severity::Warning };
        let cause = |tables: &[Option<&str>]| {
            let builds = tables.iter().map(|table| table.map(|name| name.parse().unwrap())).collect();
            cause(&difference, &CatalogSnapshot::default(), &builds).unwrap()
        };
        assert_eq!(cause(&[]), NOT_BUILT);
        assert_eq!(cause(&[Some("inv.other")]), NOT_BUILT);
        assert_eq!(cause(&[Some("inv.item"), None]), BEING_BUILT);
        assert_eq!(cause(&[None]), MAYBE_BUILT);
    }

    #[test]
    fn what_a_command_leaves_that_is_cut_off_is_told_by_it() {
        let table = ObjectId::standalone(Kind::Table, &"inv.item".parse().unwrap());
        let view = ObjectId::standalone(Kind::MaterializedView, &"inv.m".parse().unwrap());
        let key = || of_item(Kind::Constraint, "k");
        let none = || Value::Flag(false);
        let database = ObjectId::global(Kind::Settings, &"database".into());
        for (told, cause) in [
            (changed(of_item(Kind::Index, "i"), Property::State, text("being dropped")), NOT_DROPPED),
            (changed(key(), Property::State, text("being dropped")), NOT_DROPPED),
            (changed(table.clone(), Property::State, text("being detached")), NOT_DETACHED),
            (changed(table.clone(), Property::LeftBehind, Value::List(Vec::new())), TOAST_LEFT_BEHIND),
            (
                changed(table, Property::ReplicaIdentity, text("NOTHING, since its index was dropped")),
                NO_IDENTITY,
            ),
            (changed(key(), Property::Validated, none()), NOT_VALIDATED),
            (
                changed(of_item(Kind::Column, "c"), Property::NotNullValidated, text("NOT VALID")),
                NOT_VALIDATED,
            ),
            (
                changed(
                    ObjectId::standalone(Kind::Domain, &"inv.d".parse().unwrap()),
                    Property::Checks,
                    Value::List(vec!["c: CHECK ((VALUE > 0)) NOT VALID".to_owned()]),
                ),
                NOT_VALIDATED,
            ),
            (changed(of_item(Kind::Trigger, "t"), Property::Enabled, text("DISABLE")), SWITCHED_OFF),
            (changed(key(), Property::ReferencedEnabled, text("DELETE DISABLE")), SWITCHED_OFF),
            (changed(view, Property::Populated, none()), NOT_POPULATED),
            (changed(database, Property::PreparedTransactions, Value::List(Vec::new())), NOT_ENDED),
        ] {
            assert_eq!(told, Some(cause));
        }
        assert_eq!(changed(key(), Property::Validated, Value::Flag(true)), None);
        assert_eq!(changed(of_item(Kind::Trigger, "t"), Property::Enabled, text("ENABLE ALWAYS")), None);
    }

    #[test]
    fn an_index_that_nobody_expects_and_that_is_not_valid_tells_where_it_comes_from() {
        let unexpected = |name: &str, table: Object, more: Object| {
            let id = of_item(Kind::Index, name);
            let table = (ObjectId::standalone(Kind::Table, &id.owner()), table);
            let index = more.into_iter().chain([INVALID]).collect();
            cause_of(id.clone(), Change::Unexpected, &[table, (id, index)])
        };
        let partitioned = Object::from([(Property::PartitionKey, text("RANGE (d)"))]);
        let dropped = Object::from([(Property::State, text("being dropped"))]);
        assert_eq!(unexpected("i_ccnew1", Object::new(), Object::new()), Some(LEFT_BEHIND));
        assert_eq!(unexpected("i", Object::new(), Object::new()), Some(NOT_BUILT));
        assert_eq!(unexpected("i", partitioned, Object::new()), Some(NO_PARTS));
        assert_eq!(unexpected("i", Object::new(), dropped), Some(NOT_DROPPED));
        let valid = Object::from([(Property::Valid, Value::Flag(true))]);
        let id = of_item(Kind::Index, "i");
        assert_eq!(cause_of(id.clone(), Change::Unexpected, &[(id, valid)]), None);
    }

    #[test]
    fn a_check_of_a_partition_that_is_being_detached_comes_from_that() {
        let check = |state: Option<&str>| {
            let id = of_item(Kind::Constraint, "item_d_check");
            let object = BTreeMap::from([(Property::ConstraintType, text("CHECK"))]);
            let table = state.map(|state| (Property::State, text(state))).into_iter().collect();
            let table = (ObjectId::standalone(Kind::Table, &id.owner()), table);
            cause_of(id.clone(), Change::Unexpected, &[table, (id, object)])
        };
        assert_eq!(check(Some("being detached")), Some(CHECK_OF_DETACHMENT));
        assert_eq!(check(None), None);
    }
}
