//! The history of the verdict: one row in `tenon.verdict` for each change that a host which serves saw, kept
//! for a year. What changed while the database was away is written once it is back, and stands in a file of
//! the state directory (`verdicts.json`) until then, so that a restart loses none of it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::health::Status;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::memory::{self, SharedError, is_shared, shared_by};
use super::{PlanError, Tenon};
use crate::report::HealthReport;
use crate::support::errors::chain;
use crate::support::state_dir;

/// The most changes that wait for the database.
const MOST: usize = 100;

/// Serializes those who write, so that several hosts do not record one change each.
const LOCK: i64 = 0x7465_6e6f_6e76_6572;

/// One change of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerdictChange {
    pub at: Timestamp,
    /// The host that saw it: its name and process.
    pub host: String,
    /// The verdict before; absent of the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former: Option<Status>,
    pub verdict: Status,
    pub counts: VerdictCounts,
}

/// What a verdict came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerdictCounts {
    /// How many plugins have which status.
    pub plugins: BTreeMap<String, usize>,
    pub findings: usize,
    pub acknowledged: usize,
}

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Database(#[from] PlanError),
    #[error("the history of the verdict could not be read: {0}")]
    Read(String),
}

/// What this host has seen and not recorded yet.
#[derive(Debug)]
pub(super) struct SeenVerdicts {
    last: Option<Status>,
    waiting: VecDeque<VerdictChange>,
    file: PathBuf,
    /// The database that those in the file are of: its identity, or its address where that was not known.
    database: Option<String>,
    /// Whether the file says what waits.
    written: bool,
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
struct WaitingFile {
    format: u32,
    database: String,
    changes: VecDeque<VerdictChange>,
}

impl SeenVerdicts {
    /// What the state directory has from before. A file that cannot be read says nothing, and that is told.
    pub(super) fn in_dir(state_dir: &Path) -> Self {
        let file = state_dir.join("verdicts.json");
        let read = || {
            let text = state_dir::read(&file)?;
            Ok::<_, io::Error>(text.map(|text| serde_json::from_slice::<WaitingFile>(&text)).transpose()?)
        };
        let kept = read().unwrap_or_else(|error| {
            let (file, error) = (file.display(), chain(&error));
            tracing::warn!(%file, error, "the changes of the verdict that waited for the database cannot be read");
            None
        });
        let (database, waiting) = kept.map(|kept| (kept.database, kept.changes)).unzip();
        Self { last: None, waiting: waiting.unwrap_or_default(), file, database, written: true }
    }

    /// Writes down what waits, or removes the file where nothing does.
    async fn keep(&mut self, database: &str) {
        if self.written {
            return;
        }
        let (file, kept) = (self.file.clone(), self.waiting.clone());
        let content = WaitingFile { format: 1, database: database.to_owned(), changes: kept };
        let written = state_dir::off_workers(move || match content.changes.is_empty() {
            true => match std::fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            false => state_dir::replace(&file, &serde_json::to_vec_pretty(&content)?),
        });
        match written.await.and_then(|written| written) {
            Ok(()) => (self.written, self.database) = (true, Some(database.to_owned())),
            Err(error) => {
                let (file, error) = (self.file.display(), chain(&error));
                tracing::warn!(%file, error, "a change of the verdict waits for the database, and a restart would lose it");
            }
        }
    }
}

impl Tenon {
    /// Records the verdict of a check if it is another one than that of the check before. Called by a host
    /// that serves: what a command sees may be due to its own configuration.
    pub(super) async fn record_verdict(&self, report: &HealthReport) {
        let mut seen = self.seen_verdicts.lock().await;
        if seen.last != Some(report.status) {
            let change = VerdictChange {
                at: report.checked_at,
                host: self.name.clone(),
                former: seen.last.replace(report.status),
                verdict: report.status,
                counts: VerdictCounts::of(report),
            };
            if report.database.trouble.is_some() {
                self.hold_verdict(&change).await;
            }
            seen.waiting.push_back(change);
            seen.written = false;
            if seen.waiting.len() > MOST {
                seen.waiting.pop_front();
            }
        }
        if seen.waiting.is_empty() && seen.written {
            return;
        }
        if report.database.trouble.is_none() {
            self.give_over_held().await;
            self.record_waiting(&mut seen).await;
        }
        let database = self.identity_key(None);
        seen.keep(&database).await;
    }

