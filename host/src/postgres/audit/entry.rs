//! One heal as the audit log tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::plan::Repair;
use uuid::Uuid;

use crate::postgres::heal::{HealFailure, Source};

/// One heal: who, when, what, and how it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditEntry {
    pub heal: Uuid,
    pub admin: String,
    pub source: Source,
    pub started_at: Timestamp,
    /// Absent while the heal runs, or when its process died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    pub result: AuditResult,
    /// The migrations that ran, or were to run, in order.
    pub files: Vec<String>,
    /// What was mended after them, with its SQL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    pub plan_hash: String,
    /// The host's name and process.
    pub host: String,
    /// The host's version and those of the plugins concerned.
    pub versions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<HealFailure>,
    /// Whether the entry waits in the local spool, because the database could not take it yet.
    #[serde(default)]
    pub spooled: bool,
}

/// How a heal ended, as far as the log knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// It runs, or its process died.
    Started,
    Succeeded,
    Failed,
}
