//! The events of the audit log: those that a heal leaves, which fold into one entry, and actions.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::plan::{RepairStep, RoleStep};
use tenon_migrations_core::repair::Hazard;
use tenon_migrations_core::tolerance::Tolerated;
use tenon_migrations_core::upkeep::LedgerStep;
use uuid::Uuid;

use super::action::{ActionEntry, Performed};
use super::entry::{Attempt, AuditEntry, AuditResult, Kind, LogEntry, Timed};
use super::failure::HealFailure;
use super::origin::Origin;

/// One thing that happened to a heal, or that somebody did besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The heal, or the id of the action.
    pub heal: Uuid,
    /// The attempt that the event is about, from 1.
    #[serde(default = "first")]
    pub attempt: i32,
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: EventKind,
}

impl AuditEvent {
    /// What makes it this one: in the log it stands once.
    pub(super) fn key(&self) -> (Uuid, &'static str, i32) {
        (self.heal, self.what.name(), self.attempt)
    }
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", content = "body", rename_all = "snake_case")]
pub enum EventKind {
    /// Written before anything runs, in a transaction of its own.
    Started(Started),
    /// The attempt's transaction: the server can be asked later how it ended.
    Transaction { xid: String },
    /// Written after an attempt was rolled back for a reason that may pass, before the next one.
    Retried { failure: HealFailure, wait_ms: u64 },
    /// Written inside the heal's transaction, so that it is there exactly if the heal is. Of a dry run
    /// written after it was rolled back.
    Succeeded {
        duration_ms: u64,
        migrations: Vec<Timed>,
        #[serde(default, skip_serializing_if = "Resolution::is_committed")]
        left: Resolution,
    },
    /// Written after everything was rolled back.
    Failed {
        failure: HealFailure,
        /// Whether it was turned away before it ran anything, for what others do or did.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        turned_away: bool,
    },
    /// Written after everything was rolled back because somebody cancelled the heal.
    Cancelled { by: String },
    /// What somebody did besides healing. It stands alone.
    Action(Performed),
}

/// The names of the events that end a heal. It has one of them.
pub(super) const ENDS: [&str; 3] = ["succeeded", "failed", "cancelled"];

/// The beginning of a heal: the administrator, and what was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Started {
    #[serde(default)]
    pub kind: Kind,
    pub admin: String,
    pub source: Origin,
    pub plan_hash: String,
    pub files: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerStep>,
    /// The hazards of the plan that the administrator consented to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Hazard>,
    /// What stood beside the plugins' objects and was tolerated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<Tolerated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    pub host: String,
    pub versions: Vec<String>,
    /// The server's process that works for the heal: once that is gone, nothing more comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<i32>,
}

/// The end of an attempt that succeeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    #[default]
    Committed,
    /// The attempt was rolled back, as was wished.
    RolledBack,
}

impl Resolution {
    fn is_committed(&self) -> bool {
        *self == Self::Committed
    }
}

impl EventKind {
    /// The event's name in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Transaction { .. } => "transaction",
            Self::Retried { .. } => "retried",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Action(_) => "action",
        }
    }

    /// Whether it ends the heal.
    pub fn is_end(&self) -> bool {
        ENDS.contains(&self.name())
    }
}

/// The entries of these events, newest first: the heals, and the actions besides. Events come oldest first.
pub fn entries(events: Vec<(AuditEvent, Spooled)>) -> Vec<LogEntry> {
    let (mut actions, mut told): (Vec<ActionEntry>, _) = (Vec::new(), BTreeSet::new());
    for (event, spooled) in &events {
        let EventKind::Action(performed) = &event.what else { continue };
        // In the database and in the spool, it is told once.
        if told.insert(event.heal) {
            actions.push(ActionEntry {
                id: event.heal,
                at: event.at,
                what: performed.action.words(),
                performed: performed.clone(),
                spooled: *spooled == Spooled::Yes,
            });
        }
    }
    let heals = fold(events).into_iter().map(|heal| LogEntry::Heal(Box::new(heal)));
    let actions = actions.into_iter().map(|action| LogEntry::Action(Box::new(action)));
    let mut entries: Vec<_> = heals.chain(actions).collect();
    entries.sort_by(|a, b| b.at().cmp(&a.at()).then(b.id().cmp(&a.id())));
    entries
}

/// Folds the events of heals, oldest first, into entries, newest first. Events of a heal whose start is not
/// among them are passed over, and so is a second end.
pub fn fold(events: impl IntoIterator<Item = (AuditEvent, Spooled)>) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    for (event, spooled) in events {
        if let EventKind::Started(started) = event.what {
            // A spooled start that was taken up already is told once.
            if !entries.iter().any(|entry| entry.heal == event.heal) {
                entries.push(opened(event.heal, event.at, started, spooled));
            }
            continue;
        }
        let Some(entry) = entries.iter_mut().find(|entry| entry.heal == event.heal) else { continue };
        if entry.finished_at.is_some() {
            continue;
        }
        entry.finished_at = event.what.is_end().then_some(event.at);
        match event.what {
            EventKind::Started(_) | EventKind::Transaction { .. } | EventKind::Action(_) => {}
            EventKind::Retried { failure, .. } => {
                // As with the start: in the database and in the spool, it is told once.
                if entry.attempts.iter().all(|known| known.number != event.attempt) {
                    entry.attempts.push(Attempt { number: event.attempt, at: event.at, failure });
                }
            }
            EventKind::Succeeded { duration_ms, migrations, .. } => {
                entry.result = AuditResult::Succeeded;
                entry.duration_ms = Some(duration_ms);
                entry.migrations = migrations;
            }
            EventKind::Failed { failure, turned_away } => {
                entry.result = if turned_away { AuditResult::TurnedAway } else { AuditResult::Failed };
                entry.error = Some(failure);
            }
            EventKind::Cancelled { by } => {
                entry.result = AuditResult::Cancelled;
                entry.cancelled_by = Some(by);
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

fn first() -> i32 {
    1
}

fn opened(heal: Uuid, at: Timestamp, started: Started, spooled: Spooled) -> AuditEntry {
    AuditEntry {
        heal,
        kind: started.kind,
        admin: started.admin,
        source: started.source,
        started_at: at,
        finished_at: None,
        result: AuditResult::Started,
        files: started.files,
        migrations: Vec::new(),
        duration_ms: None,
        repairs: started.repairs,
        roles: started.roles,
        ledger: started.ledger,
        consents: started.consents,
        tolerated: started.tolerated,
        plan_hash: started.plan_hash,
        idempotency_key: started.idempotency_key,
        host: started.host,
        versions: started.versions,
        attempts: Vec::new(),
        error: None,
        cancelled_by: None,
        spooled: spooled == Spooled::Yes,
    }
}
