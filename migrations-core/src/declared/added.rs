//! What an event trigger that nobody could switch off added to the objects that were made from descriptors.
//!
//! A plugin says all that it grants where it says so at all, and each trigger, policy, rule and column by its
//! name: whatever else stands there, the place has added.

use std::collections::BTreeSet;

use tenon_schema::{Descriptors, ObjectName, Table};

use super::{DeclaredAttributes, declared_attributes};
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Property, Value};

/// Takes what these descriptors do not say out of the snapshot of what was made from them.
///
/// `canonical` gives a type as the server spells it.
pub fn take_out_added(
    snapshot: &mut CatalogSnapshot,
    descriptors: &Descriptors,
    canonical: impl Fn(&str) -> String,
) {
    let declared_attributes = declared_attributes(descriptors, canonical);
    let tables = Tables::of(descriptors);
    snapshot.objects.retain(|id, _| declared_attributes.contains_key(id) || !tables.name_all_like(id));
    for (id, object) in &mut snapshot.objects {
        if let Some(declared_attributes) = declared_attributes.get(id)
            && let Some(Value::List(lines)) = object.get_mut(&Property::Grants)
        {
            *lines = lines.iter().filter_map(|line| granted(line, id.kind, declared_attributes)).collect();
            if is_usual(lines, declared_attributes) {
                object.remove(&Property::Grants);
            }
        }
        let owner = id.owner();
        for (property, on) in
            [(Property::RowSecurity, &tables.secured), (Property::ForceRowSecurity, &tables.forced)]
        {
            object.entry(property).and_modify(|flag| *flag = Value::Flag(on.contains(&owner)));
        }
    }
}

/// A line such as `reader: SELECT, UPDATE (price)`, without what is not granted to that role by what is said.
fn granted(line: &str, kind: Kind, declared_attributes: &DeclaredAttributes<'_>) -> Option<String> {
    let (name, privileges) = line.rsplit_once(": ")?;
    let grantee = grantee(line);
    if grantee == "owner" {
        return Some(line.to_owned());
    }
    let to_it = declared_attributes.grants.into_iter().flatten().filter(|grant| grant.to.as_str() == grantee);
    let words: BTreeSet<String> = to_it
        .flat_map(|grant| &grant.privileges)
        .filter_map(|privilege| Some(privilege.split([' ', '(']).next()?.to_ascii_uppercase()))
        .collect();
    let is_granted = |privilege: &&str| {
        let word = privilege.split(' ').next().unwrap_or_default();
        words.contains("ALL") || words.contains(word) || grantee == "public" && word == to_public(kind)
    };
    let left: Vec<_> = privileges.split(", ").filter(is_granted).collect();
    (!left.is_empty()).then(|| format!("{name}: {}", left.join(", ")))
}

/// Whether these lines say what PostgreSQL gives by itself, of which a snapshot says nothing.
fn is_usual(lines: &[String], declared_attributes: &DeclaredAttributes<'_>) -> bool {
    let to_public =
        declared_attributes.grants.into_iter().flatten().any(|grant| grant.to.as_str() == "public");
    let is_usual = |line: &String| matches!(grantee(line).as_str(), "owner" | "public");
    declared_attributes.revokes.is_empty() && !to_public && lines.iter().all(is_usual)
}

/// The grantee that a line is about, as the role is called.
fn grantee(line: &str) -> String {
    let name = line.rsplit_once(": ").map_or(line, |(name, _)| name);
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// What everybody may do with an object of this kind from the start (manual, chapter 5.8, "Privileges").
fn to_public(kind: Kind) -> &'static str {
    match kind {
        Kind::Function | Kind::Aggregate => "EXECUTE",
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => "USAGE",
        _ => "",
    }
}

/// The tables that are declared, by what is said of them in another way than by the names of what they have.
struct Tables<'a> {
    /// The tables that have columns from elsewhere.
    columns_from_elsewhere: BTreeSet<&'a ObjectName>,
    /// The tables that have triggers from elsewhere.
    parts: BTreeSet<&'a ObjectName>,
    secured: BTreeSet<&'a ObjectName>,
    forced: BTreeSet<&'a ObjectName>,
}

