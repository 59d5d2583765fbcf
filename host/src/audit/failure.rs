//! Why a heal was rolled back, as it is kept on the record.

use serde::{Deserialize, Serialize};
use tenon_migrations_core::repair::Hazard;

use super::stage::Stage;
use crate::database::unavailable::DbFailure;
use crate::support::errors::chain;

/// What went wrong in a heal that was rolled back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HealFailure {
    /// What the heal was doing.
    pub stage: Stage,
    /// The failing file, as `inventory/0002_x.sql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What was being repaired.
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
    /// What to do, as the host says it: the hint is PostgreSQL's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The first of `consents`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Box<Hazard>>,
    /// The hazards that show only while it runs, and without consent to all of which it is not gone through
    /// with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Hazard>,
    /// Differences found by the verification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// A failure outside any migration.
pub(crate) fn failed_in(stage: Stage, error: &(dyn std::error::Error + 'static)) -> HealFailure {
    let base = HealFailure { stage, ..HealFailure::default() };
    with_error(base, DbFailure::find(error), error)
}

pub(crate) fn with_error(
    base: HealFailure,
    said: Option<DbFailure>,
    error: &dyn std::error::Error,
) -> HealFailure {
    match said {
        Some(said) => HealFailure {
            sqlstate: Some(said.sqlstate),
            message: said.message,
            detail: said.detail,
            hint: said.hint,
            ..base
        },
        None => HealFailure { message: chain(error), ..base },
    }
}
