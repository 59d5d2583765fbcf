//! What was seen of a batch that was run and rolled back.

use serde::Serialize;
use tenon_migrations_core::statements::LockMode;
use uuid::Uuid;

use super::purpose::Purpose;
use crate::audit::{HealFailure, Timed};

/// A batch that was run and rolled back.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Rehearsal {
    pub purpose: Purpose,
    /// The entry of the audit log. A rehearsal in a copy has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heal: Option<Uuid>,
    /// The migrations and repairs that came to their end.
    pub migrations: Vec<Timed>,
    pub duration_ms: u64,
    /// The most entries of the server's table of locks that it took at a time.
    pub lock_entries: u64,
    /// The strongest lock on each relation that stood there before, but for those for reading alone. The
    /// strongest first, and of these what was held longest.
    pub locks: Vec<HeldLock>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<ServerMessages>,
    /// The applied migrations that could not be applied again in the copy, each with the reason: what they
    /// made was made like the original, and the rows that they insert are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_lacks: Vec<String>,
    /// The differences of the copy from the original.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_differs: Vec<String>,
    /// Why a heal would fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<HealFailure>,
}

/// A lock that was held until everything was rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HeldLock {
    pub relation: String,
    pub mode: LockMode,
    /// At most: since the statement began that took it.
    pub held_ms: u64,
    /// What took it, a migration, a repair or the verification; where there are very many locks, the first of
    /// those that may have.
    pub taken_by: String,
    /// The number of the statement within it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
}

/// What the server said unasked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ServerMessages {
    pub during: String,
    pub severity: String,
    pub message: String,
}
