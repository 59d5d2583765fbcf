//! Migrations applied again in a scratch database, one after another in one transaction, each as a heal runs
//! it.

use tenon_migrations_core::migration::{Migration, MigrationId};
use tenon_migrations_core::statements::{self, Statement};
use tokio_postgres::{Client, Error};

use crate::database::migration_session::checks::Checks;
use crate::database::migration_session::{SETTINGS, leftovers};

/// Why a migration could not be applied again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the scratch database's transaction could not be begun")]
    Begin(#[source] Error),
    #[error("migration {migration} cannot be split into statements: {reason}")]
    Unreadable { migration: MigrationId, reason: String },
    #[error("the session could not be made as it was before or after migration {migration}")]
    Reset { migration: MigrationId, source: Error },
    #[error("migration {migration}, line {line}, column {column} failed")]
    Statement { migration: MigrationId, line: usize, column: usize, source: Error },
    #[error("a check that migration {migration} put off failed")]
    Check { migration: MigrationId, source: Error },
}

/// Whether the server looks into the bodies of functions when they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Checked,
    /// The server does not look: bodies may name what only the original has.
    Unchecked,
}

/// A way to run the statements of a migration.
pub(crate) trait Runner: Send {
    /// Runs the next one.
    fn run(
        &mut self,
        migration: &Migration,
        statement: &Statement<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Runs each as it is.
struct Plain<'a>(&'a Client);

impl Runner for Plain<'_> {
    async fn run(&mut self, _migration: &Migration, statement: &Statement<'_>) -> Result<(), Error> {
        self.0.execute_typed(statement.text(), &[]).await.map(drop)
    }
}

/// A transaction in which migrations are applied again.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    client: &'a Client,
    checks: Checks,
    settings: String,
}

impl<'a> Replay<'a> {
    /// Begins the transaction. It is the caller's to end.
    pub(crate) async fn begin(client: &'a Client, bodies: Bodies) -> Result<Self, ReplayError> {
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT {}", *SETTINGS);
        client.batch_execute(&begin).await.map_err(ReplayError::Begin)?;
        let checks = Checks::before(client).await.map_err(ReplayError::Begin)?;
        let settings = match bodies {
            Bodies::Checked => format!("SELECT {}", *SETTINGS),
            Bodies::Unchecked => format!("SELECT {}; SET LOCAL check_function_bodies = off", *SETTINGS),
        };
        Ok(Self { client, checks, settings })
    }

    /// Makes the session what it is before each migration.
    pub(crate) async fn reset(&self, migration: &Migration) -> Result<(), ReplayError> {
        let reset = self.client.batch_execute(&self.settings).await;
        reset.map_err(|source| ReplayError::Reset { migration: migration.id.clone(), source })
    }

    /// Makes the checks that the migration put off, and takes back what it left.
    pub(crate) async fn end(
        &mut self,
        migration: &Migration,
        statements: &[Statement<'_>],
    ) -> Result<(), ReplayError> {
        let id = || migration.id.clone();
        let checked = self.client.batch_execute(self.checks.after(&migration.sql, statements)).await;
        checked.map_err(|source| ReplayError::Check { migration: id(), source })?;
        let reset = self.client.batch_execute(&leftovers::after(&migration.sql)).await;
        reset.map_err(|source| ReplayError::Reset { migration: id(), source })
    }

    /// Applies the next migration.
    pub(crate) async fn apply(&mut self, migration: &Migration) -> Result<(), ReplayError> {
        let mut plain = Plain(self.client);
        self.apply_by(migration, &mut plain).await
    }

    /// Applies the next migration by a runner.
    pub(crate) async fn apply_by(
        &mut self,
        migration: &Migration,
        runner: &mut impl Runner,
    ) -> Result<(), ReplayError> {
        let id = || migration.id.clone();
        let statements = statements::parse(&migration.sql).map_err(|errors| ReplayError::Unreadable {
            migration: id(),
            reason: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        })?;
        let reset = self.client.batch_execute(&self.settings).await;
        reset.map_err(|source| ReplayError::Reset { migration: id(), source })?;
        for statement in &statements {
            runner.run(migration, statement).await.map_err(|source| ReplayError::Statement {
                migration: id(),
                line: statement.position.line,
                column: statement.position.column,
                source,
            })?;
        }
        let checked = self.client.batch_execute(self.checks.after(&migration.sql, &statements)).await;
        checked.map_err(|source| ReplayError::Check { migration: id(), source })?;
        let reset = self.client.batch_execute(&leftovers::after(&migration.sql)).await;
        reset.map_err(|source| ReplayError::Reset { migration: id(), source })
    }
}
