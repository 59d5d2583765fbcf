//! Descriptors that are ahead of their plugin's migrations: what they name, by its name, that does not stand
//! there although no migration is left that would make it.

use std::collections::BTreeSet;

use tenon_schema::{Descriptors, Ident, ObjectName};

use crate::claims::{self, Claim};
use crate::finding::{Cause, Finding, Severity};
use crate::migration::PluginInfo;
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId};

/// What is declared and is not there, once nothing is pending.
pub(crate) fn findings(
    plugin: &PluginInfo,
    descriptors: &Descriptors,
    live: &CatalogSnapshot,
) -> Vec<Finding> {
    let standing: BTreeSet<Claim> =
        live.objects.keys().filter(|id| id.relation.is_none()).map(Claim::to).collect();
    let mut missing = Vec::new();
    let mut absent: BTreeSet<&ObjectName> = BTreeSet::new();
    for claim in claims::of(descriptors) {
        // What a schema itself is like is compared where it is declared, and default privileges may be none.
        if standing.contains(&claim) || claim.kind() == Kind::DefaultPrivileges {
            continue;
        }
        missing.push(format!("{} {claim}", claim.kind().noun()));
    }
    for table in &descriptors.tables {
        if !standing.contains(&Claim::new(Kind::Table, &table.name)) {
            absent.insert(&table.name);
        }
    }
    for table in descriptors.tables.iter().filter(|table| !absent.contains(&table.name)) {
        let mut part = |kind, name: &Ident| {
            let ObjectName { schema, name: relation } = table.name.clone();
            let id = ObjectId { schema, relation: Some(relation), kind, name: name.clone() };
            if !live.objects.contains_key(&id) {
                missing.push(id.to_string());
            }
        };
        table.columns.iter().for_each(|column| part(Kind::Column, &column.name));
        table.indexes.iter().filter_map(|one| one.name.as_ref()).for_each(|name| part(Kind::Index, name));
        table
            .constraints
            .iter()
            .filter_map(|one| one.name.as_ref())
            .for_each(|name| part(Kind::Constraint, name));
        table.triggers.iter().for_each(|one| part(Kind::Trigger, &one.name));
        table.policies.iter().for_each(|one| part(Kind::Policy, &one.name));
    }
    let PluginInfo { id, name, version, .. } = plugin;
    let finding = |object: String| {
        let message = format!(
            "{object} is declared by {name} {version}, is not there, and no migration is pending that makes it"
        );
        Finding::new(id, Cause::DescriptorMismatch, Severity::Breaking, object, message).remedy(format!(
            "give the plugin a migration that makes it, or take it out of the descriptors: `tenon plugin lock {id}` \
             proves that they say the same"
        ))
    };
    missing.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Object;

    fn plugin() -> PluginInfo {
        PluginInfo {
            id: "shop".parse().unwrap(),
            name: "Shop".to_owned(),
            version: semver::Version::new(2, 0, 0),
            requires: Default::default(),
        }
    }

    #[test]
    fn what_is_declared_and_is_not_there_is_breaking_and_named() {
        let descriptors: Descriptors = serde_json::from_value(serde_json::json!({ "format": 1, "tables": [
            { "name": "shop.item", "columns": [
                { "name": "id", "data_type": "int" }, { "name": "colour", "data_type": "text" }],
              "indexes": [{ "name": "by_colour", "keys": ["colour"] }] },
            { "name": "shop.extra", "columns": [{ "name": "id", "data_type": "int" }] }],
            "views": [{ "name": "shop.all", "query": "SELECT 1" }] }))
        .unwrap();
        let table: ObjectName = "shop.item".parse().unwrap();
        let column = ObjectId {
            schema: table.schema.clone(),
            relation: Some(table.name.clone()),
            kind: Kind::Column,
            name: "id".into(),
        };
        let objects = [(ObjectId::standalone(Kind::Table, &table), Object::new()), (column, Object::new())];
        let live = CatalogSnapshot { objects: objects.into_iter().collect() };
        let found = findings(&plugin(), &descriptors, &live);
        let told: Vec<_> = found.iter().map(|finding| finding.object.as_str()).collect();
        assert_eq!(
            told,
            ["table shop.all", "table shop.extra", "column shop.item.colour", "index shop.item.by_colour"]
        );
        assert!(found.iter().all(|finding| finding.severity == Severity::Breaking));
    }
}
