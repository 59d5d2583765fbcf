//! The audit log: its entries, and row by row as it is exported and proved.

mod history;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{PlanError, Tenon};
use crate::audit::chain::{self, Broken, Chain, Head, Link};
use crate::audit::event::{AuditEvent, EventKind};
use crate::audit::{self, Action, Actor, AuditError, LogEntry, Performed, Spool};
use crate::database::connect::Database;
use crate::database::unavailable::Unavailable;
use crate::heal::HealContext;
use crate::report::Trouble;
use crate::support::errors;
pub use history::ShownAudit;

/// The audit log as far as it could be read.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditLog {
    /// Newest first.
    pub entries: Vec<LogEntry>,
    /// Why the database's part is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why the rows of the log could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AuditRowsError {
    #[error(transparent)]
    Database(#[from] PlanError),
    #[error(transparent)]
    Read(#[from] AuditError),
}

impl AuditRowsError {
    /// The kind of trouble.
    pub fn unavailable(&self) -> Unavailable {
        Unavailable::of(self)
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Database(error) => error.remedy(),
            Self::Read(error) => Unavailable::remedy_of(error),
        }
    }
}

impl Tenon {
    /// Closes audit entries that a dead process left open.
    pub async fn close_open_entries(&self) {
        if let Some(reach) = &self.database {
            close_open(reach.healing(), &self.spool).await;
        }
    }

    /// Records what somebody did besides healing: in the database, or in the local spool while that cannot
    /// take it. What was done stays done if not even that is possible, and the log says so.
    pub async fn record(&self, by: &Actor, action: Action, reason: Option<&str>) {
        // Before the others hear of it.
        if matches!(action, Action::Quarantine { .. } | Action::Release { .. }) {
            self.share_quarantine().await;
        }
        let performed =
            Performed { by: by.clone(), host: self.name.clone(), action, reason: reason.map(str::to_owned) };
        let what = EventKind::Action(performed);
        let event = AuditEvent { heal: Uuid::new_v4(), attempt: 1, at: Timestamp::now(), what };
        let database = self.database.as_ref().map(super::DatabaseAccess::healing);
        if let Err(error) = audit::record(database, &self.spool, &event).await {
            let (admin, error) = (&by.admin, errors::chain(&error));
            tracing::error!(admin, ?event, error, "what was done could not be recorded in the audit log");
        }
    }

    /// The latest entries of the audit log, the local spool's among them.
    pub async fn audit(&self, limit: usize) -> AuditLog {
        let connection = self.connection().await;
        let (client, trouble) = match &connection {
            Ok(connection) => (Some(connection.driven_by_task()), None),
            Err(error) => (None, Some(error.trouble())),
        };
        let entries = async {
            match client {
                Some(client) => self.bounds().read(client, self.entries(Some(client), limit)).await,
                None => self.entries(None, limit).await,
            }
        };
        match entries.await {
            Ok(entries) => AuditLog { entries, trouble },
            Err(error) => {
                let kind = Unavailable::of(&error);
                let remedy = "see the log, and try `tenon audit list` again".to_owned();
                let trouble = Trouble { kind, message: errors::chain(&error), remedy };
                let entries = audit::latest(None, &self.spool, limit).await.unwrap_or_default();
                AuditLog { entries, trouble: Some(trouble) }
            }
        }
    }

    async fn entries(&self, client: Option<&Client>, limit: usize) -> Result<Vec<LogEntry>, AuditError> {
        let client = match client {
            Some(client) if audit::exists(client).await? => Some(client),
            _ => None,
        };
        audit::latest(client, &self.spool, limit).await
    }

    /// The next rows of the log after this number, a page of them; none after the last, and none before the
    /// first heal.
    pub async fn audit_rows(&self, after: i64) -> Result<Vec<Link>, AuditRowsError> {
        let connection = self.connection().await?;
        let page = async {
            if audit::exists(connection.driven_by_task()).await? {
                chain::page(connection.driven_by_task(), after).await
            } else {
                Ok(Vec::new())
            }
        };
        Ok(self.bounds().read(connection.driven_by_task(), page).await?)
    }

    /// Proves that the log is what was written, see [`Chain`]: gives its last row, or the first place at
    /// which it is not.
    pub async fn verify_audit(
        &self,
        expected: Option<String>,
    ) -> Result<Result<Head, Broken>, AuditRowsError> {
        let mut chain = Chain::new(expected);
        loop {
            let links = self.audit_rows(chain.head().seq).await?;
            if links.is_empty() {
                return Ok(chain.end());
            }
            if let Err(broken) = links.iter().try_for_each(|link| chain.follow(link)) {
                return Ok(Err(broken));
            }
        }
    }

    /// Closes the entries of heals that are over and could not say so, and takes up what waits in the spool.
    /// Gives how many were closed.
    pub async fn resolve_audit(&self) -> Result<usize, AuditRowsError> {
        let client = self.healer().await?;
        Ok(audit::close_open(&client, self.bounds(), &self.spool).await?)
    }
}

pub(super) async fn close_open_entries(context: &HealContext) {
    close_open(&context.database, &context.spool).await;
}

async fn close_open(database: &Database, spool: &Spool) {
    let closed = match database.connect().await {
        Ok((client, _)) => audit::close_open(&client, database.bounds(), spool).await,
        // The report says that the database cannot be reached; the entries stay open until it can.
        Err(_) => return,
    };
    match closed {
        Ok(0) => {}
        Ok(closed) => tracing::warn!(closed, "audit entries that a dead process left open were closed"),
        Err(error) => tracing::warn!("open audit entries could not be closed: {}", errors::chain(&error)),
    }
}
