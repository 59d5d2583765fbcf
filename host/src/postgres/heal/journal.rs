//! Writing the audit log from beside the heal: over a connection of its own, or into the spool.

use jiff::Timestamp;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::errors::chain;
use crate::postgres::audit::event::{AuditEvent, What};
use crate::postgres::audit::{self, AuditError, Spool};
use crate::postgres::connect::Database;

/// The audit log of one heal.
pub(super) struct Journal<'a> {
    database: &'a Database,
    spool: &'a Spool,
    heal: Uuid,
    /// Absent while the audit table does not exist yet, and once the connection is lost.
    client: Option<Client>,
}

impl<'a> Journal<'a> {
    /// Opens the journal. Before the very first heal there is no table to write to: the spool takes it all.
    pub(super) async fn open(database: &'a Database, spool: &'a Spool, heal: Uuid, has_audit: bool) -> Self {
        let mut journal = Self { database, spool, heal, client: None };
        if has_audit {
            journal.connect().await;
        }
        journal
    }

    async fn connect(&mut self) {
        self.client = match self.database.connect().await {
            Ok((client, _)) => Some(client),
            Err(error) => {
                tracing::warn!("the audit log cannot be reached, entries go to the spool: {}", chain(&error));
                None
            }
        };
    }

    /// Records an event: in the database if it will take it, else in the spool.
    pub(super) async fn record(&mut self, what: What) -> Result<(), AuditError> {
        let event = AuditEvent { heal: self.heal, at: Timestamp::now(), what };
        log(&event);
        if let Some(client) = &self.client {
            match in_transaction(client, self.spool, &event).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(
                        "the audit log did not take an entry, it goes to the spool: {}",
                        chain(&error)
                    );
                }
            }
        }
        Ok(self.spool.append(&event)?)
    }

    /// What became of a transaction, asked over a new connection. `None` when nobody can say.
    pub(super) async fn fate_of(&mut self, xid: &str) -> Option<Fate> {
        for attempt in 0..20 {
            tokio::time::sleep(std::time::Duration::from_millis(100 * attempt)).await;
            let Ok((client, _)) = self.database.connect().await else { continue };
            let fate = fate(&client, xid).await;
            self.client = Some(client);
            if let Ok(Some(fate)) = fate {
                return Some(fate);
            }
        }
        None
    }
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Aborted,
}

/// Asks the server (manual, `pg_xact_status`). `None` while the transaction is still in progress.
pub(super) async fn fate(client: &Client, xid: &str) -> Result<Option<Fate>, tokio_postgres::Error> {
    let sql = "SELECT pg_xact_status($1::text::xid8)";
    let rows = client.query_typed(sql, &[(&xid, tokio_postgres::types::Type::TEXT)]).await?;
    let status = rows.first().and_then(|row| row.get::<_, Option<String>>(0));
    Ok(match status.as_deref() {
        Some("committed") => Some(Fate::Committed),
        Some("aborted") => Some(Fate::Aborted),
        _ => None,
    })
}

/// Takes up what waits in the spool, and adds the event.
async fn in_transaction(client: &Client, spool: &Spool, event: &AuditEvent) -> Result<(), AuditError> {
    let mut events = spool.read()?;
    let waiting = events.len();
    events.push(event.clone());
    client.batch_execute("BEGIN").await.map_err(AuditError::Write)?;
    let result = audit::append(client, &events).await;
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    client.batch_execute(end).await.map_err(AuditError::Write)?;
    result?;
    Ok(spool.forget(waiting)?)
}

/// Every entry also goes to the log.
pub(super) fn log(event: &AuditEvent) {
    let (heal, what) = (event.heal, event.what.name());
    match &event.what {
        What::Started(started) => {
            let (admin, source, files) = (&started.admin, started.source, started.files.len());
            let repairs = started.repairs.len();
            tracing::info!(%heal, admin, ?source, files, repairs, "heal {what}");
        }
        What::Transaction { xid } => tracing::debug!(%heal, xid, "heal {what}"),
        What::Succeeded { duration_ms, .. } => tracing::info!(%heal, duration_ms, "heal {what}"),
        What::Failed { failure } => {
            let (file, sqlstate) = (failure.file.as_deref(), failure.sqlstate.as_deref());
            tracing::error!(%heal, stage = failure.stage, file, line = failure.line, sqlstate, "heal {what}: {}", failure.message);
        }
    }
}
