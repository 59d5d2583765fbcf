//! What is granted to everybody (`PUBLIC`) on a plugin's objects, where the plugin does not say what may be
//! done with them: whoever has a session in the database has these rights, other plugins too.
//!
//! What PostgreSQL grants everybody from the start, to call functions and to use types, is not told.

use std::collections::BTreeSet;

use tenon_schema::Ident;

use crate::claims::{self, Claim};
use crate::finding::{Cause, Finding, Severity};
use crate::migration::PluginId;
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Objects, Property, SnapshotPart, Value};

/// A finding for each object of which the plugin declares no grants and on which everybody has some; and for
/// the schemas that its objects stand in, but `public`, which is everybody's from the start.
pub fn findings(
    plugin: &PluginId,
    claims: &BTreeSet<Claim>,
    expected: &CatalogSnapshot,
    found: &SnapshotPart<'_>,
    live: &CatalogSnapshot,
) -> Vec<Finding> {
    let open = expected.objects.iter().filter(|(id, object)| {
        // What a type or a function may be used for is everybody's anyway.
        id.kind.namespace_kind() != Kind::Function
            && object.get(&Property::Grants) == Some(&Value::Undeclared)
    });
    let of_objects = open.filter_map(|(id, _)| Some(finding(plugin, id, granted(id, found)?)));
    let schemas = claims::schemas(claims).into_iter().filter(|schema| schema.as_str() != "public");
    let schemas =
        schemas.map(|name| ObjectId { schema: Ident::default(), relation: None, kind: Kind::Schema, name });
    let undeclared = schemas.filter(|id| !expected.objects.contains_key(id));
    let of_schemas = undeclared.filter_map(|id| Some(finding(plugin, &id, granted(&id, live)?)));
    of_objects.chain(of_schemas).collect()
}

/// What everybody may do with it.
fn granted<'a>(id: &ObjectId, found: &'a impl Objects) -> Option<&'a str> {
    let Some(Value::List(grants)) = found.object(id)?.get(&Property::Grants) else { return None };
    grants.iter().find_map(|grant| grant.strip_prefix("public: "))
}

fn finding(plugin: &PluginId, id: &ObjectId, rights: &str) -> Finding {
    // The host's own tables say what runs and what ran; they are nobody's but the host's.
    let severity = if plugin.is_core() { Severity::Security } else { Severity::Warning };
    let message = format!("{id}: everybody (PUBLIC) is granted {rights}, which the plugin does not declare");
    let remedy =
        "REVOKE it FROM PUBLIC and grant it to whom it is for, or declare it in the plugin's descriptors";
    Finding::new(plugin, Cause::Drifted, severity, format!("rights of everybody on {id}"), message)
        .remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Object;

    fn told(kind: Kind, declared: Value, grants: &[&str]) -> Vec<String> {
        let id = ObjectId::standalone(kind, &"inventory.item".parse().unwrap());
        let list = Value::List(grants.iter().map(|grant| (*grant).to_owned()).collect());
        let expected =
            CatalogSnapshot { objects: [(id.clone(), Object::from([(Property::Grants, declared)]))].into() };
        let live = CatalogSnapshot { objects: [(id, Object::from([(Property::Grants, list)]))].into() };
        let found = live.objects.iter().collect();
        findings(&"inventory".parse().unwrap(), &BTreeSet::new(), &expected, &found, &live)
            .into_iter()
            .map(|one| one.message)
            .collect()
    }

    #[test]
    fn what_everybody_may_is_told_where_the_plugin_says_nothing_of_rights() {
        let grants = ["owner: SELECT", "public: INSERT, SELECT"];
        let message = "table inventory.item: everybody (PUBLIC) is granted INSERT, SELECT, which the plugin does not declare";
        assert_eq!(told(Kind::Table, Value::Undeclared, &grants), [message]);
        let declared = Value::List(grants.map(str::to_owned).into());
        assert_eq!(told(Kind::Table, declared, &grants), [""; 0]);
        assert_eq!(told(Kind::Table, Value::Undeclared, &["\"public\": SELECT", "ops: SELECT"]), [""; 0]);
        assert_eq!(told(Kind::Function, Value::Undeclared, &["public: EXECUTE"]), [""; 0]);
    }
}
