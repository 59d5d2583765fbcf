//! What all hosts of a database remember of findings together: when each was first seen, and who has
//! acknowledged it. In `tenon.finding`, by the database's identity and not by how its address is spelled.
//!
//! A check reads it in a transaction that only reads. What is new is written in another one after it, as the
//! role that heals. Where that is not possible, because the database is away, the migration of the table is
//! pending, or nobody may write, the file of the state directory has it ([`FindingStore`]), and gives it over
//! once that is possible.

use jiff::Timestamp;
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::Finding;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::Tenon;
use super::finding_store::{FindingState, GRAIN, MemoryError, RETENTION, Record, Records};
use super::own_tables::Unreached;
use crate::database::bounds::NoResponse;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// What pg_stat_activity calls the session that writes.
pub(super) const NAME: &str = "tenon remembers";

/// Why the table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum SharedError {
    #[error("the database refused it")]
    Database(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("what is remembered of {what} cannot be read")]
    Damaged { what: String, source: serde_json::Error },
    #[error(transparent)]
    Unreached(#[from] Unreached),
}

/// What the database remembers of some findings.
struct Recalled {
    /// The database, whatever its address.
    identity: String,
    /// Absent while the table's migration is pending.
    records: Option<Records>,
}

impl Tenon {
    /// Adds to these findings of a check what is remembered of them, and remembers those that are new.
    ///
    /// # Errors
    ///
    /// What is remembered could not be read, or what is new not be written.
    pub(super) async fn recall(
        &self,
        reached: bool,
        mut findings: Vec<&mut Finding>,
        now: Timestamp,
    ) -> Result<(), MemoryError> {
        if findings.is_empty() {
            return Ok(());
        }
        let recalled = if reached { self.recalled(&findings).await } else { None };
        let key = self.memory_key(recalled.as_ref());
        let Some(Recalled { records: Some(mut records), .. }) = recalled else {
            // What was kept while the address was the key.
            self.memory.rename(&self.address(), &key).await?;
            return self.memory.annotate(&key, findings, now).await;
        };
        // As exactly as the database keeps it.
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let mut news = Records::new();
        let kept_here = self.kept_here(&key).await;
        for (id, record) in kept_here.iter().flatten() {
            let merged = records.remove(id).map_or_else(|| record.clone(), |shared| shared.merged(record));
            records.insert(id.clone(), merged.clone());
            news.insert(id.clone(), merged);
        }
        for finding in &mut findings {
            let state = FindingState::of(finding);
            let record = records.entry(state.id.clone()).or_insert_with(|| {
                let record = Record::new(now);
                news.insert(state.id.clone(), record.clone());
                record
            });
            if now.duration_since(record.last_seen) > GRAIN {
                record.last_seen = now;
                news.insert(state.id.clone(), record.clone());
            }
            let (first_seen, acknowledged) = record.told(&state, now);
            finding.first_seen = Some(first_seen);
            finding.acknowledged = acknowledged;
        }
        // What cannot be read stays as it is, and is told.
        kept_here?;
        if news.is_empty() {
            return Ok(());
        }
        match self.write_shared(include_str!("sql/remember_findings.sql"), &news).await {
            Ok(()) => self.memory.forget_database(&key).await,
            Err(error) => {
                tracing::debug!("findings are remembered on this host alone: {}", chain(&error));
                self.memory.merge(&key, news).await
            }
        }
    }

    /// What the file keeps of this database, also from the time when its address was the key.
    async fn kept_here(&self, key: &str) -> Result<Records, MemoryError> {
        self.memory.rename(&self.address(), key).await?;
        self.memory.records(key).await
    }

    /// Remembers that these findings, as they are now, are acknowledged, or no longer.
    pub(super) async fn remember_acknowledged(
        &self,
        findings: &[Finding],
        word: Option<&Acknowledgement>,
    ) -> Result<(), MemoryError> {
        let recalled = self.recalled(&findings.iter().collect::<Vec<_>>()).await;
        let key = self.memory_key(recalled.as_ref());
        if recalled.is_some_and(|recalled| recalled.records.is_some()) {
            let now = Timestamp::now();
            let record = |finding: &Finding| {
                let state = FindingState::of(finding);
                (state.id.clone(), Record::acknowledged(&state, word, now))
            };
            let records = findings.iter().map(record).collect();
            let written = self.write_shared(include_str!("sql/acknowledge_findings.sql"), &records).await;
            match (written, word) {
                (Ok(()), _) => return Ok(()),
                // It holds on this host, and for all once the database takes it.
                (Err(error), Some(_)) => {
                    tracing::warn!("findings are acknowledged on this host alone: {}", chain(&error));
                }
                (Err(error), None) => return Err(MemoryError::Shared(chain(&error))),
            }
        }
        match word {
            Some(word) => self.memory.acknowledge(&key, findings, word).await,
            None => self.memory.unacknowledge(&key, findings).await,
        }
    }

