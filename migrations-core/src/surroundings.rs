//! What a database adds by itself to an object that a plugin makes: the grants of its default privileges
//! (manual, `ALTER DEFAULT PRIVILEGES`).
//!
//! The plugin did not say so, so it is no part of what is expected; and nobody changed the object by hand.

use std::collections::BTreeMap;

use crate::compare::{Change, Difference};
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Property, Value};

/// Whether the only difference is that more is granted, and default privileges of this database grant all of
/// that.
pub fn granted_by_default(difference: &Difference, live: &CatalogSnapshot) -> bool {
    let Some(added) = added_grants(difference) else { return false };
    let class = class(difference.object.kind);
    let defaults = live.objects.iter().filter(|(id, _)| {
        id.kind == Kind::DefaultPrivileges
            && (id.schema.as_str().is_empty() || id.schema == difference.object.schema)
            && class.is_some_and(|class| class_of(id) == class)
    });
    let mut granted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, object) in defaults {
        for (grantee, privileges) in grants(object.get(&Property::Grants)) {
            granted.entry(grantee).or_default().extend(privileges);
        }
    }
    added.iter().all(|(grantee, privileges)| {
        granted.get(grantee).is_some_and(|all| privileges.iter().all(|one| all.contains(one)))
    })
}

/// What is granted beyond what is expected, by grantee; `None` where anything expected is missing, or nothing
/// but grants does not differ.
pub fn added_grants(difference: &Difference) -> Option<BTreeMap<&str, Vec<&str>>> {
    let Change::Changed { property: Property::Grants, expected, found } = &difference.change else {
        return None;
    };
    let (expected, found) = (grants(expected.as_ref()), grants(found.as_ref()));
    let lacks = expected.iter().any(|(grantee, privileges)| {
        !found.get(grantee).is_some_and(|all| privileges.iter().all(|one| all.contains(one)))
    });
    // A list that is not there is PostgreSQL's own default, of which only the owner is certain.
    let added = found.into_iter().filter_map(|(grantee, all)| {
        let known = expected.get(grantee);
        let more: Vec<_> =
            all.into_iter().filter(|one| !known.is_some_and(|known| known.contains(one))).collect();
        (!more.is_empty() && grantee != "owner").then_some((grantee, more))
    });
    let added: BTreeMap<_, _> = added.collect();
    (!lacks && !added.is_empty()).then_some(added)
}

/// Lines such as `reader: SELECT, UPDATE (price)`.
fn grants(value: Option<&Value>) -> BTreeMap<&str, Vec<&str>> {
    let Some(Value::List(lines)) = value else { return BTreeMap::new() };
    let lines = lines.iter().filter_map(|line| line.rsplit_once(": "));
    lines.map(|(grantee, privileges)| (grantee, privileges.split(", ").collect())).collect()
}

/// The class of objects that default privileges are of. Those of schemas are read under PostgreSQL's letter.
fn class_of(defaults: &ObjectId) -> &str {
    match defaults.name.as_str().split(" by ").next().unwrap_or_default() {
        "n" => "SCHEMAS",
        class => class,
    }
}

/// The word by which default privileges call objects of this kind.
fn class(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => Some("TABLES"),
        Kind::Sequence => Some("SEQUENCES"),
        Kind::Function | Kind::Aggregate => Some("FUNCTIONS"),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => Some("TYPES"),
        Kind::Schema => Some("SCHEMAS"),
        _ => None,
    }
}

/// The default privileges that an object of this kind is granted by, as they are called in a finding.
pub fn told_as(id: &ObjectId) -> String {
    format!(
        "default privileges of this database (ALTER DEFAULT PRIVILEGES … ON {}), which the plugin does not declare",
        class(id.kind).unwrap_or("OBJECTS")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::snapshot::Object;

    fn list(lines: &[&str]) -> Option<Value> {
        (!lines.is_empty()).then(|| Value::List(lines.iter().map(|line| (*line).to_owned()).collect()))
    }

    fn difference(expected: &[&str], found: &[&str]) -> Difference {
        Difference {
            object: ObjectId::standalone(Kind::Table, &"inv.item".parse().unwrap()),
            change: Change::Changed {
                property: Property::Grants,
                expected: list(expected),
                found: list(found),
            },
            severity: Severity::Security,
        }
    }

    fn defaults(schema: &str, class: &str, lines: &[&str]) -> CatalogSnapshot {
        let id = ObjectId {
            schema: schema.into(),
            relation: None,
            kind: Kind::DefaultPrivileges,
            name: format!("{class} by app").as_str().into(),
        };
        let grants = list(lines).into_iter().map(|value| (Property::Grants, value));
        CatalogSnapshot { objects: BTreeMap::from([(id, grants.collect::<Object>())]) }
    }

    #[test]
    fn only_what_default_privileges_of_this_class_and_place_grant_comes_from_them() {
        let own = ["owner: SELECT", "seller: SELECT"];
        let more = ["owner: SELECT", "reader: SELECT", "seller: SELECT"];
        let by = |schema, class, lines: &[&str]| {
            granted_by_default(&difference(&own, &more), &defaults(schema, class, lines))
        };
        assert!(by("", "TABLES", &["reader: SELECT, UPDATE"]));
        assert!(by("inv", "TABLES", &["reader: SELECT"]));
        assert!(!by("other", "TABLES", &["reader: SELECT"]));
        assert!(!by("", "SEQUENCES", &["reader: SELECT"]));
        assert!(!by("", "TABLES", &["reader: UPDATE"]));
        assert!(!by("", "TABLES", &["seller: SELECT"]));
    }

    #[test]
    fn those_of_schemas_are_known_by_the_letter_that_they_are_read_under() {
        let object = ObjectId::global(Kind::Schema, &"inv".into());
        let of_schema =
            Difference { object, ..difference(&["owner: USAGE"], &["owner: USAGE", "reader: USAGE"]) };
        assert!(granted_by_default(&of_schema, &defaults("", "n", &["reader: USAGE"])));
        assert!(!granted_by_default(&of_schema, &defaults("", "TABLES", &["reader: USAGE"])));
    }

    #[test]
    fn what_is_missing_is_not_added() {
        let defaults = defaults("", "TABLES", &["reader: SELECT"]);
        let lost = difference(&["owner: SELECT", "seller: SELECT"], &["owner: SELECT", "reader: SELECT"]);
        assert!(!granted_by_default(&lost, &defaults));
        assert!(!granted_by_default(&difference(&["owner: SELECT"], &["owner: SELECT"]), &defaults));
        assert!(granted_by_default(&difference(&[], &["owner: SELECT", "reader: SELECT"]), &defaults));
    }
}
