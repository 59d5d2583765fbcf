//! The ledgers of other tools of migrations, read for a baseline. Nothing is ever written to them.

use tenon_migrations_core::former::{FormerEntry, FormerLedger, FormerState};
use tenon_migrations_core::former_tool::FormerTool;
use tenon_schema::ObjectName;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Reads what other tools have written down, inside the caller's transaction.
pub(crate) async fn read(client: &Client) -> Result<Vec<FormerLedger>, Error> {
    let names: Vec<&str> = FormerTool::ALL.iter().map(|tool| tool.ledger()).collect();
    let sql = include_str!("sql/former_ledgers.sql");
    let mut ledgers = Vec::new();
    for row in client.query_typed(sql, &[(&names, Type::TEXT_ARRAY)]).await? {
        let (schema, name): (String, String) = (row.try_get("schema")?, row.try_get("name")?);
        let columns: Vec<String> = row.try_get("columns")?;
        let Some(tool) = tool_of(&name, &columns) else { continue };
        let table = ObjectName::new(schema, name);
        let rows = client.query_typed(&entries_of(tool, &table), &[]).await?;
        let entries = rows.iter().map(|row| {
            let state = match row.try_get::<_, &str>("state")? {
                "applied" => FormerState::Applied,
                "all" => FormerState::AllUpTo,
                "unfinished" => FormerState::Failed("it was begun and never finished"),
                "dirty" => FormerState::Failed("it failed, and the database was left dirty"),
                _ => FormerState::Failed("it failed"),
            };
            Ok(FormerEntry { version: row.try_get("version")?, state })
        });
        let entries = entries.collect::<Result<_, Error>>()?;
        ledgers.push(FormerLedger { tool, table, entries });
    }
    Ok(ledgers)
}

/// The tool whose ledger a table is, by its name and by the columns that are asked for.
fn tool_of(name: &str, columns: &[String]) -> Option<FormerTool> {
    let has = |wanted: &[&str]| wanted.iter().all(|one| columns.iter().any(|column| column == one));
    FormerTool::ALL.into_iter().filter(|tool| tool.ledger() == name).find(|tool| match tool {
        FormerTool::Sqlx => has(&["version", "success"]),
        FormerTool::Diesel | FormerTool::Refinery => has(&["version"]),
        FormerTool::Prisma => has(&["migration_name", "finished_at", "rolled_back_at"]),
        FormerTool::Flyway => has(&["installed_rank", "version", "type", "script", "success"]),
        FormerTool::Dbmate => has(&["version"]) && !has(&["dirty"]),
        FormerTool::GolangMigrate => has(&["version", "dirty"]),
    })
}

/// What asks such a ledger for its versions, and what became of them.
fn entries_of(tool: FormerTool, table: &ObjectName) -> String {
    let table = table.quoted();
    let (version, state, condition) = match tool {
        FormerTool::Sqlx => ("version", "CASE WHEN success THEN 'applied' ELSE 'failed' END", ""),
        FormerTool::Diesel | FormerTool::Refinery | FormerTool::Dbmate => ("version", "'applied'", ""),
        FormerTool::GolangMigrate => ("version", "CASE WHEN dirty THEN 'dirty' ELSE 'all' END", ""),
        FormerTool::Prisma => (
            "migration_name",
            "CASE WHEN finished_at IS NULL THEN 'unfinished' ELSE 'applied' END",
            " WHERE rolled_back_at IS NULL",
        ),
        // Of what was undone, or applied again, the last row counts.
        FormerTool::Flyway => {
            return format!(
                "SELECT version, state FROM (\
                 SELECT DISTINCT ON (key) key AS version, \
                 CASE WHEN NOT success THEN 'failed' WHEN kind ~~ 'UNDO%' OR kind OPERATOR(pg_catalog.=) 'DELETE' THEN 'gone' \
                 WHEN kind OPERATOR(pg_catalog.=) 'BASELINE' THEN 'all' ELSE 'applied' END AS state \
                 FROM (SELECT installed_rank, success, type::pg_catalog.text AS kind, \
                 COALESCE(version::pg_catalog.text, pg_catalog.regexp_replace(script::pg_catalog.text, '^.*/', '')) AS key \
                 FROM {table}) AS rows WHERE kind OPERATOR(pg_catalog.<>) 'SCHEMA' ORDER BY key, installed_rank DESC) AS last \
                 WHERE state OPERATOR(pg_catalog.<>) 'gone'"
            )
            .replace("~~", "OPERATOR(pg_catalog.~~)");
        }
    };
    format!("SELECT {version}::pg_catalog.text AS version, {state} AS state FROM {table}{condition}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_known_by_its_columns_too() {
        let of = |name: &str, columns: &[&str]| {
            tool_of(name, &columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of("schema_migrations", &["version"]), Some(FormerTool::Dbmate));
        assert_eq!(of("schema_migrations", &["version", "dirty"]), Some(FormerTool::GolangMigrate));
        assert_eq!(of("schema_migrations", &["id"]), None);
        assert_eq!(of("_sqlx_migrations", &["version", "success"]), Some(FormerTool::Sqlx));
        assert_eq!(of("other", &["version"]), None);
    }
}
