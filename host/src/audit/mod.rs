//! The audit log: append-only events in `tenon.audit`, each sealed with a hash over the one before it.
//!
//! An audit entry is the fold of its events, and a unique index lets it have one end. A trigger refuses to
//! change or delete rows.
//!
//! `tenon audit verify` follows the chain (`chain.rs`) and names the first row at which it does not hold.
//! Rows cut off the end leave a sound chain: that shows only against a last hash noted outside, which the
//! command prints and takes back with `--head`.
//!
//! The entry of a heal whose process died is closed by asking the server what became of its transaction;
//! or, before there was a transaction to ask for, once the server has no such session any more
//! (`close.rs`).

pub mod action;
mod approval;
pub mod chain;
mod close;
mod entry;
pub mod event;
mod failure;
mod find;
pub mod history;
mod news;
mod origin;
mod record;
mod spool;
mod stage;
mod stop_word;

use jiff::Timestamp;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::database::bounds::NoResponse;
pub use action::{Action, ActionEntry, Actor, FindingName, Performed};
pub use approval::{Approval, approvals, same_person};
use chain::{Chain, Link};
pub use close::{close_open, keeper};
pub use entry::{Attempt, AuditEntry, AuditResult, Kind, LogEntry, Timed};
use event::{AuditEvent, ENDS, EventKind, Resolution};
pub use failure::HealFailure;
pub(crate) use failure::{failed_in, with_error};
pub use find::{ended_with_key, exists, last_backup, last_success, latest, of_transaction};
pub use news::{AuditNews, ended_after, last_row};
pub use origin::Origin;
pub use record::{RecordAtOnceError, Recorded, record, record_at_once, waiting, with_spooled};
pub use spool::{Spool, SpoolError};
pub use stage::Stage;
pub use stop_word::{asked_to_stop, stop_word_id};

/// Serializes writers of the chain; held until the writer's transaction ends.
const CHAIN_LOCK: i64 = 0x7465_6e6f_6e61_7564;

/// What the log says is done stays done: a transaction that writes it is on disk before the server says so,
/// also where it is told not to wait for that (manual, "Asynchronous Commit").
const DURABLE: &str = "SELECT pg_catalog.set_config('synchronous_commit', 'on', true) \
     WHERE pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'";

/// Why the audit log could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("the audit log could not be read")]
    Read(#[source] tokio_postgres::Error),
    #[error("a transaction for the audit log could not be begun or ended")]
    Transaction(#[from] tokio_postgres::Error),
    #[error("the audit entry could not be written")]
    Write(#[source] tokio_postgres::Error),
    #[error("the audit event {event} of heal {heal} is damaged")]
    Damaged { heal: Uuid, event: String, source: serde_json::Error },
    #[error("the audit event could not be written as JSON")]
    Json(#[source] serde_json::Error),
    #[error("the audit log says of heal {0} that it has ended: another host held it for dead")]
    Ended(Uuid),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// The channel of `NOTIFY` on which the end of a heal is told once it is committed, with its id and how it
/// ended, and an action, with its name: as JSON.
pub const CHANNEL: &str = "tenon";

/// Adds events to the chain, in the caller's transaction. Events that are in it already are passed over, so
/// that a spool can be taken up twice, and so is a second end; but what commits a success writes it, or
/// fails.
pub async fn append(client: &Client, events: &[AuditEvent]) -> Result<(), AuditError> {
    if events.is_empty() {
        return Ok(());
    }
    // The table before the chain, as whoever changes the table has it.
    client.batch_execute("LOCK TABLE tenon.audit IN ROW EXCLUSIVE MODE").await.map_err(AuditError::Write)?;
    let lock = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    client.query_typed(lock, &[(&CHAIN_LOCK, Type::INT8)]).await.map_err(AuditError::Write)?;
    client.query_typed(DURABLE, &[]).await.map_err(AuditError::Write)?;
    let last = client.query_typed(include_str!("sql/last_link.sql"), &[]).await.map_err(AuditError::Read)?;
    let (mut seq, mut previous) = match last.first() {
        Some(row) => {
            let link = row.try_get::<_, i64>("seq").and_then(|seq| Ok((seq, row.try_get("hash")?)));
            link.map_err(AuditError::Read)?
        }
        None => (0, Chain::new(None).head().hash.clone()),
    };
    for event in events {
        let name = event.what.name();
        let known = client
            .query_typed(
                include_str!("sql/known.sql"),
                &[
                    (&event.heal, Type::UUID),
                    (&name, Type::TEXT),
                    (&event.attempt, Type::INT4),
                    (&&ENDS[..], Type::TEXT_ARRAY),
                ],
            )
            .await
            .map_err(AuditError::Read)?;
        if let Some(known) = known.first() {
            let known: &str = known.try_get("event").map_err(AuditError::Read)?;
            if known != name && matches!(event.what, EventKind::Succeeded { left: Resolution::Committed, .. })
            {
                return Err(AuditError::Ended(event.heal));
            }
            continue;
        }
        seq += 1;
        let body = body_of(event).map_err(AuditError::Json)?;
        // PostgreSQL keeps microseconds: what is hashed has to be what is read back.
        let at = Timestamp::from_microsecond(event.at.as_microsecond()).unwrap_or(event.at);
        let (heal, event_name, attempt) = (event.heal, name.to_owned(), event.attempt);
        let mut link =
            Link { seq, heal, event: event_name, attempt, at, body, previous, hash: String::new() };
        link.hash = link.seal();
        client
            .execute_typed(
                include_str!("sql/append.sql"),
                &[
                    (&link.seq, Type::INT8),
                    (&link.heal, Type::UUID),
                    (&link.event, Type::TEXT),
                    (&link.attempt, Type::INT4),
                    (&link.at, Type::TIMESTAMPTZ),
                    (&link.body, Type::TEXT),
                    (&link.previous, Type::TEXT),
                    (&link.hash, Type::TEXT),
                ],
            )
            .await
            .map_err(AuditError::Write)?;
        previous = link.hash;
        let told = match &event.what {
            // What it was done to may be longer than a notification may be.
            EventKind::Action(performed) => Some(serde_json::json!({ "action": performed.action.name() })),
            what if what.is_end() => Some(serde_json::json!({ "heal": event.heal, "result": name })),
            _ => None,
        };
        if let Some(told) = told {
            let told = told.to_string();
            let notify = "SELECT pg_catalog.pg_notify($1, $2)";
            let told = client.query_typed(notify, &[(&CHANNEL, Type::TEXT), (&told, Type::TEXT)]).await;
            told.map_err(AuditError::Write)?;
        }
    }
    Ok(())
}

fn body_of(event: &AuditEvent) -> Result<String, serde_json::Error> {
    let whole = serde_json::to_value(&event.what)?;
    serde_json::to_string(whole.get("body").unwrap_or(&serde_json::Value::Null))
}
