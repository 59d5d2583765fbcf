//! Entries of the log: the latest, and single ones by what is known of them.

use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::entry::{AuditEntry, AuditResult, LogEntry};
use super::event::{self, AuditEvent, EventKind, Spooled};
use super::stage::Stage;
use super::{AuditError, Spool};

/// Whether the audit table is there.
pub async fn exists(client: &Client) -> Result<bool, AuditError> {
    let rows = client.query_typed(include_str!("sql/exists.sql"), &[]).await.map_err(AuditError::Read)?;
    rows.first().map_or(Ok(false), |row| row.try_get(0)).map_err(AuditError::Read)
}

/// The latest entries, newest first: those of the database, and those that wait in the spool.
pub async fn latest(
    client: Option<&Client>,
    spool: &Spool,
    limit: usize,
) -> Result<Vec<LogEntry>, AuditError> {
    let mut events = Vec::new();
    if let Some(client) = client {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        events = told(client, include_str!("sql/latest.sql"), &[(&limit, Type::INT8)]).await?;
    }
    events.extend(spool.read().await?.into_iter().map(|event| (event, Spooled::Yes)));
    let mut entries = event::entries(events);
    entries.truncate(limit);
    Ok(entries)
}

/// The heal that was asked for with this idempotency key and has ended, if there is one. One that was
/// turned away, or failed before anything ran (`stage` "lock" or "plan"), has not used the key up.
pub async fn ended_with_key(
    client: Option<&Client>,
    spool: &Spool,
    key: &str,
) -> Result<Option<AuditEntry>, AuditError> {
    let mut events = Vec::new();
    if let Some(client) = client {
        events = told(client, include_str!("sql/of_key.sql"), &[(&key, Type::TEXT)]).await?;
    }
    events.extend(spool.read().await?.into_iter().map(|event| (event, Spooled::Yes)));
    let ran_nothing = |entry: &AuditEntry| {
        entry.error.as_ref().is_some_and(|failure| [Stage::Lock, Stage::Plan].contains(&failure.stage))
    };
    Ok(event::fold(events).into_iter().find(|entry| {
        entry.idempotency_key.as_deref() == Some(key)
            && entry.result != AuditResult::Started
            && !ran_nothing(entry)
    }))
}

/// The heal that succeeded last.
pub async fn last_success(client: &Client) -> Result<Option<AuditEntry>, AuditError> {
    one(client, include_str!("sql/last_success.sql"), &[]).await
}

/// The heal whose transaction has this id, as `pg_locks` prints it.
pub async fn of_transaction(client: &Client, xid: &str) -> Result<Option<AuditEntry>, AuditError> {
    one(client, include_str!("sql/of_transaction.sql"), &[(&xid, Type::TEXT)]).await
}

/// The last backup that the log knows of.
pub async fn last_backup(client: &Client) -> Result<Option<Timestamp>, AuditError> {
    if !exists(client).await? {
        return Ok(None);
    }
    let rows = client.query_typed(include_str!("sql/last_backup.sql"), &[]).await;
    let rows = rows.map_err(AuditError::Read)?;
    rows.first().map(|row| row.try_get("at")).transpose().map_err(AuditError::Read)
}

type Params<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

async fn one(client: &Client, sql: &str, params: Params<'_>) -> Result<Option<AuditEntry>, AuditError> {
    Ok(event::fold(told(client, sql, params).await?).into_iter().next())
}

async fn told(
    client: &Client,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<(AuditEvent, Spooled)>, AuditError> {
    let rows = client.query_typed(sql, params).await.map_err(AuditError::Read)?;
    rows.iter().map(|row| Ok((event_of(row)?, Spooled::No))).collect()
}

pub(super) fn event_of(row: &Row) -> Result<AuditEvent, AuditError> {
    let heal: Uuid = row.try_get("heal").map_err(AuditError::Read)?;
    let at: Timestamp = row.try_get("at").map_err(AuditError::Read)?;
    let attempt: i32 = row.try_get("attempt").map_err(AuditError::Read)?;
    let event: String = row.try_get("event").map_err(AuditError::Read)?;
    let body: &str = row.try_get("body").map_err(AuditError::Read)?;
    let what = serde_json::from_str(body)
        .and_then(|body: serde_json::Value| {
            serde_json::from_value::<EventKind>(serde_json::json!({ "event": event, "body": body }))
        })
        .map_err(|source| AuditError::Damaged { heal, event, source })?;
    Ok(AuditEvent { heal, attempt, at, what })
}
