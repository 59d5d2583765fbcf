//! The events in the database: who emits and hears them, and what is still to be delivered. All is called in
//! a transaction.

use std::time::Duration;

use jiff::Timestamp;
use tenon_migrations_core::migration::PluginId;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::super::own_tables::Unreached;
use crate::database::bounds::NoResponse;
use crate::heal::HEAL_LOCK;
use crate::support::error_code::ErrorCode;

/// How long a host keeps a listener if it says no more.
pub(super) const LEASE: Duration = Duration::from_secs(12);

/// For how long no host may have said that a plugin hears an event until that is forgotten, with what waits.
const UNHEARD: Duration = Duration::from_secs(10 * 60);

/// For how long no host may have said that its webhooks want an event: hosts may be configured in different
/// ways.
const UNHEARD_OUTWARD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many characters of an error are kept.
const MOST_MESSAGE: usize = 2000;

/// Why the events could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("the database refused it")]
    Database(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("core/0009_events.sql is pending, which makes the tables of events")]
    Pending,
    #[error("events wait for plugins that cannot be called")]
    NotCalled,
    #[error("no delivery of event {0} was given up")]
    NotGivenUp(Uuid),
    #[error("a message for a webhook could not be made: {0}")]
    Message(String),
}

impl EventError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Database(_)
            | Self::NoResponse(_)
            | Self::Unreached(_)
            | Self::Message(_)
            | Self::NotCalled => ErrorCode::Unavailable,
            Self::Pending => ErrorCode::Pending,
            Self::NotGivenUp(_) => ErrorCode::EventNotGivenUp,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Pending => "run `tenon heal`",
            Self::NotGivenUp(_) => "`tenon event list` shows what was not heard",
            _ => "`tenon check` says what is wrong with the database",
        }
    }
}

type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// An event that a plugin emits, and its login role where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventType {
    pub(super) name: String,
    pub(super) plugin: String,
    pub(super) role: Option<String>,
}

/// A plugin that hears an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listener {
    pub(super) name: String,
    pub(super) plugin: String,
}

/// An event that is to be delivered.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) number: i64,
    pub(super) id: Uuid,
    pub(super) key: Option<String>,
    pub(super) at: Timestamp,
    pub(super) payload: String,
    pub(super) attempts: u32,
    /// How long ago it was emitted, by the database's clock.
    pub(super) age: Duration,
}

/// How a delivery failed.
#[derive(Debug)]
pub(super) struct Failed<'a> {
    pub(super) number: i64,
    pub(super) again_in: Option<Duration>,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

fn columns(listeners: &[Listener]) -> (Vec<&str>, Vec<&str>) {
    listeners.iter().map(|one| (one.name.as_str(), one.plugin.as_str())).unzip()
}

fn listener_of(row: &Row) -> Result<Listener, tokio_postgres::Error> {
    Ok(Listener { name: row.try_get("name")?, plugin: row.try_get("plugin")? })
}

/// A time that a statement gives in seconds.
pub(super) fn duration(seconds: Option<f64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// Whether the tables are there.
pub(super) async fn exists(client: &Client) -> Result<bool, EventError> {
    let row = client.query_typed_one(include_str!("sql/exists.sql"), &[]).await?;
    Ok(row.try_get("there")?)
}

/// Makes known who emits and who hears, and forgets what nobody hears any more and what all have heard.
pub(super) async fn declare(
    client: &Client,
    types: &[EventType],
    listeners: &[Listener],
) -> Result<(), EventError> {
    let names: Vec<_> = types.iter().map(|one| one.name.as_str()).collect();
    let plugins: Vec<_> = types.iter().map(|one| one.plugin.as_str()).collect();
    let roles: Vec<_> = types.iter().map(|one| one.role.as_deref()).collect();
    let parameters: Parameters<'_> =
        &[(&names, Type::TEXT_ARRAY), (&plugins, Type::TEXT_ARRAY), (&roles, Type::TEXT_ARRAY)];
    client.execute_typed(include_str!("sql/declare_types.sql"), parameters).await?;
    let (names, plugins) = columns(listeners);
    let parameters: Parameters<'_> = &[(&names, Type::TEXT_ARRAY), (&plugins, Type::TEXT_ARRAY)];
    client.execute_typed(include_str!("sql/declare_listeners.sql"), parameters).await?;
    let core = PluginId::core();
    let own: Vec<_> = plugins.iter().copied().filter(|plugin| *plugin != core.as_str()).collect();
    for (of, unheard) in [(own, UNHEARD), (vec![core.as_str()], UNHEARD_OUTWARD)] {
        let seconds = unheard.as_secs_f64();
        let parameters: Parameters<'_> = &[
            (&of, Type::TEXT_ARRAY),
            (&names, Type::TEXT_ARRAY),
            (&plugins, Type::TEXT_ARRAY),
            (&seconds, Type::FLOAT8),
        ];
        client.execute_typed(include_str!("sql/undeclare.sql"), parameters).await?;
    }
    client.execute_typed(include_str!("sql/forget.sql"), &[]).await?;
    Ok(())
}

