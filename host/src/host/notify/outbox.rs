//! The messages in the database: made of what is recorded there, one for each change, whichever host sees it
//! first.
//!
//! Nothing is written where a change is recorded, so that neither a heal nor a check has anything to do with
//! it. A message is made of a row of the audit log, or of the history of the verdict, after that is
//! committed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tenon_migrations_core::health::Status;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::super::history::{VerdictChange, change_of};
use super::super::own_tables::Unreached;
use super::held::{HeldError, HeldMessage};
use super::message::{Composed, EmittedEvent, RefusedSystemCall, Sender};
use crate::audit::{self, AuditError};
use crate::config::NotifyTarget;
use crate::database::bounds::NoResponse;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How many rows are made messages of in one transaction.
const PAGE: i64 = 500;

/// Why messages could not be made, read or delivered.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("the database refused it")]
    Database(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("core/0005_shared.sql is pending, which makes the tables of messages")]
    Pending,
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error("the history of the verdict could not be read: {0}")]
    History(String),
    #[error(transparent)]
    Held(#[from] HeldError),
    #[error("there is no target {name}; there are {}", .known.join(", "))]
    NoTarget { name: String, known: Vec<String> },
    #[error("no target is configured")]
    NoTargets,
}

impl NotifyError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoTarget { .. } => ErrorCode::NoTarget,
            Self::NoTargets => ErrorCode::NoTargets,
            Self::Pending => ErrorCode::Pending,
            Self::Database(_)
            | Self::NoResponse(_)
            | Self::Unreached(_)
            | Self::Audit(_)
            | Self::History(_)
            | Self::Held(_) => ErrorCode::Unavailable,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoTargets => {
                "add [[notify.webhook]] or [[notify.command]] to the configuration: tenon.toml explains both"
            }
            Self::NoTarget { .. } => "`tenon notify list` shows the targets",
            Self::Pending => "run `tenon heal`",
            _ => "`tenon check` says what is wrong with the database",
        }
    }
}

type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// How far messages were made.
#[derive(Debug)]
struct Cursor {
    number: i64,
    audit_seq: i64,
    verdict_at: Timestamp,
    verdict: Option<String>,
}

impl Cursor {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            number: row.try_get("number")?,
            audit_seq: row.try_get("audit_seq")?,
            verdict_at: row.try_get("verdict_at")?,
            verdict: row.try_get("verdict")?,
        })
    }
}

/// How one target is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Standing {
    pub(super) pending: usize,
    pub(super) given_up: usize,
    pub(super) delivered_at: Option<Timestamp>,
    /// In how many seconds the next attempt is due.
    pub(super) due_in: Option<f64>,
    /// Whether there are messages that were not looked at for it.
    pub(super) has_news: bool,
    /// Whether a host delivers to it now.
    pub(super) is_leased: bool,
}

/// A message that is due for a target.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) number: i64,
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) body: String,
    pub(super) attempts: u32,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Settled<'a> {
    pub(super) id: Uuid,
    pub(super) target: &'a str,
    /// Why the target did not take it.
    pub(super) error: Option<String>,
    /// After how many seconds it is tried again, if it is.
    pub(super) again_in: Option<f64>,
}

/// Whether the tables are there.
pub(super) async fn exists(client: &Client) -> Result<bool, NotifyError> {
    let rows = client.query_typed(include_str!("sql/exists.sql"), &[]).await?;
    Ok(rows.first().map_or(Ok(false), |row| row.try_get(0))?)
}

/// Whether there is anything recorded of which no message was made: mostly there is not, and then nothing is
/// written.
pub(super) async fn has_news(client: &Client) -> Result<bool, NotifyError> {
    let rows = client.query_typed(include_str!("sql/news.sql"), &[]).await?;
    Ok(rows.first().map_or(Ok(true), |row| row.try_get("news"))?)
}

