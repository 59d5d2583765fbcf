//! What comes of a statement that is sent, and how one is sent once more.

use crate::database::guard::GuardError;
use crate::database::pool::DeadlineExceeded;
use crate::plugin::caller::UNPROVEN;

/// How a statement is sent once more that failed of what was prepared for a former one.
#[derive(Debug, Clone, Copy)]
pub(super) enum RetryMode<'a> {
    /// The transaction is broken, and something was done in it.
    Never,
    /// There is no transaction.
    Alone,
    /// The statement runs in a transaction that begins thus.
    From(&'a str),
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum StatementError {
    Database(tokio_postgres::Error),
    /// The statement was not sent.
    Refused(GuardError),
    /// The result is more than this, in words.
    TooMuch(String),
}

impl StatementError {
    /// Whether `tenon.caller()` was asked where nothing but a setting says who calls.
    fn is_unproven_caller(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_db_error().is_some_and(|said| said.code().code() == UNPROVEN)
    }
}

/// Whether a statement has failed of asking `tenon.caller()` where nothing but a setting says who calls.
pub(super) fn is_unproven<T>(done: &Result<Result<T, StatementError>, DeadlineExceeded>) -> bool {
    matches!(done, Ok(Err(error)) if error.is_unproven_caller())
}

impl From<tokio_postgres::Error> for StatementError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}
