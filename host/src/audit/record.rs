//! Recording one event: in the database if it takes it, with what waits in the spool, else in the spool.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Client;

use super::event::{AuditEvent, EventKind};
use super::{AuditError, Spool, append, exists};
use crate::database::bounds::Bounds;
use crate::database::connect::Database;
use crate::support::errors::chain;

/// How long the log may take to take an action: whoever acted waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where an event was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    Database,
    Spool,
}

/// Why the database has not recorded what has to stand there at once.
#[derive(Debug, thiserror::Error)]
pub enum RecordAtOnceError {
    #[error("the migration that lets the audit log take it is pending")]
    Pending,
    #[error("the audit log could not take it: {0}")]
    Refused(String),
    #[error("the audit log gave no answer within {} s", PATIENCE.as_secs())]
    Late,
}

/// Records in the database what counts only there, or says why not: never in the spool.
pub async fn record_at_once(database: &Database, event: &AuditEvent) -> Result<(), RecordAtOnceError> {
    match timeout(PATIENCE, in_database(database, None, event)).await {
        Ok(Ok(Recorded::Database)) => Ok(()),
        Ok(Ok(Recorded::Spool)) => Err(RecordAtOnceError::Pending),
        Ok(Err(error)) => Err(RecordAtOnceError::Refused(error)),
        Err(_) => Err(RecordAtOnceError::Late),
    }
}

/// Records what somebody did, over a connection of its own.
pub async fn record(
    database: Option<&Database>,
    spool: &Spool,
    event: &AuditEvent,
) -> Result<Recorded, AuditError> {
    let refused = match database {
        None => "there is no database".to_owned(),
        Some(database) => match timeout(PATIENCE, in_database(database, Some(spool), event)).await {
            Ok(Ok(Recorded::Database)) => return Ok(Recorded::Database),
            Ok(Ok(Recorded::Spool)) => "the migration that lets the log take it is pending".to_owned(),
            Ok(Err(error)) => error,
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        },
    };
    // Whatever the database did after all is passed over when the spool is taken up.
    tracing::info!("the audit log in the database did not take an entry, it goes to the spool: {refused}");
    spool.append(event).await?;
    Ok(Recorded::Spool)
}

/// Gives where it belongs; in the database it stands already, with what waits in the spool.
async fn in_database(
    database: &Database,
    spool: Option<&Spool>,
    event: &AuditEvent,
) -> Result<Recorded, String> {
    let (client, _) = database.connect().await.map_err(|error| chain(&error))?;
    let bounds = database.bounds();
    let takes = bounds.read(&client, async {
        Ok::<_, AuditError>(exists(&client).await? && takes_actions(&client).await?)
    });
    if !takes.await.map_err(|error| chain(&error))? {
        return Ok(Recorded::Spool);
    }
    let waiting = match spool {
        Some(spool) => spool.read().await.map_err(|error| chain(&error))?,
        None => Vec::new(),
    };
    let events: Vec<_> = waiting.iter().chain([event]).cloned().collect();
    // Whether the database is to be only read is for its owner to say: the spool holds the event as well.
    bounds.within(&client, append(&client, &events)).await.map_err(|error| chain(&error))?;
    if let Some(spool) = spool {
        spool.forget(&waiting).await.map_err(|error| chain(&error))?;
    }
    Ok(Recorded::Database)
}

/// Takes up what waits in the spool, and adds the event of a heal, in a transaction of its own.
pub async fn with_spooled(
    client: &Client,
    bounds: Bounds,
    spool: &Spool,
    event: &AuditEvent,
) -> Result<(), AuditError> {
    // A heal runs, so nobody wants the database to be only read, or somebody has consented to writing.
    let taken = bounds.writing_within(client, async {
        let taken = waiting(client, spool).await?;
        let events: Vec<_> = taken.iter().chain([event]).cloned().collect();
        append(client, &events).await?;
        Ok::<_, AuditError>(taken)
    });
    Ok(spool.forget(&taken.await?).await?)
}

/// What waits in the spool and this database takes: actions wait until the migration has run that lets the
/// log hold them.
pub async fn waiting(client: &Client, spool: &Spool) -> Result<Vec<AuditEvent>, AuditError> {
    let mut events = spool.read().await?;
    let is_action = |event: &AuditEvent| matches!(event.what, EventKind::Action(_));
    if events.iter().any(is_action) && !takes_actions(client).await? {
        events.retain(|event| !is_action(event));
    }
    Ok(events)
}

async fn takes_actions(client: &Client) -> Result<bool, AuditError> {
    let sql = include_str!("sql/takes_actions.sql");
    let rows = client.query_typed(sql, &[]).await.map_err(AuditError::Read)?;
    rows.first().map_or(Ok(false), |row| row.try_get(0)).map_err(AuditError::Read)
}