/// Makes messages of what was recorded since, of what this host held, and of what was refused to plugins. To
/// be called in a transaction.
pub(super) async fn make_messages(
    client: &Client,
    sender: &Sender<'_>,
    held: &[HeldMessage],
    refused: &[RefusedSystemCall],
) -> Result<(), NotifyError> {
    client.execute_typed(include_str!("sql/begin.sql"), &[]).await?;
    let rows = client.query_typed(include_str!("sql/cursor.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let mut cursor = Cursor::of(row)?;
    let former = cursor.number;
    for message in held {
        add_held(client, &mut cursor, message).await?;
    }
    // What is committed meanwhile comes after this row, and with the next ones.
    let last = audit::last_row(client).await?;
    let news = audit::ended_after(client, cursor.audit_seq, PAGE).await?;
    for news in &news {
        if let Some(composed) = sender.audited(news) {
            add(client, &mut cursor, &composed).await?;
        }
    }
    let is_all = i64::try_from(news.len()).unwrap_or(PAGE) < PAGE;
    let read = news.last().map_or(0, |news| news.seq);
    cursor.audit_seq = cursor.audit_seq.max(read).max(if is_all { last } else { 0 });
    let sql = include_str!("sql/verdict_news.sql");
    let verdicts: Parameters<'_> = &[(&cursor.verdict_at, Type::TIMESTAMPTZ), (&PAGE, Type::INT8)];
    let rows = client.query_typed(sql, verdicts).await?;
    if i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE {
        // Nobody is told what is older than a day.
        cursor.verdict_at = cursor.verdict_at.max(Timestamp::now() - SignedDuration::from_hours(24));
    }
    for row in rows {
        let seen = change_of(&row).map_err(|error| NotifyError::History(chain(&error)))?;
        let word = seen.verdict.word();
        let last = cursor.verdict.replace(word.to_owned());
        cursor.verdict_at = cursor.verdict_at.max(seen.at);
        // Of several hosts that saw one change, one tells it. What was the first that anybody saw has not
        // changed.
        if let Some(last) = last.filter(|last| last != word) {
            let former = Status::ALL.into_iter().find(|status| status.word() == last);
            add(client, &mut cursor, &sender.verdict(&VerdictChange { former, ..seen })).await?;
        }
    }
    for refused in refused {
        add(client, &mut cursor, &sender.refused(refused, Timestamp::now())).await?;
    }
    advance(client, &cursor).await?;
    if cursor.number > former {
        client.execute_typed(include_str!("sql/forget.sql"), &[]).await?;
    }
    Ok(())
}

/// Makes messages of events of plugins. To be called in the transaction in which they are heard.
pub(super) async fn add_events(
    client: &Client,
    sender: &Sender<'_>,
    events: &[EmittedEvent],
) -> Result<(), NotifyError> {
    client.execute_typed(include_str!("sql/begin.sql"), &[]).await?;
    let rows = client.query_typed(include_str!("sql/cursor.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let mut cursor = Cursor::of(row)?;
    for event in events {
        add(client, &mut cursor, &sender.emitted(event)).await?;
    }
    advance(client, &cursor).await
}

async fn advance(client: &Client, cursor: &Cursor) -> Result<(), NotifyError> {
    let Cursor { number, audit_seq, verdict_at, verdict } = cursor;
    let sql = include_str!("sql/advance.sql");
    let parameters: Parameters<'_> = &[
        (number, Type::INT8),
        (audit_seq, Type::INT8),
        (verdict_at, Type::TIMESTAMPTZ),
        (verdict, Type::TEXT),
    ];
    client.execute_typed(sql, parameters).await?;
    Ok(())
}

async fn add(client: &Client, cursor: &mut Cursor, composed: &Composed) -> Result<(), NotifyError> {
    let Composed { source, event, notification } = composed;
    let body = serde_json::to_string(notification).unwrap_or_default();
    let (id, at) = (notification.id, notification.timestamp);
    add_one(client, cursor, id, source, event, at, &body).await.map(|_| ())
}

/// Gives the number that the message has got; none where it was there already.
async fn add_one(
    client: &Client,
    cursor: &mut Cursor,
    id: Uuid,
    source: &str,
    event: &str,
    at: Timestamp,
    body: &str,
) -> Result<Option<i64>, NotifyError> {
    let number = cursor.number + 1;
    let parameters: Parameters<'_> = &[
        (&number, Type::INT8),
        (&id, Type::UUID),
        (&source, Type::TEXT),
        (&event, Type::TEXT),
        (&at, Type::TIMESTAMPTZ),
        (&body, Type::TEXT),
    ];
    if client.execute_typed(include_str!("sql/add.sql"), parameters).await? == 0 {
        return Ok(None);
    }
    cursor.number = number;
    Ok(Some(number))
}

async fn add_held(client: &Client, cursor: &mut Cursor, message: &HeldMessage) -> Result<(), NotifyError> {
    let HeldMessage { id, source, event, at, body, deliveries } = message;
    let Some(number) = add_one(client, cursor, *id, source, &event.to_string(), *at, body).await? else {
        return Ok(());
    };
    for (target, delivery) in deliveries {
        let parameters: Parameters<'_> = &[
            (&number, Type::INT8),
            (target, Type::TEXT),
            (&delivery.attempts, Type::INT4),
            (&delivery.next_at, Type::TIMESTAMPTZ),
            (&delivery.delivered_at, Type::TIMESTAMPTZ),
            (&delivery.error, Type::TEXT),
        ];
        client.execute_typed(include_str!("sql/add_held.sql"), parameters).await?;
    }
    Ok(())
}

/// How these targets are; one to which nothing was ever due is not among them.
pub(super) async fn standing(
    client: &Client,
    targets: &[&str],
) -> Result<BTreeMap<String, Standing>, NotifyError> {
    let sql = include_str!("sql/standing.sql");
    let count = |row: &Row, column: &str| {
        let count: i64 = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(usize::try_from(count).unwrap_or_default())
    };
    let mut all = BTreeMap::new();
    for row in client.query_typed(sql, &[(&targets, Type::TEXT_ARRAY)]).await? {
        let standing = Standing {
            pending: count(&row, "pending")?,
            given_up: count(&row, "given_up")?,
            delivered_at: row.try_get("delivered_at")?,
            due_in: row.try_get("due_in")?,
            has_news: row.try_get("has_news")?,
            is_leased: row.try_get::<_, Option<bool>>("is_leased")?.unwrap_or_default(),
        };
        all.insert(row.try_get("name")?, standing);
    }
    Ok(all)
}

/// Takes a target for so many seconds, if no other host has it. Gives the last message that was looked at for
/// it.
pub(super) async fn lease(
    client: &Client,
    target: &str,
    host: &str,
    seconds: f64,
) -> Result<Option<i64>, NotifyError> {
    let sql = include_str!("sql/lease.sql");
    let parameters: Parameters<'_> = &[(&target, Type::TEXT), (&host, Type::TEXT), (&seconds, Type::FLOAT8)];
    let rows = client.query_typed(sql, parameters).await?;
    Ok(rows.first().map(|row| row.try_get("number")).transpose()?)
}

pub(super) async fn release(client: &Client, target: &str, host: &str) -> Result<(), NotifyError> {
    let sql = include_str!("sql/release.sql");
    client.execute_typed(sql, &[(&target, Type::TEXT), (&host, Type::TEXT)]).await?;
    Ok(())
}

/// Lets go of all targets of a host.
pub(super) async fn release_all(client: &Client, host: &str) -> Result<(), NotifyError> {
    client.execute_typed(include_str!("sql/release_all.sql"), &[(&host, Type::TEXT)]).await?;
    Ok(())
}

/// Makes what is new due for a target, and what waits with it: it may be that the target takes it again.
pub(super) async fn enqueue(client: &Client, target: &NotifyTarget, after: i64) -> Result<(), NotifyError> {
    let name = target.name.as_str();
    let events = target.events.iter().map(ToString::to_string);
    let events: Vec<_> = events.chain(target.plugin_events.iter().cloned()).collect();
    let parameters: Parameters<'_> =
        &[(&name, Type::TEXT), (&after, Type::INT8), (&events, Type::TEXT_ARRAY)];
    let new = client.execute_typed(include_str!("sql/enqueue.sql"), parameters).await?;
    client.execute_typed(include_str!("sql/known.sql"), &[(&name, Type::TEXT)]).await?;
    if new > 0 { hurry(client, name).await } else { Ok(()) }
}

/// Makes all due that waits for a target.
pub(super) async fn hurry(client: &Client, target: &str) -> Result<(), NotifyError> {
    client.execute_typed(include_str!("sql/hurry.sql"), &[(&target, Type::TEXT)]).await?;
    Ok(())
}

/// Has all that is due for a target wait.
pub(super) async fn postpone(client: &Client, target: &str, seconds: f64) -> Result<(), NotifyError> {
    let parameters: Parameters<'_> = &[(&target, Type::TEXT), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/postpone.sql"), parameters).await?;
    Ok(())
}

/// The next message that is due for a target, after this one.
pub(super) async fn due(client: &Client, target: &str, after: i64) -> Result<Option<Due>, NotifyError> {
    let sql = include_str!("sql/due.sql");
    let rows = client.query_typed(sql, &[(&target, Type::TEXT), (&after, Type::INT8)]).await?;
    let due = |row: &Row| {
        let attempts: i32 = row.try_get("attempts")?;
        Ok::<_, tokio_postgres::Error>(Due {
            number: row.try_get("number")?,
            id: row.try_get("id")?,
            at: row.try_get("at")?,
            body: row.try_get("body")?,
            attempts: u32::try_from(attempts).unwrap_or_default(),
        })
    };
    Ok(rows.first().map(due).transpose()?)
}

/// Writes down how an attempt ended.
pub(super) async fn settle(client: &Client, settled: &Settled<'_>) -> Result<(), NotifyError> {
    let Settled { id, target, error, again_in } = settled;
    let parameters: Parameters<'_> =
        &[(id, Type::UUID), (target, Type::TEXT), (error, Type::TEXT), (again_in, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/settle.sql"), parameters).await?;
    Ok(())
}
