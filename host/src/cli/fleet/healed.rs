//! How the heals of many databases ended.

use std::time::Instant;

use serde::Serialize;
use tenon_migrations_core::health::Status;
use uuid::Uuid;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::told as told_outcome;
use crate::heal::HealOutcome;
use crate::report::text::{self, counted};
use crate::support::code::Code;
use crate::support::millis::millis;

/// How the heal of one database ended.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct HealedDatabase {
    pub database: String,
    pub result: FleetResult,
    /// Under which the audit log of the database has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heal: Option<Uuid>,
    pub files: Vec<String>,
    /// The verdict afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What went wrong, and what helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The code of that, which `tenon explain` tells more of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    pub took_ms: u64,
}

/// What became of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FleetResult {
    Healed,
    /// There was nothing to do.
    InStep,
    Failed,
    Refused,
    Busy,
    Unknown,
    Cancelled,
    /// Not begun, since another one failed or the command was stopped.
    NotBegun,
}

impl FleetResult {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Healed => "healed",
            Self::InStep => "in_step",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
            Self::NotBegun => "not_begun",
        }
    }

    pub(super) fn is_well(self) -> bool {
        matches!(self, Self::Healed | Self::InStep)
    }
}

impl From<&HealOutcome> for FleetResult {
    fn from(outcome: &HealOutcome) -> Self {
        match (outcome, Exit::from(outcome)) {
            (HealOutcome::NothingToDo | HealOutcome::Overtaken { .. }, _) => Self::InStep,
            (_, Exit::Done) => Self::Healed,
            (_, Exit::Busy) => Self::Busy,
            (_, Exit::Refused) => Self::Refused,
            (_, Exit::Unknown) => Self::Unknown,
            (_, Exit::Cancelled) => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

impl HealedDatabase {
    pub(super) fn new(database: String, result: FleetResult, began: Instant) -> Self {
        let took_ms = millis(began.elapsed());
        let (files, status) = (Vec::new(), None);
        Self { database, result, heal: None, files, status, error: None, code: None, took_ms }
    }

    pub(super) fn of(
        database: String,
        outcome: &HealOutcome,
        status: Option<Status>,
        began: Instant,
    ) -> Self {
        let failure = told_outcome(outcome).err();
        let code = failure.as_ref().and_then(Failure::code_name);
        let error = failure.map(|failure| failure.on_one_line());
        let (heal, files) = match outcome {
            HealOutcome::Succeeded { heal, files, .. } => {
                (Some(*heal), files.iter().map(ToString::to_string).collect())
            }
            HealOutcome::Failed { heal, .. }
            | HealOutcome::Cancelled { heal, .. }
            | HealOutcome::Unclear { heal, .. } => (Some(*heal), Vec::new()),
            _ => (None, Vec::new()),
        };
        Self { heal, files, status, error, code, ..Self::new(database, outcome.into(), began) }
    }

    pub(super) fn exit(&self) -> Exit {
        match self.result {
            FleetResult::Healed | FleetResult::InStep => self.status.map_or(Exit::Done, Exit::from),
            FleetResult::Failed => Exit::Failed,
            FleetResult::Refused => Exit::Refused,
            FleetResult::Busy => Exit::Busy,
            FleetResult::Unknown => Exit::Unknown,
            FleetResult::Cancelled | FleetResult::NotBegun => Exit::Cancelled,
        }
    }

    pub(super) fn row(&self) -> Vec<String> {
        let verdict = self.status.map(Status::word).unwrap_or_default();
        let said = self.error.clone().unwrap_or_else(|| match self.files.len() {
            0 => String::new(),
            files => counted(files, "migration"),
        });
        let result = self.result.word().replace('_', " ");
        vec![self.database.clone(), result, verdict.to_owned(), text::clean(&said)]
    }
}
