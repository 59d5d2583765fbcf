//! One heal as the audit log tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::plan::{RepairStep, RoleStep};
use tenon_migrations_core::repair::Hazard;
use tenon_migrations_core::tolerance::Tolerated;
use tenon_migrations_core::upkeep::LedgerStep;
use uuid::Uuid;

use super::action::ActionEntry;
use super::failure::HealFailure;
use super::origin::Origin;

/// One heal: who, when, what, and how it ended.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    pub heal: Uuid,
    pub kind: Kind,
    pub admin: String,
    pub source: Origin,
    pub started_at: Timestamp,
    /// Absent while the heal runs, or when its process died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    pub result: AuditResult,
    /// The migrations that ran, or were to run, in order.
    pub files: Vec<String>,
    /// How long each of them took, once all have succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrations: Vec<Timed>,
    /// How long all of it took, once it has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What was repaired after them, with its SQL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairStep>,
    /// What became of the plugins' login roles, with its SQL as far as it was known beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleStep>,
    /// What became of the ledger's rows, without anything being run for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerStep>,
    /// The hazards of the plan that the administrator consented to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Hazard>,
    /// What stood beside the plugins' objects and was tolerated, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<Tolerated>,
    pub plan_hash: String,
    /// What made the request one and the same, however often it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The host's name and process.
    pub host: String,
    /// The host's version and those of the plugins concerned.
    pub versions: Vec<String>,
    /// The attempts that failed and were followed by another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<HealFailure>,
    /// The administrator who cancelled the heal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// Whether the entry waits in the local spool, because the database could not take it yet.
    #[serde(default)]
    pub spooled: bool,
}

/// One entry of the log: a heal, or an action besides.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LogEntry {
    Heal(Box<AuditEntry>),
    Action(Box<ActionEntry>),
}

impl LogEntry {
    /// When it began.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Heal(heal) => heal.started_at,
            Self::Action(action) => action.at,
        }
    }

    /// The id of the heal, or of the action.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Heal(heal) => heal.heal,
            Self::Action(action) => action.id,
        }
    }

    /// The heal, if it is one.
    pub fn heal(&self) -> Option<&AuditEntry> {
        match self {
            Self::Heal(heal) => Some(heal),
            Self::Action(_) => None,
        }
    }

    /// The action, if it is one.
    pub fn action(&self) -> Option<&ActionEntry> {
        match self {
            Self::Heal(_) => None,
            Self::Action(action) => Some(action),
        }
    }
}

impl From<AuditEntry> for LogEntry {
    fn from(heal: AuditEntry) -> Self {
        Self::Heal(Box::new(heal))
    }
}

/// One attempt that failed for a reason that may pass, and was rolled back.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    /// The attempt's number, from 1.
    pub number: i32,
    pub at: Timestamp,
    pub failure: HealFailure,
}

/// How a heal ended, as far as the log knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// The heal runs, or its process died.
    Started,
    Succeeded,
    Failed,
    /// The heal ran nothing, since another was at work or had done it, or the plan had changed.
    TurnedAway,
    /// Somebody wished it to stop, and everything was rolled back.
    Cancelled,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HealKind)]
pub enum Kind {
    /// To run what is pending.
    #[default]
    Heal,
    /// To record as applied what the database already has.
    Baseline,
    /// To run what is pending and roll it back.
    DryRun,
    /// To have the ledger forget plugins that were removed on purpose.
    Forget,
}

/// How long a migration took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timed {
    pub migration: String,
    pub duration_ms: u64,
}
