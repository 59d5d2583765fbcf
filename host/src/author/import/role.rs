//! Roles that what is imported speaks of. They belong to the whole server, and no plugin makes them.

use std::collections::BTreeSet;

use serde_json::Value;
use tenon_schema::{Descriptors, Ident};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::database::unavailable::DbFailure;

/// The roles that descriptors name: in grants, policies and default privileges.
pub(super) fn of_descriptors(descriptors: &Descriptors) -> BTreeSet<Ident> {
    fn walk(value: &Value, found: &mut BTreeSet<Ident>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("to" | "role" | "owner", Value::String(name)) => {
                            found.insert(Ident::from(name.as_str()));
                        }
                        ("roles", Value::Array(names)) => {
                            found.extend(names.iter().filter_map(Value::as_str).map(Ident::from));
                        }
                        _ => walk(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(&serde_json::to_value(descriptors).unwrap_or_default(), &mut found);
    for everywhere in ["public", "current_user", "session_user", "current_role"] {
        found.remove(&Ident::from(everywhere));
    }
    found
}

/// Makes the roles that are not there, for the transaction: it is never committed. Gives those that it made.
pub(super) async fn make_missing(client: &Client, roles: &BTreeSet<Ident>) -> Result<Vec<Ident>, Error> {
    let names: Vec<&str> = roles.iter().map(Ident::as_str).collect();
    let rows =
        client.query_typed(include_str!("sql/missing_roles.sql"), &[(&names, Type::TEXT_ARRAY)]).await?;
    let mut made = Vec::new();
    for row in &rows {
        let role = Ident::new(row.try_get::<_, &str>(0)?);
        client.batch_execute(&format!("CREATE ROLE {}", role.quoted())).await?;
        made.push(role);
    }
    Ok(made)
}

/// The role that the server says is not there.
pub(super) fn missing(error: &Error) -> Option<Ident> {
    if error.code() != Some(&SqlState::UNDEFINED_OBJECT) {
        return None;
    }
    let said = DbFailure::find(error)?.message;
    let (_, rest) = said.split_once('"')?;
    let (name, _) = rest.rsplit_once('"')?;
    said.starts_with("role ").then(|| Ident::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_in_grants_policies_and_default_privileges() {
        let descriptors: Descriptors = serde_json::from_str(
            r#"{ "format": 1, "tables": [{ "name": "a.b", "about": { "grants": [{ "to": "reader", "privileges": [] }],
                 "revokes": [{ "to": "public", "privileges": [] }] },
                 "policies": [{ "name": "p", "roles": ["public", "Odd one"] }] }],
                 "default_privileges": [{ "schema": "a", "role": "maker", "objects": "tables", "grants": [] }] }"#,
        )
        .unwrap();
        let roles = of_descriptors(&descriptors);
        assert_eq!(roles.iter().map(Ident::as_str).collect::<Vec<_>>(), ["Odd one", "maker", "reader"]);
    }
}
