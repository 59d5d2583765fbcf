//! One question to the database, and why it has no answer.

use tokio_postgres::{Client, Error, Row};

use crate::database::bounds::NoResponse;
use crate::host::{PlanError, Tenon};
use crate::report::doctor::DoctorLine;
use crate::support::errors::chain;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskedError {
    #[error(transparent)]
    Connect(#[from] PlanError),
    #[error("the server answered with an error")]
    Asked(#[from] Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("the server answered with no row")]
    NoRow,
}

/// What could not be read, with the reason.
pub(super) fn unread(topic: &'static str, error: &AskedError) -> DoctorLine {
    DoctorLine::unknown(topic, &chain(error))
}

impl Tenon {
    /// The one row that answers a question, as the role that serves.
    pub(super) async fn ask(&self, sql: &str) -> Result<Row, AskedError> {
        let connection = self.connection().await?;
        self.row(connection.driven_by_task(), sql).await
    }

    pub(super) async fn row(&self, client: &Client, sql: &str) -> Result<Row, AskedError> {
        let read = async { Ok::<_, AskedError>(client.query_typed(sql, &[]).await?) };
        self.bounds().read(client, read).await?.into_iter().next().ok_or(AskedError::NoRow)
    }
}
