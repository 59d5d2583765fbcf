//! How the targets are, what they have not taken, and having it tried once more.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::super::Tenon;
use super::outbox::{self, NotifyError};
use crate::audit::CHANNEL;
use crate::config::{NotifyEvent, NotifyTarget};
use crate::support::errors::chain;

/// The targets, and what they have not taken.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NotificationReport {
    pub targets: Vec<TargetReport>,
    /// What was not taken within the last 30 days, the latest first.
    pub undelivered: Vec<Undelivered>,
    /// Why it is not known what the targets have taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// One target of this host's configuration.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TargetReport {
    pub name: String,
    /// `webhook` or `command`.
    pub kind: &'static str,
    pub events: Vec<NotifyEvent>,
    /// The events of plugins that it is told of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plugin_events: Vec<String>,
    /// How many messages wait for it.
    pub pending: usize,
    /// How many it has not taken for so long that they are not tried again.
    pub given_up: usize,
    /// When it took the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

/// A message that a target has not taken.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Undelivered {
    pub target: String,
    pub id: Uuid,
    /// When it changed.
    pub at: Timestamp,
    /// What the message says.
    pub text: String,
    pub attempts: u32,
    /// When it is tried next; absent of one that was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Why the target did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Tenon {
    /// The targets of this host's configuration, and what of the latest messages they have not taken.
    pub async fn notifications(&self, limit: i64) -> NotificationReport {
        let mut report = NotificationReport {
            targets: self.config.notify.targets.iter().map(TargetReport::of).collect(),
            undelivered: Vec::new(),
            trouble: None,
        };
        if report.targets.is_empty() {
            return report;
        }
        match self.undelivered(&mut report.targets, limit).await {
            Ok(undelivered) => report.undelivered = undelivered,
            Err(error) => report.trouble = Some(chain(&error)),
        }
        report
    }

    async fn undelivered(
        &self,
        targets: &mut [TargetReport],
        limit: i64,
    ) -> Result<Vec<Undelivered>, NotifyError> {
        let client = self.notifying().await?;
        let names: Vec<_> = targets.iter().map(|target| target.name.clone()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let standing = self.bounds().read(&client, outbox::standing(&client, &names)).await?;
        for target in targets {
            if let Some(one) = standing.get(&target.name) {
                (target.pending, target.given_up) = (one.pending, one.given_up);
                target.delivered_at = one.delivered_at;
            }
        }
        let rows = self.bounds().read(&client, async {
            let sql = include_str!("sql/undelivered.sql");
            let rows = client.query_typed(sql, &[(&names, Type::TEXT_ARRAY), (&limit, Type::INT8)]).await?;
            rows.iter().map(undelivered_of).collect::<Result<Vec<_>, NotifyError>>()
        });
        rows.await
    }

    /// Has all tried at once that this target, or any, has not taken: what waits, and what was given up. A
    /// host that serves does so. Gives how many there are.
    pub async fn retry_notifications(&self, name: Option<&str>) -> Result<u64, NotifyError> {
        let names: Vec<_> = self.targets(name)?.into_iter().map(|target| target.name.as_str()).collect();
        let client = self.notifying().await?;
        let retried = self.bounds().within(&client, async {
            let sql = include_str!("sql/retry.sql");
            let retried = client.execute_typed(sql, &[(&names, Type::TEXT_ARRAY)]).await?;
            let told = serde_json::json!({ "notifications": retried }).to_string();
            let notify = "SELECT pg_catalog.pg_notify($1, $2)";
            client.query_typed(notify, &[(&CHANNEL, Type::TEXT), (&told, Type::TEXT)]).await?;
            Ok::<_, NotifyError>(retried)
        });
        retried.await
    }
}

impl TargetReport {
    fn of(target: &NotifyTarget) -> Self {
        Self {
            name: target.name.clone(),
            kind: target.kind(),
            events: target.events.iter().copied().collect(),
            plugin_events: target.plugin_events.iter().cloned().collect(),
            pending: 0,
            given_up: 0,
            delivered_at: None,
        }
    }
}

fn undelivered_of(row: &tokio_postgres::Row) -> Result<Undelivered, NotifyError> {
    let body: &str = row.try_get("body")?;
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let attempts: i32 = row.try_get("attempts")?;
    Ok(Undelivered {
        target: row.try_get("target")?,
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        text: body["text"].as_str().unwrap_or_default().to_owned(),
        attempts: u32::try_from(attempts).unwrap_or_default(),
        next_at: row.try_get("next_at")?,
        error: row.try_get("error")?,
    })
}
