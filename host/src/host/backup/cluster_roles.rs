//! The roles of a whole cluster, brought over to another one: with their passwords, memberships and settings.

use tenon_schema::Ident;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::BackupError;
use super::setting;

/// The roles of a cluster, as statements in their order, each with what it is about.
pub(super) type ClusterRoles = Vec<(String, String)>;

const OWN_PATH: &str = "SET search_path = pg_catalog";

/// Reads them, for a server of this major version. The host makes `ours` at each start.
pub(super) async fn read(
    client: &Client,
    ours: &[&str],
    major: u32,
    of: u32,
) -> Result<ClusterRoles, BackupError> {
    let asked = || BackupError::asked("read the roles of the cluster");
    client.batch_execute(OWN_PATH).await.map_err(asked())?;
    // Since 16 a membership says whether it is inherited, and whether the role may be taken on.
    let says_more = major >= 16 && of >= 16;
    let sql = include_str!("sql/cluster_roles.sql");
    let rows = client.query_typed(sql, &[(&ours, Type::NAME_ARRAY), (&says_more, Type::BOOL)]).await;
    let mut all = Vec::new();
    for row in rows.map_err(asked())? {
        let role: Option<String> = row.try_get("role").map_err(asked())?;
        let sql: Option<String> = row.try_get("sql").map_err(asked())?;
        let name: Option<String> = row.try_get("name").map_err(asked())?;
        let value: Option<String> = row.try_get("value").map_err(asked())?;
        let whose = role.as_ref().map_or("ALL".to_owned(), |role| Ident::from(role.as_str()).quoted());
        let told = role.map_or("all roles".to_owned(), |role| format!("role {role}"));
        match (sql, name, value) {
            (Some(sql), ..) => all.push((told, sql)),
            (None, Some(name), Some(value)) => {
                let sql = format!("ALTER ROLE {whose} {}", setting::set(&name, &value));
                all.push((format!("setting {name} of {told}"), sql));
            }
            _ => {}
        }
    }
    Ok(all)
}

/// Makes them. Gives in words what could not be brought over.
pub(super) async fn make(client: &Client, roles: &ClusterRoles) -> Vec<String> {
    let mut told = Vec::new();
    for (what, sql) in roles {
        if let Err(error) = client.batch_execute(sql).await {
            let why =
                error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            told.push(format!("{what}: {why}"));
        }
    }
    told
}
