//! The history of the verdict: one row in `tenon.verdict` for each change that a host which serves saw, kept
//! for a year. What changed while the database was away is written once it is back.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::health::Status;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::memory::{SharedError, is_shared};
use super::{PlanError, Tenon};
use crate::report::HealthReport;
use crate::support::errors::chain;

/// The most changes that wait for the database.
const MOST: usize = 100;

/// Serializes those who write, so that several hosts do not record one change each.
const LOCK: i64 = 0x7465_6e6f_6e76_6572;

/// One change of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
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
#[derive(Debug, Default)]
pub(super) struct SeenVerdicts {
    last: Option<Status>,
    waiting: VecDeque<VerdictChange>,
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
            if seen.waiting.len() > MOST {
                seen.waiting.pop_front();
            }
        }
        if seen.waiting.is_empty() || report.database.trouble.is_some() {
            return;
        }
        self.give_over_held().await;
        match self.write_verdicts(&seen.waiting).await {
            Ok(true) => seen.waiting.clear(),
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
    async fn write_verdicts(&self, changes: &VecDeque<VerdictChange>) -> Result<bool, SharedError> {
        let Some(reach) = &self.database else { return Ok(false) };
        let connected = reach.healing().connect().await;
        let (client, _) = connected.map_err(|error| SharedError::Unreachable(chain(&error)))?;
        self.bounds().within(&client, write(&client, changes)).await
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

async fn write(client: &Client, changes: &VecDeque<VerdictChange>) -> Result<bool, SharedError> {
    if !is_shared(client).await? {
        return Ok(false);
    }
    let lock = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    client.query_typed(lock, &[(&LOCK, Type::INT8)]).await?;
    for change in changes {
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
