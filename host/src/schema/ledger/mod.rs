//! The ledger in the database: applied migrations and stored snapshots.

pub mod upkeep;

use std::collections::BTreeMap;

use tenon_migrations_core::applied::Applied;
use tenon_migrations_core::migration::{
    Checksum, ChecksumError, MigrationId, MigrationIdError, PluginId, PluginIdError, PluginMigration,
};
use tenon_migrations_core::snapshot::{CatalogSnapshot, SnapshotSource};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::catalog;
use crate::database::pipeline::Pipeline;

/// What the ledger says.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The version as `SHOW server_version` prints it.
    pub server_version: String,
    /// The server's major version.
    pub server_major: i32,
    /// Whether it only follows another server.
    pub standby: bool,
    pub applied: Vec<Applied>,
    pub snapshots: BTreeMap<PluginId, StoredSnapshot>,
    /// Whether the audit table is there.
    pub has_audit: bool,
}

impl Ledger {
    /// The printer of what is read now.
    pub fn printer(&self) -> SnapshotSource {
        SnapshotSource { server_major: self.server_major, queries: catalog::queries() }
    }
}

/// A plugin's part of the database as the last heal verified it.
#[derive(Debug, Clone)]
pub struct StoredSnapshot {
    pub printer: SnapshotSource,
    /// The sha256 of the descriptors that were verified.
    pub descriptors: Checksum,
    pub snapshot: CatalogSnapshot,
}

/// Why the ledger could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("the ledger could not be read")]
    Read(#[from] tokio_postgres::Error),
    #[error("the ledger's row for {plugin}/{filename} is damaged: {reason}")]
    DamagedRow { plugin: String, filename: String, reason: String },
    #[error("the stored reading of plugin {plugin} is damaged: {reason}")]
    DamagedSnapshot { plugin: String, reason: String },
}

/// The ledger with its snapshots as they are stored.
#[derive(Debug)]
pub struct Stored {
    ledger: Ledger,
    snapshots: Vec<tokio_postgres::Row>,
}

impl Stored {
    /// The ledger with its snapshots decoded, which of large schemas takes its time.
    pub fn decoded(self) -> Result<Ledger, LedgerError> {
        let snapshots = self.snapshots.iter().map(stored_snapshot).collect::<Result<_, _>>()?;
        Ok(Ledger { snapshots, ..self.ledger })
    }
}

/// Reads the ledger, which on a fresh database is empty.
pub async fn read(client: &Client) -> Result<Stored, LedgerError> {
    let there = client.query_typed(include_str!("sql/exists.sql"), &[]).await?;
    let Some(there) = there.first() else {
        return Ok(Stored { ledger: Ledger::default(), snapshots: Vec::new() });
    };
    let mut ledger = Ledger {
        server_version: there.try_get("server_version")?,
        server_major: there.try_get("server_major")?,
        standby: there.try_get("standby")?,
        has_audit: there.try_get("audit")?,
        ..Ledger::default()
    };
    if there.try_get("migration")? {
        ledger.applied = applied_rows(client).await?;
    }
    let mut snapshots = Vec::new();
    if there.try_get("reading")? {
        snapshots = client.query_typed(include_str!("sql/readings.sql"), &[]).await?;
    }
    Ok(Stored { ledger, snapshots })
}

/// The applied migrations alone, of which a fresh database has none.
pub async fn applied_migrations(client: &Client) -> Result<Vec<Applied>, LedgerError> {
    let there = client.query_typed(include_str!("sql/exists.sql"), &[]).await?;
    match there.first() {
        Some(there) if there.try_get("migration")? => applied_rows(client).await,
        _ => Ok(Vec::new()),
    }
}

async fn applied_rows(client: &Client) -> Result<Vec<Applied>, LedgerError> {
    let rows = client.query_typed(include_str!("sql/applied.sql"), &[]).await?;
    rows.iter().map(applied).collect()
}

fn applied(row: &tokio_postgres::Row) -> Result<Applied, LedgerError> {
    let (plugin, filename): (String, String) = (row.try_get("plugin")?, row.try_get("filename")?);
    let checksum: String = row.try_get("checksum")?;
    let tokens: Option<String> = row.try_get("tokens")?;
    let damaged = |reason: String| LedgerError::DamagedRow {
        plugin: plugin.clone(),
        filename: filename.clone(),
        reason,
    };
    let id: MigrationId = format!("{plugin}/{filename}")
        .parse()
        .map_err(|error: MigrationIdError| damaged(error.to_string()))?;
    let sha256 = |text: String| text.parse().map_err(|error: ChecksumError| damaged(error.to_string()));
    Ok(Applied { id, checksum: sha256(checksum)?, tokens: tokens.map(sha256).transpose()? })
}

