//! Writing the audit log from beside the heal: over a connection of its own, or into the spool.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::audit::event::{AuditEvent, EventKind, Resolution};
use crate::audit::{self, AuditError, Spool};
use crate::database::connect::Database;
use crate::support::errors::chain;

/// How long the log's own connection may take to take an entry: what it does not take in time goes to the
/// spool.
const PATIENCE: Duration = Duration::from_secs(10);

/// The audit log of one heal.
pub(super) struct Journal<'a> {
    spool: &'a Spool,
    heal: Uuid,
    /// The attempt that the next entries are about, from 1.
    pub(super) attempt: i32,
    /// Whether there is a table to write to: before the very first heal there is none.
    has_audit: bool,
    /// Whether nothing is said, since all is done in a copy.
    silent: bool,
    /// Absent while the audit table does not exist yet, and once the connection is lost.
    client: Option<Client>,
    database: Database,
}

impl<'a> Journal<'a> {
    /// Opens the journal. Before the very first heal there is no table to write to: the spool takes it all.
    pub(super) async fn open(database: &Database, spool: &'a Spool, heal: Uuid, has_audit: bool) -> Self {
        let database = database.named(&audit::keeper(heal));
        let mut journal = Self { database, spool, heal, attempt: 1, has_audit, silent: false, client: None };
        journal.reopen().await;
        journal
    }

    /// The journal of what is done in a copy, of which nothing remains: it says nothing.
    pub(super) fn of_nothing(database: &Database, spool: &'a Spool, heal: Uuid) -> Self {
        let database = database.clone();
        Self { database, spool, heal, attempt: 1, has_audit: false, silent: true, client: None }
    }

    /// Opens the connection anew if it was lost and there is one to be had.
    pub(super) async fn reopen(&mut self) {
        if !self.has_audit || self.client.is_some() {
            return;
        }
        self.client = match self.database.connect().await {
            Ok((client, _)) => Some(client),
            Err(error) => {
                tracing::warn!("the audit log cannot be reached, entries go to the spool: {}", chain(&error));
                None
            }
        };
    }

    /// Records an event: in the database if it will take it, else in the spool.
    pub(super) async fn record(&mut self, what: EventKind) -> Result<(), AuditError> {
        if self.silent {
            return Ok(());
        }
        let event = AuditEvent { heal: self.heal, attempt: self.attempt, at: Timestamp::now(), what };
        log(&event);
        // Taken out first: a connection that does not answer in time is not asked again.
        if let Some(client) = self.client.take() {
            let refused = match timeout(
                PATIENCE,
                audit::with_spooled(&client, self.database.bounds(), self.spool, &event),
            )
            .await
            {
                Ok(Ok(())) => {
                    self.client = Some(client);
                    return Ok(());
                }
                Ok(Err(error)) => {
                    // It answered, so it may well take the next one, and with it what is in the spool.
                    self.client = Some(client).filter(|client| !client.is_closed());
                    chain(&error)
                }
                Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            // Whatever it did after all is passed over when the spool is taken up.
            tracing::warn!("the audit log did not take an entry, it goes to the spool: {refused}");
        }
        Ok(self.spool.append(&event).await?)
    }
}

/// Every entry also goes to the log.
fn log(event: &AuditEvent) {
    let (heal, what) = (event.heal, event.what.name());
    match &event.what {
        EventKind::Started(started) => {
            let (admin, source, files) = (&started.admin, started.source, started.files.len());
            let repairs = started.repairs.len();
            tracing::info!(%heal, kind = ?started.kind, admin, ?source, files, repairs, "heal {what}");
        }
        EventKind::Transaction { xid } => tracing::debug!(%heal, xid, "heal {what}"),
        EventKind::Succeeded { duration_ms, left: Resolution::RolledBack, .. } => {
            tracing::info!(%heal, duration_ms, "dry run {what}, and was rolled back");
        }
        // Told once it is committed; and what is done besides is told by who does it.
        EventKind::Succeeded { .. } | EventKind::Action(_) => {}
        EventKind::Retried { failure, wait_ms } => {
            let (attempt, sqlstate) = (event.attempt, failure.sqlstate.as_deref());
            tracing::warn!(%heal, attempt, sqlstate, wait_ms, "heal {what}: {}", failure.message);
        }
        EventKind::Cancelled { by } => tracing::warn!(%heal, by, "heal {what}"),
        EventKind::Failed { failure, turned_away: true } => {
            tracing::info!(%heal, "heal turned away: {}", failure.message);
        }
        EventKind::Failed { failure, .. } => {
            let (file, sqlstate) = (failure.file.as_deref(), failure.sqlstate.as_deref());
            tracing::error!(%heal, stage = %failure.stage, file, line = failure.line, sqlstate, "heal {what}: {}", failure.message);
        }
    }
}
