//! What SQL of a call is told of who calls.

use super::sending::StatementError;
use crate::database::pool::{DeadlineExceeded, UNSAID};

/// What SQL of a call is told of who calls.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing, since none of it asks.
    Nothing,
    Nobody,
    /// The caller's id.
    Caller(String),
}

impl Said {
    pub(super) fn names_somebody(&self) -> bool {
        matches!(self, Self::Caller(_))
    }

    /// What the setting `tenon.caller` is.
    pub(super) fn setting(&self) -> &str {
        match self {
            Self::Nothing => UNSAID,
            Self::Nobody => "",
            Self::Caller(subject) => subject,
        }
    }
}

/// Whether a statement has failed of asking `tenon.caller()` where nothing but a setting says who calls.
pub(super) fn is_unproven<T>(done: &Result<Result<T, StatementError>, DeadlineExceeded>) -> bool {
    let failed = done.as_ref().ok().and_then(|done| done.as_ref().err());
    failed.is_some_and(StatementError::is_unproven_caller)
}