fn stored_snapshot(row: &tokio_postgres::Row) -> Result<(PluginId, StoredSnapshot), LedgerError> {
    let plugin: String = row.try_get("plugin")?;
    let (descriptors, objects): (String, &str) = (row.try_get("descriptors")?, row.try_get("objects")?);
    let damaged = |reason: String| LedgerError::DamagedSnapshot { plugin: plugin.clone(), reason };
    let id: PluginId = plugin.parse().map_err(|error: PluginIdError| damaged(error.to_string()))?;
    let bad_checksum = |error: ChecksumError| damaged(error.to_string());
    let descriptors = descriptors.parse().map_err(bad_checksum)?;
    let snapshot = serde_json::from_str(objects).map_err(|error| damaged(error.to_string()))?;
    let queries = row.try_get::<_, &str>("queries")?.parse().map_err(bad_checksum)?;
    let printer = SnapshotSource { server_major: row.try_get("server_major")?, queries };
    Ok((id, StoredSnapshot { printer, descriptors, snapshot }))
}

/// What is written down of a migration that was applied.
#[derive(Debug)]
pub struct LedgerRow<'a> {
    pub migration: &'a PluginMigration,
    /// The end by the server's clock, in seconds of the Unix epoch.
    pub ended_at: f64,
    pub duration_ms: u64,
}

/// Writes down that these migrations were applied.
pub async fn record_migrations(
    client: &Client,
    heal: Uuid,
    rows: &[LedgerRow<'_>],
) -> Result<(), tokio_postgres::Error> {
    let plugins: Vec<_> = rows.iter().map(|row| row.migration.id.plugin.as_str()).collect();
    let filenames: Vec<_> = rows.iter().map(|row| row.migration.id.filename.as_str()).collect();
    let checksums: Vec<_> = rows.iter().map(|row| row.migration.checksum.to_string()).collect();
    let tokens: Vec<_> = rows.iter().map(|row| row.migration.tokens().map(|sum| sum.to_string())).collect();
    let ended: Vec<_> = rows.iter().map(|row| row.ended_at).collect();
    let took: Vec<_> = rows.iter().map(|row| i64::try_from(row.duration_ms).unwrap_or(i64::MAX)).collect();
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&plugins, Type::TEXT_ARRAY),
        (&filenames, Type::TEXT_ARRAY),
        (&checksums, Type::TEXT_ARRAY),
        (&tokens, Type::TEXT_ARRAY),
        (&ended, Type::FLOAT8_ARRAY),
        (&took, Type::INT8_ARRAY),
        (&heal, Type::UUID),
    ];
    client.execute_typed(include_str!("sql/record_migrations.sql"), &params).await.map(|_| ())
}

/// Keeps the snapshots that a heal verified.
pub async fn store_snapshots(
    client: &Client,
    heal: Uuid,
    snapshots: &BTreeMap<PluginId, StoredSnapshot>,
) -> Result<(), StoreError> {
    client.query_typed(include_str!("sql/compression.sql"), &[]).await?;
    let mut pipeline = Pipeline::new();
    for (plugin, stored) in snapshots {
        while pipeline.is_full() {
            pipeline.answer().await.unwrap_or(Ok(0))?;
        }
        let objects = serde_json::to_string(&stored.snapshot)?;
        pipeline.send(objects.len(), async move {
            let (descriptors, queries) = (stored.descriptors.to_string(), stored.printer.queries.to_string());
            let parameters: [(&(dyn ToSql + Sync), Type); 6] = [
                (&plugin.as_str(), Type::TEXT),
                (&stored.printer.server_major, Type::INT4),
                (&descriptors, Type::TEXT),
                (&objects, Type::TEXT),
                (&heal, Type::UUID),
                (&queries, Type::TEXT),
            ];
            client.execute_typed(include_str!("sql/store_reading.sql"), &parameters).await
        });
    }
    while let Some(stored) = pipeline.answer().await {
        stored?;
    }
    Ok(())
}

/// Why a snapshot could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the reading could not be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the reading could not be stored")]
    Write(#[from] tokio_postgres::Error),
}