    /// The key of the database in the file: the identity, once it was seen.
    fn memory_key(&self, recalled: Option<&Recalled>) -> String {
        self.identity_key(recalled.map(|recalled| recalled.identity.as_str()))
    }

    /// The key of the database in files: the identity, as it is seen now or once was, else the address.
    pub(super) fn identity_key(&self, seen: Option<&str>) -> String {
        let mut identity = self.identity.lock_unpoisoned();
        if let Some(seen) = seen {
            *identity = Some(seen.to_owned());
        }
        identity.clone().unwrap_or_else(|| self.address())
    }

    /// What the database remembers of these; nothing where it cannot be asked.
    async fn recalled(&self, findings: &[impl std::borrow::Borrow<Finding>]) -> Option<Recalled> {
        let connection = self.connection().await.ok()?;
        let client = connection.driven_by_task();
        let ids: Vec<&str> = findings.iter().map(|finding| finding.borrow().id.as_str()).collect();
        let recalled: Result<_, SharedError> = self.bounds().read(client, recall(client, &ids)).await;
        recalled
            .inspect_err(|error| {
                tracing::warn!("what hosts remember of findings could not be read: {}", chain(error));
            })
            .ok()
    }

    async fn write_shared(&self, sql: &str, records: &Records) -> Result<(), SharedError> {
        let client = self.own_tables(NAME).await?;
        self.bounds().within(&client, write(&client, sql, records)).await
    }
}

/// Whether the tables are there in which all hosts remember: one migration makes them.
pub(super) async fn is_shared(client: &Client) -> Result<bool, SharedError> {
    Ok(shared_by(client).await?.is_some())
}

/// The identity of the database, if the tables are there in which all hosts remember.
pub(super) async fn shared_by(client: &Client) -> Result<Option<String>, SharedError> {
    let rows = client.query_typed(include_str!("sql/shared_memory.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let shared: bool = row.try_get("shared")?;
    Ok(Some(row.try_get("identity")?).filter(|_| shared))
}

async fn recall(client: &Client, ids: &[&str]) -> Result<Recalled, SharedError> {
    let rows = client.query_typed(include_str!("sql/shared_memory.sql"), &[]).await?;
    let (mut identity, mut shared) = (String::new(), false);
    for row in &rows {
        (identity, shared) = (row.try_get("identity")?, row.try_get("shared")?);
    }
    if !shared {
        return Ok(Recalled { identity, records: None });
    }
    let sql = include_str!("sql/recall_findings.sql");
    let mut records = Records::new();
    for row in client.query_typed(sql, &[(&ids, Type::TEXT_ARRAY)]).await? {
        let id: String = row.try_get("id")?;
        let acknowledged: Option<&str> = row.try_get("acknowledged")?;
        let acknowledged = acknowledged.map(serde_json::from_str).transpose();
        let acknowledged =
            acknowledged.map_err(|source| SharedError::Damaged { what: format!("finding {id}"), source })?;
        let (first_seen, last_seen) = (row.try_get("first_seen")?, row.try_get("last_seen")?);
        records.insert(id, Record { first_seen, last_seen, acknowledged });
    }
    Ok(Recalled { identity, records: Some(records) })
}

async fn write(client: &Client, sql: &str, records: &Records) -> Result<(), SharedError> {
    let (mut ids, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new());
    let mut acknowledged: Vec<Option<String>> = Vec::new();
    for (id, record) in records {
        ids.push(id.as_str());
        first.push(record.first_seen);
        last.push(record.last_seen);
        let json = record.acknowledged.as_ref().map(serde_json::to_string).transpose();
        acknowledged
            .push(json.map_err(|source| SharedError::Damaged { what: format!("finding {id}"), source })?);
    }
    client
        .execute_typed(
            sql,
            &[
                (&ids, Type::TEXT_ARRAY),
                (&first, Type::TIMESTAMPTZ_ARRAY),
                (&last, Type::TIMESTAMPTZ_ARRAY),
                (&acknowledged, Type::TEXT_ARRAY),
            ],
        )
        .await?;
    let gone = Timestamp::now() - RETENTION;
    client.execute_typed(include_str!("sql/forget_findings.sql"), &[(&gone, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}