/// The listeners to which this host may deliver from now on.
pub(super) async fn claim(
    client: &Client,
    listeners: &[Listener],
    lease: Uuid,
    room: usize,
) -> Result<Vec<Listener>, EventError> {
    let ((names, plugins), seconds) = (columns(listeners), LEASE.as_secs_f64());
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let parameters: Parameters<'_> = &[
        (&names, Type::TEXT_ARRAY),
        (&plugins, Type::TEXT_ARRAY),
        (&lease, Type::UUID),
        (&seconds, Type::FLOAT8),
        (&room, Type::INT8),
        (&HEAL_LOCK.0, Type::INT4),
        (&HEAL_LOCK.1, Type::INT4),
    ];
    let rows = client.query_typed(include_str!("sql/claim.sql"), parameters).await?;
    Ok(rows.iter().map(listener_of).collect::<Result<_, _>>()?)
}

/// What is next for a listener, if this host still delivers to it.
pub(super) async fn batch(
    client: &Client,
    to: &Listener,
    lease: Uuid,
    limit: i64,
) -> Result<Vec<Delivery>, EventError> {
    let parameters: Parameters<'_> = &[
        (&to.plugin, Type::TEXT),
        (&to.name, Type::TEXT),
        (&limit, Type::INT8),
        (&lease, Type::UUID),
        (&HEAL_LOCK.0, Type::INT4),
        (&HEAL_LOCK.1, Type::INT4),
    ];
    let rows = client.query_typed(include_str!("sql/batch.sql"), parameters).await?;
    rows.iter().map(delivery_of).collect()
}

fn delivery_of(row: &Row) -> Result<Delivery, EventError> {
    let attempts: i32 = row.try_get("attempts")?;
    Ok(Delivery {
        number: row.try_get("number")?,
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        at: row.try_get("at")?,
        payload: row.try_get("payload")?,
        attempts: u32::try_from(attempts).unwrap_or_default(),
        age: duration(row.try_get("age")?).unwrap_or_default(),
    })
}

/// Keeps these leases for another while.
pub(super) async fn renew(client: &Client, leases: &[Uuid]) -> Result<(), EventError> {
    let seconds = LEASE.as_secs_f64();
    let parameters: Parameters<'_> = &[(&leases, Type::UUID_ARRAY), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/renew.sql"), parameters).await?;
    Ok(())
}

/// Lets other hosts deliver to a listener.
pub(super) async fn release(client: &Client, to: &Listener, lease: Uuid) -> Result<(), EventError> {
    let parameters: Parameters<'_> =
        &[(&to.plugin, Type::TEXT), (&to.name, Type::TEXT), (&lease, Type::UUID)];
    client.execute_typed(include_str!("sql/release.sql"), parameters).await?;
    Ok(())
}

/// Notes that a delivery failed. Says whether it was still this host's, and not made.
pub(super) async fn fail(
    client: &Client,
    to: &Listener,
    lease: Uuid,
    failed: &Failed<'_>,
) -> Result<bool, EventError> {
    let seconds = failed.again_in.map(|pause| pause.as_secs_f64());
    let message: String = failed.message.chars().filter(|c| *c != '\0').take(MOST_MESSAGE).collect();
    let parameters: Parameters<'_> = &[
        (&to.plugin, Type::TEXT),
        (&to.name, Type::TEXT),
        (&failed.number, Type::INT8),
        (&seconds, Type::FLOAT8),
        (&failed.code, Type::TEXT),
        (&message, Type::TEXT),
        (&lease, Type::UUID),
    ];
    Ok(client.execute_typed(include_str!("sql/fail.sql"), parameters).await? > 0)
}

/// Takes deliveries away that the host itself has heard.
pub(super) async fn done(
    client: &Client,
    to: &Listener,
    lease: Uuid,
    batch: &[Delivery],
) -> Result<(), EventError> {
    let numbers: Vec<_> = batch.iter().map(|one| one.number).collect();
    let parameters: Parameters<'_> = &[
        (&to.plugin, Type::TEXT),
        (&to.name, Type::TEXT),
        (&lease, Type::UUID),
        (&numbers, Type::INT8_ARRAY),
    ];
    client.query_typed(include_str!("sql/done.sql"), parameters).await?;
    Ok(())
}

/// For how long there is nothing to be done for each of these listeners: because another host has it, or
/// until something is tried again.
pub(super) async fn waits(
    client: &Client,
    listeners: &[Listener],
) -> Result<Vec<(Listener, bool, Duration)>, EventError> {
    let (names, plugins) = columns(listeners);
    let parameters: Parameters<'_> = &[(&names, Type::TEXT_ARRAY), (&plugins, Type::TEXT_ARRAY)];
    let rows = client.query_typed(include_str!("sql/waits.sql"), parameters).await?;
    let mut waits = Vec::new();
    for row in &rows {
        if let Some(due_in) = duration(row.try_get("due_in")?) {
            waits.push((listener_of(row)?, row.try_get("is_leased")?, due_in));
        }
    }
    Ok(waits)
}