    /// Records what waits, if the database takes it.
    async fn record_waiting(&self, seen: &mut SeenVerdicts) {
        match self.write_verdicts(seen).await {
            Ok(true) => {
                seen.waiting.clear();
                seen.written = false;
            }
            // Once the table is there.
            Ok(false) => {}
            Err(error) => tracing::debug!("a change of the verdict waits: {}", chain(&error)),
        }
    }

    /// The changes of the verdict since then, the latest first; none before the migration of the table.
    pub async fn verdicts(&self, since: Timestamp, limit: i64) -> Result<Vec<VerdictChange>, HistoryError> {
        let connection = self.connection().await?;
        let client = connection.driven_by_task();
        let read = self.bounds().read(client, async {
            if !is_shared(client).await? {
                return Ok(Vec::new());
            }
            let sql = include_str!("sql/verdicts.sql");
            let parameters: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] =
                &[(&since, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
            let rows = client.query_typed(sql, parameters).await?;
            rows.iter().map(change_of).collect::<Result<Vec<_>, SharedError>>()
        });
        read.await.map_err(|error: SharedError| HistoryError::Read(chain(&error)))
    }

    /// Whether there is a table to write to.
    async fn write_verdicts(&self, seen: &SeenVerdicts) -> Result<bool, SharedError> {
        if self.database.is_none() {
            return Ok(false);
        }
        let client = self.own_tables(memory::NAME).await?;
        let address = self.address();
        // What was seen of one database says nothing of another.
        let is_of_it = |change: &VerdictChange, identity: &str| {
            let file_is = seen.database.as_deref().is_none_or(|kept| kept == identity || kept == address);
            file_is || change.host == self.name
        };
        self.bounds().within(&client, write(&client, &seen.waiting, is_of_it)).await
    }
}

impl VerdictCounts {
    fn of(report: &HealthReport) -> Self {
        let mut plugins = BTreeMap::new();
        for plugin in &report.plugins {
            *plugins.entry(plugin.status.title().to_lowercase()).or_default() += 1;
        }
        Self { plugins, findings: report.findings().count(), acknowledged: report.acknowledged() }
    }
}

async fn write(
    client: &Client,
    changes: &VecDeque<VerdictChange>,
    is_of_it: impl Fn(&VerdictChange, &str) -> bool,
) -> Result<bool, SharedError> {
    let Some(identity) = shared_by(client).await? else { return Ok(false) };
    let lock = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    client.query_typed(lock, &[(&LOCK, Type::INT8)]).await?;
    for change in changes.iter().filter(|change| is_of_it(change, &identity)) {
        let counts = serde_json::to_string(&change.counts).unwrap_or_default();
        let verdict = change.verdict.title().to_lowercase();
        let sql = include_str!("sql/record_verdict.sql");
        client
            .execute_typed(
                sql,
                &[
                    (&change.at, Type::TIMESTAMPTZ),
                    (&change.host, Type::TEXT),
                    (&verdict, Type::TEXT),
                    (&counts, Type::TEXT),
                ],
            )
            .await?;
    }
    client.execute_typed(include_str!("sql/forget_verdicts.sql"), &[]).await?;
    Ok(true)
}

pub(super) fn change_of(row: &Row) -> Result<VerdictChange, SharedError> {
    let status = |text: &str| {
        serde_json::from_value(text.into())
            .map_err(|source| SharedError::Damaged { what: "a verdict".to_owned(), source })
    };
    let former: Option<&str> = row.try_get("former")?;
    let counts: &str = row.try_get("counts")?;
    Ok(VerdictChange {
        at: row.try_get("at")?,
        host: row.try_get("host")?,
        former: former.map(status).transpose()?,
        verdict: status(row.try_get("verdict")?)?,
        counts: serde_json::from_str(counts)
            .map_err(|source| SharedError::Damaged { what: "a verdict".to_owned(), source })?,
    })
}
