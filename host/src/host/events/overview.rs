//! The events as they are shown: who hears which, how much waits, and what failed.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::super::Tenon;
use super::super::own_tables::Unreached;
use super::store::{self, EventError};
use crate::support::errors::chain;

/// After how many seconds what waits is late, and a listener silent.
const LATE: f64 = 120.0;

/// The plugins that hear events, and what they have not heard.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct EventList {
    /// By event and plugin.
    pub listeners: Vec<ListenerReport>,
    /// What failed: what was given up before what is tried again, the oldest first.
    pub failed: Vec<FailedDelivery>,
    /// Why they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A plugin that hears an event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListenerReport {
    pub event: String,
    /// The plugin's id; `core` for the webhooks of the host.
    pub plugin: String,
    /// How many events wait for it.
    pub pending: u64,
    /// How many were given up.
    pub given_up: u64,
    /// When the oldest that waits was emitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// For how many seconds the oldest has waited, if that is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<u64>,
    /// For how many seconds no host has had the plugin, if that is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_seconds: Option<u64>,
}

/// An event that a plugin has not heard, though it was called.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FailedDelivery {
    pub id: Uuid,
    pub event: String,
    /// The key under which it is in order, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The plugin that did not hear it.
    pub plugin: String,
    pub emitted_at: Timestamp,
    pub attempts: u32,
    /// When it is tried again; absent if it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// When it was given up, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_at: Option<Timestamp>,
    /// A word for programs that says why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it says, as JSON.
    pub payload: String,
}

impl FailedDelivery {
    /// Whether it is not tried any more.
    pub fn is_given_up(&self) -> bool {
        self.given_up_at.is_some()
    }
}

impl Tenon {
    /// The listeners of events, and so many deliveries that failed.
    pub async fn event_list(&self, limit: i64) -> EventList {
        let read = self.read_events(limit).await;
        read.unwrap_or_else(|error| EventList { trouble: Some(chain(&error)), ..EventList::default() })
    }

    /// Nothing before the migration of the tables.
    pub(super) async fn read_events(&self, limit: i64) -> Result<EventList, EventError> {
        let connection = self.connection().await;
        let connection = connection.map_err(|error| Unreached::of(&error))?;
        let client = connection.driven_by_task();
        let read = self.bounds().read(client, async {
            if !store::exists(client).await? {
                return Ok(EventList::default());
            }
            let listeners = client.query_typed(include_str!("sql/listeners.sql"), &[]).await?;
            let limit: [(&(dyn ToSql + Sync), Type); 1] = [(&limit, Type::INT8)];
            let failed = client.query_typed(include_str!("sql/troubled.sql"), &limit).await?;
            Ok(EventList {
                listeners: listeners.iter().map(listener_of).collect::<Result<_, _>>()?,
                failed: failed.iter().map(failed_of).collect::<Result<_, _>>()?,
                trouble: None,
            })
        });
        read.await
    }
}

fn listener_of(row: &Row) -> Result<ListenerReport, tokio_postgres::Error> {
    let count =
        |column: &str| row.try_get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or_default());
    let long = |column: &str| {
        let seconds: Option<f64> = row.try_get(column)?;
        let long = store::duration(seconds.filter(|seconds| *seconds > LATE));
        Ok::<_, tokio_postgres::Error>(long.map(|long| long.as_secs()))
    };
    Ok(ListenerReport {
        event: row.try_get("name")?,
        plugin: row.try_get("plugin")?,
        pending: count("pending")?,
        given_up: count("dead")?,
        oldest: row.try_get("oldest")?,
        late_seconds: long("waits")?,
        silent_seconds: long("silent")?,
    })
}

fn failed_of(row: &Row) -> Result<FailedDelivery, tokio_postgres::Error> {
    let attempts: i32 = row.try_get("attempts")?;
    let given_up_at: Option<Timestamp> = row.try_get("dead_at")?;
    Ok(FailedDelivery {
        id: row.try_get("id")?,
        event: row.try_get("name")?,
        key: row.try_get("key")?,
        plugin: row.try_get("plugin")?,
        emitted_at: row.try_get("at")?,
        attempts: u32::try_from(attempts).unwrap_or_default(),
        retry_at: row.try_get::<_, Option<Timestamp>>("retry_at")?.filter(|_| given_up_at.is_none()),
        given_up_at,
        code: row.try_get("code")?,
        message: row.try_get("message")?,
        payload: row.try_get("payload")?,
    })
}
