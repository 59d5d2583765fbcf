//! The heal that holds the lock, and how far it is, as others can see it.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::lock_wait::{self, LockWait};
use super::purpose::Purpose;
use super::session_label::SessionLabel;
use crate::audit;
use crate::database::bounds::{Bounds, Unanswered};
use crate::support::errors::chain;

/// One heal at a time on a database: "tenon" and "heal" as bytes.
pub const HEAL_LOCK: (i32, i32) = (0x7465_6e6f, 0x6865_616c);

/// The heal that holds the lock. What cannot be seen is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Holder {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heal: Option<Uuid>,
    /// Whether it will be committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Migrations and repairs that are done, and all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<(usize, usize)>,
    /// The lock of the database that it waits for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<LockWait>,
    /// The name of a session that holds the lock and is no heal of ours, or is of another version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.admin, &self.session) {
            (Some(admin), _) => match self.purpose {
                Some(Purpose::DryRun) => write!(f, "a dry run by {admin}")?,
                _ => write!(f, "a heal by {admin}")?,
            },
            (None, Some(session)) => f.write_str(session)?,
            (None, None) => {
                f.write_str("another heal, which has just ended or may not be seen by this role")?;
            }
        }
        if let Some(host) = &self.host {
            write!(f, " on {host}")?;
        }
        if let Some(since) = self.since {
            write!(f, ", since {}", since.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
        }
        if let Some((done, total)) = self.progress {
            write!(f, ", {done} of {total} done")?;
        }
        if let Some(wait) = &self.waits {
            write!(f, "; it waits since {} s for {wait}", wait.seconds())?;
        }
        Ok(())
    }
}

/// The heal that is running on this database now, whoever's it is.
pub async fn running(client: &Client, bounds: Bounds) -> Result<Option<Holder>, Unanswered> {
    bounds.read(client, async { Ok(holder(client).await?) }).await
}

/// Has the server cancel the statement of the session that holds the lock, if it is this heal's. Gives
/// whether it was.
pub async fn cancel_holder(client: &Client, bounds: Bounds, heal: Uuid) -> Result<bool, Unanswered> {
    let end = SessionLabel::end_of(heal);
    let cancel = async {
        let parameters =
            [(&HEAL_LOCK.0 as _, Type::INT4), (&HEAL_LOCK.1 as _, Type::INT4), (&end as _, Type::TEXT)];
        let rows = client.query_typed(include_str!("sql/cancel_holder.sql"), &parameters).await?;
        Ok(rows.first().map_or(Ok(false), |row| row.try_get("cancelled"))?)
    };
    bounds.read(client, cancel).await
}

/// The heal that holds the lock now, whoever's it is.
pub(super) async fn holder(client: &Client) -> Result<Option<Holder>, tokio_postgres::Error> {
    let keys = [(&HEAL_LOCK.0 as _, Type::INT4), (&HEAL_LOCK.1 as _, Type::INT4)];
    let rows = client.query_typed(include_str!("sql/holder.sql"), &keys).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (name, pid): (String, i32) = (row.try_get("application_name")?, row.try_get("pid")?);
    let since: Option<i64> = row.try_get("since")?;
    let mut holder = Holder {
        since: since.and_then(|since| Timestamp::from_microsecond(since).ok()),
        waits: lock_wait::of_process(client, pid).await?,
        ..Holder::default()
    };
    match SessionLabel::read(&name) {
        Some(SessionLabel { purpose, done, total, admin, host, .. }) => {
            holder.purpose = Some(purpose);
            holder.progress = Some((done, total));
            holder.admin = Some(admin);
            holder.host = Some(host).filter(|host| !host.is_empty());
        }
        None if name.is_empty() => holder.session = Some(format!("process {pid}")),
        None => holder.session = Some(name),
    }
    // The log says it in full; but it may not be there yet, or not be this role's to read.
    if let Some(xid) = row.try_get::<_, Option<String>>("xid")? {
        match recorded(client, &xid).await {
            Ok(Some(entry)) => {
                holder.heal = Some(entry.heal);
                holder.admin = Some(entry.admin);
                holder.host = Some(entry.host);
                holder.since = Some(entry.started_at);
            }
            Ok(None) => {}
            Err(error) => tracing::debug!("the log does not say who heals: {}", chain(&error)),
        }
    }
    Ok(Some(holder))
}

async fn recorded(client: &Client, xid: &str) -> Result<Option<audit::AuditEntry>, audit::AuditError> {
    if audit::exists(client).await? { audit::of_transaction(client, xid).await } else { Ok(None) }
}
