//! The login roles of plugins: what they are called, and what of a reading is about them.

use std::collections::BTreeSet;

use tenon_schema::Ident;

use crate::migration::{Checksum, PluginId};
use crate::snapshot::{CatalogSnapshot, Kind, Property, Value};

/// What the names of all roles of one database end with: roles are the whole server's.
pub fn tag(database: &str) -> String {
    Checksum::of(database).to_string().chars().take(8).collect()
}

/// The name of a plugin's role in this database: 56 bytes at most.
pub fn name(plugin: &PluginId, database: &str) -> Ident {
    Ident::new(format!("tenon_{plugin}_{}", tag(database)))
}

/// The name of the role that owns a plugin's views and functions, so that these act as the plugin and not as
/// who heals: 62 bytes at most.
pub fn owner(plugin: &PluginId, database: &str) -> Ident {
    Ident::new(format!("{}_owner", name(plugin, database).as_str()))
}

/// Takes out of a snapshot what these roles are granted and as whom they act, which is the host's to see to.
/// No plugin can declare it.
pub fn set_aside(snapshot: &mut CatalogSnapshot, roles: &BTreeSet<Ident>) {
    if roles.is_empty() {
        return;
    }
    // PostgreSQL quotes names that are not of lower-case letters, digits and underscores alone.
    let begins: Vec<_> = roles
        .iter()
        .flat_map(|role| [format!("{}: ", role.as_str()), format!("{}: ", role.quoted())])
        .collect();
    let is_theirs = |grant: &String| begins.iter().any(|begin| grant.starts_with(begin));
    let acts = |setting: &String| {
        let role = setting.strip_prefix("role ").and_then(|rest| rest.split_once(" here: role="));
        role.is_some_and(|(role, _)| roles.iter().any(|one| role == one.as_str() || role == one.quoted()))
    };
    for (id, object) in &mut snapshot.objects {
        if let Some(Value::List(settings)) = object.get_mut(&Property::Settings) {
            settings.retain(|setting| !acts(setting));
        }
        if let Some(Value::List(grants)) = object.get_mut(&Property::MemberGrants) {
            grants.retain(|grant| !is_theirs(grant));
        }
        let Some(Value::List(grants)) = object.get_mut(&Property::Grants) else { continue };
        let all = grants.len();
        grants.retain(|grant| !is_theirs(grant));
        if grants.len() < all && is_usual(id.kind, grants) {
            object.remove(&Property::Grants);
        }
    }
}

/// Whether a snapshot is silent of these grants where nobody else has any: they are what PostgreSQL gives
/// from the start.
fn is_usual(kind: Kind, grants: &[String]) -> bool {
    let usual: &[&[&str]] = match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => &[
            &["owner: DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE"],
            // From PostgreSQL 17 on.
            &["owner: DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE"],
        ],
        Kind::Sequence => &[&["owner: SELECT, UPDATE, USAGE"]],
        Kind::Schema => &[&["owner: CREATE, USAGE"]],
        Kind::Function | Kind::Aggregate => &[&["owner: EXECUTE", "public: EXECUTE"]],
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => &[&["owner: USAGE", "public: USAGE"]],
        _ => &[&[]],
    };
    usual.iter().any(|usual| grants == *usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Object, ObjectId};

    fn left(kind: Kind, grants: &[&str]) -> Option<Vec<String>> {
        let id = ObjectId::standalone(kind, &"inventory.item".parse().unwrap());
        let grants = grants.iter().map(|grant| (*grant).to_owned()).collect();
        let object = Object::from([(Property::Grants, Value::List(grants))]);
        let mut snapshot = CatalogSnapshot { objects: [(id.clone(), object)].into() };
        set_aside(&mut snapshot, &BTreeSet::from([name(&"inventory".parse().unwrap(), "app")]));
        match snapshot.objects[&id].get(&Property::Grants) {
            Some(Value::List(left)) => Some(left.clone()),
            _ => None,
        }
    }

    #[test]
    fn a_role_is_named_after_its_plugin_and_its_database_and_fits_into_an_identifier() {
        let inventory = "inventory".parse().unwrap();
        assert_eq!(name(&inventory, "app").as_str(), "tenon_inventory_a172cedc");
        assert_ne!(name(&inventory, "app"), name(&inventory, "app2"));
        let longest = "a".repeat(41).parse().unwrap();
        assert!(owner(&longest, "app").as_str().len() <= tenon_schema::MAX_IDENTIFIER_BYTES);
    }

    #[test]
    fn where_a_plugins_role_alone_is_granted_something_nothing_is_left() {
        let ours = "tenon_inventory_a172cedc: SELECT";
        let owner = "owner: DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE";
        assert_eq!(left(Kind::Table, &[owner, ours]), None);
        assert_eq!(left(Kind::Column, &[ours]), None);
        assert_eq!(left(Kind::Function, &["owner: EXECUTE", "public: EXECUTE", ours]), None);
    }

    #[test]
    fn a_role_of_the_hosts_is_known_by_its_quoted_name_too() {
        let id = ObjectId::standalone(Kind::Schema, &"tenon.tenon".parse().unwrap());
        let grants = ["\"tenon-serving\": USAGE", "owner: CREATE, USAGE"].map(str::to_owned);
        let object = Object::from([(Property::Grants, Value::List(grants.into()))]);
        let mut snapshot = CatalogSnapshot { objects: [(id.clone(), object)].into() };
        set_aside(&mut snapshot, &BTreeSet::from([Ident::new("tenon-serving")]));
        assert_eq!(snapshot.objects[&id].get(&Property::Grants), None);
    }

    #[test]
    fn as_whom_a_role_of_the_hosts_acts_is_left_out_and_what_else_is_set_is_not() {
        let id = ObjectId::standalone(Kind::Settings, &"tenon.database".parse().unwrap());
        let ours = "role tenon_inventory_a172cedc here: role=tenon_inventory_a172cedc_owner";
        let others = [
            "role tenon_inventory_a172cedc here: search_path=x",
            "role tenon_inventory_a172cedc: role=x",
            "role ops here: role=x",
        ];
        let settings = others.iter().chain([&ours]).map(|one| (*one).to_owned()).collect();
        let object = Object::from([(Property::Settings, Value::List(settings))]);
        let mut snapshot = CatalogSnapshot { objects: [(id.clone(), object)].into() };
        set_aside(&mut snapshot, &BTreeSet::from([name(&"inventory".parse().unwrap(), "app")]));
        let left = others.map(str::to_owned).to_vec();
        assert_eq!(snapshot.objects[&id].get(&Property::Settings), Some(&Value::List(left)));
    }

    #[test]
    fn what_others_are_granted_or_were_deprived_of_is_left() {
        let ours = "tenon_inventory_a172cedc: EXECUTE";
        let left = |grants: &[&str]| left(Kind::Function, grants).unwrap_or_default().join("; ");
        assert_eq!(left(&["owner: EXECUTE", ours]), "owner: EXECUTE");
        assert_eq!(left(&["ops: EXECUTE", "owner: EXECUTE", ours]), "ops: EXECUTE; owner: EXECUTE");
        assert_eq!(left(&["tenon_other_a172cedc: EXECUTE"]), "tenon_other_a172cedc: EXECUTE");
    }
}
