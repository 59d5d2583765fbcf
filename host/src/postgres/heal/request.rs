//! What a heal is asked to do, what it tells on the way, and how it ended.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenon_migrations_core::migration::{Checksum, MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, Repair, Repairs};
use uuid::Uuid;

/// The word of an administrator.
#[derive(Debug, Clone)]
pub struct HealRequest {
    /// Who says so; goes into the audit entry.
    pub admin: String,
    pub source: Source,
    /// The hash of the plan that was shown. Without one, whatever is pending is run.
    pub reviewed: Option<Checksum>,
    /// Plugins to leave out, with those that require them.
    pub without: BTreeSet<PluginId>,
    /// What to mend besides.
    pub repairs: Repairs,
}

/// Where the word came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Web,
    Cli,
    Api,
    /// `heal.on_start`, in development only.
    Start,
}

/// One step of progress, for the terminal's bar, the log and the page alike.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HealEvent {
    Planned { heal: Uuid, files: Vec<String>, repairs: usize, statements: usize },
    MigrationStarted { migration: MigrationId, index: usize, total: usize, statements: usize },
    StatementDone { migration: MigrationId, statement: usize, statements: usize },
    Notice { migration: MigrationId, message: String },
    MigrationDone { migration: MigrationId, index: usize, total: usize, duration_ms: u64 },
    RepairStarted { object: String, index: usize, total: usize, statements: usize },
    RepairDone { object: String, index: usize, total: usize, statements: usize, duration_ms: u64 },
    Verifying { plugins: usize },
    Committing,
    Ended { result: String },
}

/// How a heal ended.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HealOutcome {
    /// Everything was committed.
    Succeeded { heal: Uuid, files: Vec<String>, repairs: Vec<Repair>, duration_ms: u64 },
    /// Nothing was pending and everything was verified already: nothing ran, nothing was recorded.
    NothingToDo,
    /// Refused before anything ran: the plan says why.
    Refused { plan: Plan },
    /// What is pending is not what was shown: look again.
    PlanChanged { plan: Plan },
    /// Another heal holds the lock.
    Busy { holder: String },
    /// Everything was rolled back.
    Failed { heal: Uuid, files: Vec<String>, failure: HealFailure },
    /// The database is a hot standby, which cannot be written to: nothing ran, nothing was recorded.
    Standby,
    /// The database could not be reached, so nothing could be started.
    Unavailable { message: String },
    /// The connection was lost during COMMIT and nobody could be asked how it ended.
    Unclear { heal: Uuid, message: String },
}

impl HealOutcome {
    /// The outcome in one word, as the JSON names it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "succeeded",
            Self::NothingToDo => "nothing_to_do",
            Self::Refused { .. } => "refused",
            Self::PlanChanged { .. } => "plan_changed",
            Self::Busy { .. } => "busy",
            Self::Failed { .. } => "failed",
            Self::Standby => "standby",
            Self::Unavailable { .. } => "unavailable",
            Self::Unclear { .. } => "unclear",
        }
    }
}

/// What went wrong in a heal that was rolled back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealFailure {
    /// What the heal was doing.
    pub stage: String,
    /// The failing file, as `inventory/0002_x.sql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What was being mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<String>,
    /// The number of the failing statement within its file or repair, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What stands at that line and column, up to the first literal: those may hold secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Differences found by the verification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}
