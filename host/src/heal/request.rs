//! What a heal is asked to do, what it tells on the way, and how it ended.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use tenon_migrations_core::migration::{Checksum, MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, RepairRequest, RepairStep, RoleStep};
use tenon_migrations_core::upkeep::LedgerStep;
use uuid::Uuid;

use super::holder::Holder;
use super::lock_wait::LockWait;
use super::observed::Rehearsal;
use super::purpose::Purpose;
use crate::audit::{AuditEntry, AuditResult, HealFailure, Origin};
use crate::heal::decide::Wish;
use crate::support::error_code::ErrorCode;

/// The word of an administrator.
#[derive(Debug, Clone)]
pub struct HealRequest {
    /// The administrator's name; goes into the audit entry.
    pub admin: String,
    pub source: Origin,
    /// The hash of the plan that was shown. Without one, whatever is pending is run.
    pub reviewed: Option<Checksum>,
    /// Plugins to leave out, with those that require them.
    pub without: BTreeSet<PluginId>,
    /// What to repair besides.
    pub repairs: RepairRequest,
    /// What makes the request one and the same however often it is sent: with a key that was used, nothing
    /// runs, and the former outcome is the answer.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Migrations to record as applied without running them: then nothing is run but the host's own, and
    /// nothing is repaired. Empty for a heal.
    pub adopt: BTreeSet<MigrationId>,
    /// Plugins that the ledger is to forget, since they were removed on purpose: then nothing else is done.
    /// Empty for a heal.
    pub forget: BTreeSet<PluginId>,
    pub purpose: Purpose,
}

impl HealRequest {
    /// A heal of all that is pending, and of nothing else.
    pub fn new(admin: impl Into<String>, source: Origin) -> Self {
        Self {
            admin: admin.into(),
            source,
            reviewed: None,
            without: BTreeSet::new(),
            repairs: RepairRequest::default(),
            idempotency_key: None,
            adopt: BTreeSet::new(),
            forget: BTreeSet::new(),
            purpose: Purpose::Heal,
        }
    }

    /// What is asked for.
    pub fn wish(&self) -> Wish<'_> {
        let Self { without, repairs, adopt, forget, .. } = self;
        Wish { without, repairs, adopt, forget }
    }
}

/// A key of somebody's choice, of 1 to 255 visible characters of ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a text is no idempotency key.
#[derive(Debug, thiserror::Error)]
#[error("an idempotency key is 1 to 255 visible ASCII characters")]
pub struct IdempotencyKeyError;

impl std::str::FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sound = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sound { Ok(Self(text.to_owned())) } else { Err(IdempotencyKeyError) }
    }
}

impl IdempotencyKey {
    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One step of progress, for the terminal's bar, the log and the page alike.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HealEvent {
    Planned {
        heal: Uuid,
        files: Vec<String>,
        repairs: usize,
        /// Login roles of plugins.
        roles: usize,
        /// The number of statements of the migrations and repairs.
        statements: usize,
    },
    MigrationStarted {
        migration: MigrationId,
        index: usize,
        total: usize,
        statements: usize,
    },
    StatementDone {
        migration: MigrationId,
        statement: usize,
        statements: usize,
    },
    /// What the server said unasked while a migration or a repair ran, or roles were made.
    Notice {
        during: String,
        severity: String,
        message: String,
    },
    /// The migration was written into the ledger without being run.
    Recorded {
        migration: MigrationId,
        index: usize,
        total: usize,
    },
    MigrationDone {
        migration: MigrationId,
        index: usize,
        total: usize,
        duration_ms: u64,
    },
    RepairStarted {
        object: String,
        index: usize,
        total: usize,
        statements: usize,
    },
    RepairDone {
        object: String,
        index: usize,
        total: usize,
        statements: usize,
        duration_ms: u64,
    },
    /// The ledger's row was changed, without anything being run for it.
    LedgerKept {
        step: LedgerStep,
    },
    /// The plugins' login roles are looked at, and made what they are to be.
    RolesStarted,
    /// The plugins' login roles are what they are to be: so many of them were changed, by so many
    /// statements.
    RolesDone {
        roles: usize,
        statements: usize,
        duration_ms: u64,
    },
    /// The schema is copied into a scratch database.
    Copying,
    /// The heal waits, since another holds the lock; with how far that one is.
    Waiting {
        holder: Holder,
    },
    /// The heal's session waits for a lock of the database.
    Blocked {
        wait: LockWait,
    },
    /// The heal's session has what it waited for.
    Unblocked,
    Verifying {
        plugins: usize,
    },
    Committing,
    /// Everything was seen that was to be seen.
    RollingBack,
    /// Everything was rolled back for a reason that may pass, and begins anew after the pause.
    Retrying {
        attempt: i32,
        attempts: i32,
        wait_ms: u64,
        failure: Box<HealFailure>,
    },
    /// Somebody wished it to stop: what runs is cancelled, and everything is rolled back.
    Cancelling {
        by: String,
    },
    Ended {
        result: String,
    },
}

