//! Why nothing was imported.

use super::dump::{FailedStatement, RestoreError};
use super::folder_layout::LayoutError;
use crate::author::scaffold::ScaffoldError;
use crate::author::trial::StatementFailed;
use crate::database::migration_session::MigrationError;
use crate::scratch::database::{ScratchError, ScratchSessionError};
use crate::scratch::made_by::MadeByError;

/// A statement of another tool's file without which the file would make something else.
#[derive(Debug)]
pub struct StoppingStatement {
    /// File and line.
    pub place: String,
    pub excerpt: String,
    pub why: String,
    pub advice: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Made(#[from] MadeByError),
    #[error("roles that are spoken of there could not be made in the scratch database")]
    Roles(#[source] tokio_postgres::Error),
    #[error("the first migration cannot be run in an empty database")]
    Statement(#[source] StatementFailed),
    #[error("not all of the dump can be run in an empty database")]
    Dump(Vec<FailedStatement>),
    #[error("{} statements of the files have no place in a migration", .0.len())]
    Stops(Vec<StoppingStatement>),
    #[error("it is not known how the folder is laid out")]
    Layout(#[from] LayoutError),
    #[error("{path} does not run behind the files before it, in one transaction and an empty database")]
    Migration { path: String, source: MigrationError },
    #[error("there is nothing to import: {0}")]
    Nothing(String),
    #[error("a file of the crate could not be made")]
    Crate(#[from] ScaffoldError),
    #[error("the descriptors could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl From<ScratchError> for ImportError {
    fn from(error: ScratchError) -> Self {
        Self::Made(error.into())
    }
}

impl From<ScratchSessionError> for ImportError {
    fn from(error: ScratchSessionError) -> Self {
        Self::Made(error.into())
    }
}

impl From<RestoreError> for ImportError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Session(error) => Self::Made(error),
            RestoreError::Statements(failed) => Self::Dump(failed),
        }
    }
}
