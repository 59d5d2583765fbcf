//! The events a heal leaves in the audit log, and how they fold into one entry.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::plan::Repair;
use uuid::Uuid;

use super::entry::{AuditEntry, AuditResult};
use crate::postgres::heal::{HealFailure, Source};

/// One thing that happened to a heal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditEvent {
    pub heal: Uuid,
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", content = "body", rename_all = "snake_case")]
pub enum What {
    /// Written before anything runs, in a transaction of its own.
    Started(Started),
    /// Which transaction the heal is: its fate can be asked for later.
    Transaction { xid: String },
    /// Written inside the heal's transaction, so that it is there exactly if the heal is.
    Succeeded { duration_ms: u64, migrations: Vec<Timed> },
    /// Written after everything was rolled back.
    Failed { failure: HealFailure },
}

/// Who asked for what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Started {
    pub admin: String,
    pub source: Source,
    pub plan_hash: String,
    pub files: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    pub host: String,
    pub versions: Vec<String>,
}

/// How long a migration took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed {
    pub migration: String,
    pub duration_ms: u64,
}

impl What {
    /// The event's name in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Transaction { .. } => "transaction",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Folds events, oldest first, into entries, newest first. Events of a heal whose start is not among them
/// are passed over.
pub fn fold(events: impl IntoIterator<Item = (AuditEvent, Spooled)>) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    for (event, spooled) in events {
        if let What::Started(started) = event.what {
            // A spooled start that was taken up already is told once.
            if !entries.iter().any(|entry| entry.heal == event.heal) {
                entries.push(opened(event.heal, event.at, started, spooled));
            }
            continue;
        }
        let Some(entry) = entries.iter_mut().find(|entry| entry.heal == event.heal) else { continue };
        match event.what {
            What::Started(_) | What::Transaction { .. } => {}
            What::Succeeded { .. } => {
                entry.finished_at = Some(event.at);
                entry.result = AuditResult::Succeeded;
            }
            What::Failed { failure } => {
                entry.finished_at = Some(event.at);
                entry.result = AuditResult::Failed;
                entry.error = Some(failure);
            }
        }
    }
    entries.sort_by(|a, b| b.started_at.cmp(&a.started_at).then(b.heal.cmp(&a.heal)));
    entries
}

/// Whether an event waits in the local spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spooled {
    Yes,
    No,
}

fn opened(heal: Uuid, at: Timestamp, started: Started, spooled: Spooled) -> AuditEntry {
    AuditEntry {
        heal,
        admin: started.admin,
        source: started.source,
        started_at: at,
        finished_at: None,
        result: AuditResult::Started,
        files: started.files,
        repairs: started.repairs,
        plan_hash: started.plan_hash,
        host: started.host,
        versions: started.versions,
        error: None,
        spooled: spooled == Spooled::Yes,
    }
}