/// The receiver of a heal's events.
pub type EventSink = Arc<dyn Fn(&HealEvent) + Send + Sync>;

/// How a heal ended.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HealOutcome {
    /// Everything was committed.
    Succeeded {
        heal: Uuid,
        files: Vec<String>,
        repairs: Vec<RepairStep>,
        /// The plugins' login roles that were put right.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        roles: Vec<RoleStep>,
        /// What became of the ledger's rows, without anything being run for it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        ledger: Vec<LedgerStep>,
        duration_ms: u64,
    },
    /// Everything was run and rolled back, to see how it goes.
    Rehearsed { plan: Plan, rehearsal: Box<Rehearsal> },
    /// There is no copy of the schema to rehearse in: nothing ran, nothing was recorded.
    NotRehearsed { message: String, remedy: String },
    /// Nothing was pending and everything was verified already: nothing ran, nothing was recorded.
    NothingToDo,
    /// Refused before anything ran: the plan says why.
    Refused { plan: Plan },
    /// What is pending is not what was shown: look again.
    PlanChanged { plan: Plan },
    /// Not begun, since another heal holds the lock.
    Busy { holder: Holder },
    /// Nothing was left to do, since another heal did just this meanwhile.
    Overtaken { by: Box<AuditEntry> },
    /// Somebody wished it to stop, and everything was rolled back.
    Cancelled { heal: Uuid, purpose: Purpose, by: String },
    /// The idempotency key was used before, for another plan: nothing ran, nothing was recorded.
    KeyReused { heal: Uuid },
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
            Self::Rehearsed { .. } => "rehearsed",
            Self::NotRehearsed { .. } => "not_rehearsed",
            Self::NothingToDo => "nothing_to_do",
            Self::Refused { .. } => "refused",
            Self::PlanChanged { .. } => "plan_changed",
            Self::Busy { .. } => "busy",
            Self::Overtaken { .. } => "overtaken",
            Self::Cancelled { .. } => "cancelled",
            Self::KeyReused { .. } => "key_reused",
            Self::Failed { .. } => "failed",
            Self::Standby => "standby",
            Self::Unavailable { .. } => "unavailable",
            Self::Unclear { .. } => "unclear",
        }
    }
}

impl HealOutcome {
    /// The code under which it is explained, unless it is what was asked for. Also a trial that failed is.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Succeeded { .. } | Self::Rehearsed { .. } | Self::NothingToDo | Self::Overtaken { .. } => {
                None
            }
            Self::NotRehearsed { .. } => Some(ErrorCode::NotRehearsed),
            Self::Refused { .. } => Some(ErrorCode::Refused),
            Self::PlanChanged { .. } => Some(ErrorCode::PlanChanged),
            Self::Busy { .. } => Some(ErrorCode::Busy),
            Self::Cancelled { .. } => Some(ErrorCode::Cancelled),
            Self::KeyReused { .. } => Some(ErrorCode::KeyReused),
            Self::Failed { .. } => Some(ErrorCode::Failed),
            Self::Standby => Some(ErrorCode::Standby),
            Self::Unavailable { .. } => Some(ErrorCode::Unavailable),
            Self::Unclear { .. } => Some(ErrorCode::Unclear),
        }
    }
}

impl From<AuditEntry> for HealOutcome {
    /// The outcome of a heal that has ended, as the log tells it.
    fn from(entry: AuditEntry) -> Self {
        let heal = entry.heal;
        match entry.result {
            AuditResult::Succeeded => {
                let AuditEntry { files, repairs, roles, ledger, duration_ms, .. } = entry;
                let duration_ms = duration_ms.unwrap_or_default();
                Self::Succeeded { heal, files, repairs, roles, ledger, duration_ms }
            }
            AuditResult::Cancelled => {
                // A key, by which it was found, only a heal has.
                let (purpose, by) = (Purpose::Heal, entry.cancelled_by.unwrap_or_default());
                Self::Cancelled { heal, purpose, by }
            }
            AuditResult::Failed | AuditResult::TurnedAway | AuditResult::Started => {
                Self::Failed { heal, files: entry.files, failure: entry.error.unwrap_or_default() }
            }
        }
    }
}
