//! What stands in a database at one moment, so that a copy can be held against it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::BackupError;

/// The rows of each table, and the end of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Contents {
    /// The server's major version.
    pub server_major: u32,
    /// The server's version, as it says it.
    pub server_version: String,
    /// The roles that own something in it, or are granted something.
    pub roles: BTreeSet<String>,
    /// How many rows each table has, by its name as SQL has it.
    pub tables: BTreeMap<String, u64>,
    /// The hash of the last row of the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_hash: Option<String>,
}

const FAILED: &str = "read what is in the database";

/// The server's major version, and its version as it says it.
pub(super) async fn version(client: &Client) -> Result<(u32, String), BackupError> {
    let asked = BackupError::asked;
    let version = client.query_typed(include_str!("sql/version.sql"), &[]).await.map_err(asked(FAILED))?;
    let version = version.first();
    let number: i32 = version.map_or(Ok(0), |row| row.try_get("number")).map_err(asked(FAILED))?;
    let told = version.map_or(Ok(String::new()), |row| row.try_get("version")).map_err(asked(FAILED))?;
    Ok((u32::try_from(number / 10_000).unwrap_or(0), told))
}

/// Reads it in the caller's transaction, whose search path is `pg_catalog` alone.
pub(super) async fn read(client: &Client) -> Result<Contents, BackupError> {
    let asked = BackupError::asked;
    let (server_major, server_version) = version(client).await?;
    let roles = client.query_typed(include_str!("sql/roles.sql"), &[]).await.map_err(asked(FAILED))?;
    let roles = roles.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(asked(FAILED))?;
    let mut tables = BTreeMap::new();
    for row in client.query_typed(include_str!("sql/tables.sql"), &[]).await.map_err(asked(FAILED))? {
        let name: String = row.try_get(0).map_err(asked(FAILED))?;
        tables.insert(name.clone(), rows(client, &name).await?);
    }
    let audit_hash = match tables.get("tenon.audit") {
        None => None,
        Some(_) => {
            let sql = "SELECT hash FROM tenon.audit ORDER BY seq DESC LIMIT 1";
            let last = client.query_typed(sql, &[]).await.map_err(asked(FAILED))?;
            last.first().map(|row| row.try_get(0)).transpose().map_err(asked(FAILED))?
        }
    };
    Ok(Contents { server_major, server_version, roles, tables, audit_hash })
}

/// The number of rows of a table, whose name is SQL.
async fn rows(client: &Client, name: &str) -> Result<u64, BackupError> {
    let sql = format!("SELECT pg_catalog.count(*) FROM {name}");
    let counted =
        client.query_typed(&sql, &[]).await.map_err(BackupError::asked("count the rows of a table"))?;
    let count: i64 =
        counted.first().map_or(Ok(0), |row| row.try_get(0)).map_err(BackupError::asked(FAILED))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

impl Contents {
    /// What of a copy is not as it was, in words.
    pub(super) fn differences(&self, copy: &Self) -> Vec<String> {
        let mut told = Vec::new();
        for (name, rows) in &self.tables {
            match copy.tables.get(name) {
                Some(found) if found == rows => {}
                Some(found) => told.push(format!("{name} has {found} rows instead of {rows}")),
                None => told.push(format!("{name} is missing")),
            }
        }
        if self.audit_hash != copy.audit_hash {
            told.push("the audit log ends otherwise".to_owned());
        }
        told
    }
}

/// The names of these roles that the server does not have.
pub(super) async fn missing_roles(
    client: &Client,
    roles: &BTreeSet<String>,
) -> Result<Vec<String>, BackupError> {
    let wanted: Vec<&str> = roles.iter().map(String::as_str).collect();
    let sql = "SELECT wanted FROM pg_catalog.unnest($1::pg_catalog.text[]) AS wanted WHERE NOT EXISTS (SELECT FROM \
               pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) wanted) ORDER BY wanted";
    let found = client.query_typed(sql, &[(&wanted, Type::TEXT_ARRAY)]).await;
    let found = found.map_err(BackupError::asked("read the roles"))?;
    found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(BackupError::asked(FAILED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_copy_lacks_is_told_by_table() {
        let of = |tables: &[(&str, u64)]| Contents {
            tables: tables.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect(),
            ..Contents::default()
        };
        let saved = of(&[("a.t", 3), ("a.u", 0)]);
        assert!(saved.differences(&saved).is_empty());
        // What a copy has besides is the host's own, such as a table of the cluster.
        assert!(saved.differences(&of(&[("a.t", 3), ("a.u", 0), ("b.v", 1)])).is_empty());
        assert_eq!(saved.differences(&of(&[("a.t", 2)])), ["a.t has 2 rows instead of 3", "a.u is missing"]);
    }
}
