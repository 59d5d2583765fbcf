//! The audit log: append-only events in `tenon.audit`, each sealed with a hash over the one before it.

pub mod chain;
mod entry;
pub mod event;
mod spool;

use jiff::Timestamp;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use chain::{Chain, Link};
pub use entry::{AuditEntry, AuditResult};
use event::{AuditEvent, Spooled, What};
pub use spool::{Spool, SpoolError};

use crate::postgres::heal::{self, HealFailure};

/// Serializes writers of the chain; held until the writer's transaction ends.
const CHAIN_LOCK: i64 = 0x7465_6e6f_6e61_7564;

/// Why the audit log could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("the audit log could not be read")]
    Read(#[source] tokio_postgres::Error),
    #[error("the audit entry could not be written")]
    Write(#[source] tokio_postgres::Error),
    #[error("the audit event {event} of heal {heal} is damaged")]
    Damaged { heal: Uuid, event: String, source: serde_json::Error },
    #[error("the audit event could not be written as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Adds events to the chain, in the caller's transaction. Events that are in it already are passed over,
/// so that a spool can be taken up twice.
pub async fn append(client: &Client, events: &[AuditEvent]) -> Result<(), AuditError> {
    if events.is_empty() {
        return Ok(());
    }
    let lock = "SELECT pg_advisory_xact_lock($1)";
    client.query_typed(lock, &[(&CHAIN_LOCK, Type::INT8)]).await.map_err(AuditError::Write)?;
    let last = client.query_typed(include_str!("sql/last_link.sql"), &[]).await.map_err(AuditError::Read)?;
    let (mut seq, mut previous) = match last.first() {
        Some(row) => (row.get::<_, i64>("seq"), row.get::<_, String>("hash")),
        None => (0, Chain::new(None).head().hash.clone()),
    };
    for event in events {
        let name = event.what.name();
        let known = client
            .query_typed(include_str!("sql/known.sql"), &[(&event.heal, Type::UUID), (&name, Type::TEXT)])
            .await
            .map_err(AuditError::Read)?;
        if known.first().is_some_and(|row| row.get("known")) {
            continue;
        }
        seq += 1;
        let body = body_of(event).map_err(AuditError::Json)?;
        // PostgreSQL keeps microseconds: what is hashed has to be what is read back.
        let at = Timestamp::from_microsecond(event.at.as_microsecond()).unwrap_or(event.at);
        let mut link =
            Link { seq, heal: event.heal, event: name.to_owned(), at, body, previous, hash: String::new() };
        link.hash = link.seal();
        client
            .execute_typed(
                include_str!("sql/append.sql"),
                &[
                    (&link.seq, Type::INT8),
                    (&link.heal, Type::UUID),
                    (&link.event, Type::TEXT),
                    (&link.at, Type::TIMESTAMPTZ),
                    (&link.body, Type::TEXT),
                    (&link.previous, Type::TEXT),
                    (&link.hash, Type::TEXT),
                ],
            )
            .await
            .map_err(AuditError::Write)?;
        previous = link.hash;
    }
    Ok(())
}

fn body_of(event: &AuditEvent) -> Result<String, serde_json::Error> {
    let whole = serde_json::to_value(&event.what)?;
    serde_json::to_string(whole.get("body").unwrap_or(&serde_json::Value::Null))
}

/// The latest entries, newest first: those of the database, and those that wait in the spool.
pub async fn latest(
    client: Option<&Client>,
    spool: &Spool,
    limit: usize,
) -> Result<Vec<AuditEntry>, AuditError> {
    let mut events = Vec::new();
    if let Some(client) = client {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = client
            .query_typed(include_str!("sql/latest.sql"), &[(&limit, Type::INT8)])
            .await
            .map_err(AuditError::Read)?;
        for row in &rows {
            events.push((event_of(row)?, Spooled::No));
        }
    }
    events.extend(spool.read()?.into_iter().map(|event| (event, Spooled::Yes)));
    let mut entries = event::fold(events);
    entries.truncate(limit);
    Ok(entries)
}

fn event_of(row: &tokio_postgres::Row) -> Result<AuditEvent, AuditError> {
    let heal: Uuid = row.try_get("heal").map_err(AuditError::Read)?;
    let at: Timestamp = row.try_get("at").map_err(AuditError::Read)?;
    let event: String = row.try_get("event").map_err(AuditError::Read)?;
    let body: &str = row.try_get("body").map_err(AuditError::Read)?;
    let what = serde_json::from_str(body)
        .and_then(|body: serde_json::Value| {
            serde_json::from_value::<What>(serde_json::json!({ "event": event, "body": body }))
        })
        .map_err(|source| AuditError::Damaged { heal, event, source })?;
    Ok(AuditEvent { heal, at, what })
}

/// Whether the audit table is there.
pub async fn exists(client: &Client) -> Result<bool, AuditError> {
    let sql = "SELECT to_regclass('tenon.audit') IS NOT NULL";
    let rows = client.query_typed(sql, &[]).await.map_err(AuditError::Read)?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// Closes the entries of heals whose process died: their success would be in the log had they committed,
/// so once their transaction is over they failed. Returns how many were closed.
pub async fn close_open(client: &Client, spool: &Spool) -> Result<usize, AuditError> {
    if !exists(client).await? {
        return close_spooled(client, spool).await;
    }
    let waiting = spool.read()?;
    client.batch_execute("BEGIN").await.map_err(AuditError::Write)?;
    append(client, &waiting).await?;
    let open = client.query_typed(include_str!("sql/open.sql"), &[]).await.map_err(AuditError::Read)?;
    let over = open.iter().filter(|row| row.get::<_, Option<bool>>("over").unwrap_or(false));
    let closed: Vec<_> = over.map(|row| died(row.get("heal"))).collect();
    append(client, &closed).await?;
    client.batch_execute("COMMIT").await.map_err(AuditError::Write)?;
    spool.forget(waiting.len())?;
    Ok(closed.len())
}

/// The same before the very first heal has made the table.
async fn close_spooled(client: &Client, spool: &Spool) -> Result<usize, AuditError> {
    let events = spool.read()?;
    let mut closed = 0;
    for started in events.iter().filter(|event| matches!(event.what, What::Started(_))) {
        let mut rest = events.iter().filter(|event| event.heal == started.heal);
        let ended = |event: &&AuditEvent| matches!(event.what, What::Succeeded { .. } | What::Failed { .. });
        if rest.clone().any(|event| ended(&event)) {
            continue;
        }
        let xid = rest.find_map(|event| match &event.what {
            What::Transaction { xid } => Some(xid.clone()),
            _ => None,
        });
        let over = match xid {
            Some(xid) => heal::is_over(client, &xid).await.map_err(AuditError::Read)?,
            None => Timestamp::now().duration_since(started.at) > jiff::SignedDuration::from_mins(1),
        };
        if over {
            spool.append(&died(started.heal))?;
            closed += 1;
        }
    }
    Ok(closed)
}

fn died(heal: Uuid) -> AuditEvent {
    let message =
        "the process that ran this heal ended before it could say how; its transaction was rolled back";
    let failure =
        HealFailure { stage: "unknown".to_owned(), message: message.to_owned(), ..HealFailure::default() };
    AuditEvent { heal, at: Timestamp::now(), what: What::Failed { failure } }
}
