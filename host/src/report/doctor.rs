//! What `tenon doctor` found, line by line.

use serde::Serialize;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoctorState {
    Ok,
    /// Nothing is broken, and something should be looked at.
    Warning,
    /// Nobody could look at it.
    Unknown,
    /// Something is broken, or will be.
    Problem,
}

impl DoctorState {
    /// The state in one word.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DoctorLine {
    pub topic: &'static str,
    pub state: DoctorState,
    pub message: String,
    /// What helps, with the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl DoctorLine {
    pub fn ok(topic: &'static str, message: impl Into<String>) -> Self {
        Self { topic, state: DoctorState::Ok, message: message.into(), remedy: None }
    }

    pub fn warning(topic: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: DoctorState::Warning, remedy: Some(remedy.into()), ..Self::ok(topic, message) }
    }

    pub fn problem(topic: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: DoctorState::Problem, remedy: Some(remedy.into()), ..Self::ok(topic, message) }
    }

    /// What could not be looked at, for that reason.
    pub fn unknown(topic: &'static str, reason: &str) -> Self {
        let message = format!("could not be looked at: {reason}");
        Self { state: DoctorState::Unknown, ..Self::ok(topic, message) }
    }
}

/// All that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DoctorReport {
    /// The worst of all lines.
    pub state: DoctorState,
    pub lines: Vec<DoctorLine>,
}

impl From<Vec<DoctorLine>> for DoctorReport {
    fn from(lines: Vec<DoctorLine>) -> Self {
        let state = lines.iter().map(|line| line.state).max().unwrap_or(DoctorState::Ok);
        Self { state, lines }
    }
}