impl<'a> Tables<'a> {
    fn of(descriptors: &'a Descriptors) -> Self {
        let those = |which: fn(&Table) -> bool| {
            let tables = descriptors.tables.iter().filter(|table| which(table));
            tables.map(|table| &table.name).collect()
        };
        Self {
            columns_from_elsewhere: those(|table| {
                table.partition_of.is_some() || table.of_type.is_some() || !table.inherits.is_empty()
            }),
            parts: those(|table| table.partition_of.is_some()),
            secured: those(|table| table.row_security),
            forced: those(|table| table.force_row_security),
        }
    }

    /// Whether everything of this kind that is meant to stand there is said by its name.
    fn name_all_like(&self, id: &ObjectId) -> bool {
        match id.kind {
            Kind::Column => !self.columns_from_elsewhere.contains(&id.owner()),
            Kind::Trigger => !self.parts.contains(&id.owner()),
            Kind::Table
            | Kind::View
            | Kind::MaterializedView
            | Kind::Policy
            | Kind::Rule
            | Kind::Statistics => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Object;
    use serde_json::json;

    fn grants(lines: &[&str]) -> Object {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Object::from([(Property::Grants, Value::List(lines))])
    }

    fn left(table: &serde_json::Value, kind: Kind, name: &str, object: Object) -> Option<Object> {
        let on = ObjectName::new("s", "t");
        let id = match kind {
            Kind::Table => ObjectId::standalone(kind, &ObjectName::new("s", name)),
            _ => ObjectId::of_relation(kind, &on, name.into()),
        };
        let mut snapshot = CatalogSnapshot { objects: [(id.clone(), object)].into() };
        let descriptors = json!({ "format": 1, "tables": [table] });
        take_out_added(&mut snapshot, &serde_json::from_value(descriptors).unwrap(), str::to_owned);
        snapshot.objects.remove(&id)
    }

    #[test]
    fn of_what_is_granted_only_what_is_said_is_left() {
        let about = json!({ "grants": [{ "to": "reader", "privileges": ["select"] },
                                       { "to": "Odd \"one\"", "privileges": ["ALL"] }] });
        let found = grants(&[
            "onlooker: SELECT",
            "owner: DELETE, SELECT",
            "reader: SELECT WITH GRANT OPTION, UPDATE",
            "\"Odd \"\"one\"\"\": SELECT, UPDATE (price)",
        ]);
        let expected = grants(&[
            "owner: DELETE, SELECT",
            "reader: SELECT WITH GRANT OPTION",
            "\"Odd \"\"one\"\"\": SELECT, UPDATE (price)",
        ]);
        assert_eq!(left(&json!({ "name": "s.t", "about": about }), Kind::Table, "t", found), Some(expected));
        let none = json!({ "name": "s.t", "about": { "grants": [] } });
        let found = grants(&["onlooker: SELECT", "owner: SELECT"]);
        assert_eq!(left(&none, Kind::Table, "t", found), Some(Object::new()));
    }

    #[test]
    fn what_nobody_names_is_taken_out_where_all_is_named() {
        let table = json!({ "name": "s.t", "columns": [{ "name": "id", "data_type": "int" }] });
        let part = json!({ "name": "s.t", "partition_of": { "parent": "s.p", "bound": "DEFAULT" } });
        for (kind, name, of_table, of_part) in [
            (Kind::Table, "t", true, true),
            (Kind::Table, "other", false, false),
            (Kind::Column, "id", true, true),
            (Kind::Column, "seen_at", false, true),
            (Kind::Trigger, "audit", false, true),
            (Kind::Policy, "mine", false, false),
            (Kind::Constraint, "t_check", true, true),
        ] {
            assert_eq!(left(&table, kind, name, Object::new()).is_some(), of_table, "{kind:?} {name}");
            assert_eq!(left(&part, kind, name, Object::new()).is_some(), of_part, "{kind:?} {name}");
        }
    }

    #[test]
    fn row_security_is_on_where_it_is_said_to_be() {
        let flags = |force| {
            let flags = [(Property::RowSecurity, true), (Property::ForceRowSecurity, force)];
            flags.into_iter().map(|(property, on)| (property, Value::Flag(on))).collect::<Object>()
        };
        let secured = json!({ "name": "s.t", "row_security": true });
        assert_eq!(left(&secured, Kind::Table, "t", flags(true)), Some(flags(false)));
    }
}
