//! Changing the ledger's rows where nothing is run for it.

use tenon_migrations_core::migration::MigrationId;
use tenon_migrations_core::upkeep::LedgerStep;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use super::{LedgerRow, record_migrations};
use crate::database::migration_session;
use crate::plugin::registry::Registry;

/// Why the ledger could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    #[error("a row of the ledger could not be changed")]
    Write(#[from] Error),
    #[error("the ledger has other rows than it had: {0}")]
    Other(String),
    #[error("no plugin brings {0}")]
    Unknown(MigrationId),
}

/// Takes one step, in the heal's transaction. The session's search path has to be our own.
pub async fn keep(
    client: &Client,
    heal: Uuid,
    registry: &Registry,
    step: &LedgerStep,
) -> Result<(), UpkeepError> {
    match step {
        LedgerStep::Renamed { from, to, .. } => {
            let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
                (&from.plugin.as_str(), Type::TEXT),
                (&from.filename, Type::TEXT),
                (&to.filename, Type::TEXT),
            ];
            let renamed = client.execute_typed(include_str!("sql/rename.sql"), &parameters).await?;
            counted(renamed, 1, step)
        }
        LedgerStep::Replaced { by, replaces, .. } => {
            remove(client, step, replaces).await?;
            let migration = registry.migrations.iter().find(|migration| migration.id == *by);
            let migration = migration.ok_or_else(|| UpkeepError::Unknown(by.clone()))?;
            let ended_at = migration_session::clock(client).await?;
            record_migrations(client, heal, &[LedgerRow { migration, ended_at, duration_ms: 0 }]).await?;
            Ok(())
        }
        LedgerStep::Forgotten { plugin, migrations } => {
            remove(client, step, migrations).await?;
            let forgotten = [(&plugin.as_str() as &(dyn ToSql + Sync), Type::TEXT)];
            client.execute_typed(include_str!("sql/forget_reading.sql"), &forgotten).await?;
            Ok(())
        }
    }
}

async fn remove(client: &Client, step: &LedgerStep, rows: &[MigrationId]) -> Result<(), UpkeepError> {
    let plugin = step.plugin().as_str();
    let filenames: Vec<&str> = rows.iter().map(|id| id.filename.as_str()).collect();
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&plugin, Type::TEXT), (&filenames, Type::TEXT_ARRAY)];
    let removed = client.execute_typed(include_str!("sql/remove.sql"), &parameters).await?;
    counted(removed, rows.len(), step)
}

/// Under the heal's lock the rows are those of the plan, unless somebody changes them by hand.
fn counted(changed: u64, wanted: usize, step: &LedgerStep) -> Result<(), UpkeepError> {
    if usize::try_from(changed) == Ok(wanted) { Ok(()) } else { Err(UpkeepError::Other(step.to_string())) }
}
