//! What a heal's session waits for, and who keeps it waiting, as another session sees it.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A lock that a session waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LockWait {
    /// The lock that is wanted, such as `ACCESS EXCLUSIVE`.
    pub mode: String,
    /// What the lock is on, such as `inventory.item`.
    pub object: String,
    /// The sessions in the way, each with the lock that it holds or waits for.
    pub blocked_by: String,
    /// The beginning of the wait, by the server's clock.
    pub since: Timestamp,
}

impl fmt::Display for LockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, object, blocked_by, .. } = self;
        write!(f, "{mode} on {object}: {blocked_by}")
    }
}

impl LockWait {
    /// How long it has lasted, in whole seconds.
    pub fn seconds(&self) -> i64 {
        Timestamp::now().duration_since(self.since).as_secs().max(0)
    }
}

/// What this process of the server waits for now.
pub(super) async fn of_process(
    client: &Client,
    process: i32,
) -> Result<Option<LockWait>, tokio_postgres::Error> {
    let process = [(&process as _, Type::INT4)];
    let rows = client.query_typed(include_str!("sql/who_blocks.sql"), &process).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let blocked_by: Option<String> = row.try_get("who")?;
    // A wait that has only just begun has no time yet.
    let since: Option<i64> = row.try_get("since")?;
    let since = since.and_then(|since| Timestamp::from_microsecond(since).ok());
    Ok(Some(LockWait {
        mode: row.try_get("mode")?,
        object: row.try_get("object")?,
        blocked_by: blocked_by.unwrap_or_else(|| "somebody who is gone holds it".to_owned()),
        since: since.unwrap_or_else(Timestamp::now),
    }))
}
