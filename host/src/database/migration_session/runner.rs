//! Runs migrations inside a transaction of the caller's, statement by statement, each from the same state of
//! the session.
//!
//! What comes next is sent before the answers to what was sent have come, across migrations too. In the
//! transaction nothing runs after an error, so the first error is the one that tells.

use std::convert::Infallible;
use std::future::Pending;
use std::time::Duration;

use tenon_migrations_core::migration::PluginMigration;
use tenon_migrations_core::statements::{self, Statement};
use tokio_postgres::{Client, Error};

use super::checks::{self, Checks};
use super::error::MigrationError;
use super::leftovers;
use super::reset::{PreparedReset, Reset, TransactionMark};
use crate::database::pipeline::Pipeline;

/// A statement of a migration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Where<'a> {
    pub(crate) migration: &'a PluginMigration,
    /// The statement's number in the file, from 1.
    pub(crate) statement: usize,
}

/// What becomes of a statement whose turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The runner is to run it.
    Run,
    /// The observer has run it.
    Ran,
}

/// What those for whom migrations are run do and hear besides.
pub(crate) trait MigrationObserver: Send {
    /// Why it stops the run.
    type Error: From<MigrationError> + Send;
    /// A request of its own that is sent along.
    type Request: Future<Output: Send> + Send;

    /// Whether each statement is answered before the next one's turn comes.
    const STEP_BY_STEP: bool = false;

    /// A statement's turn has come. The session can be put back into the state from which the migration
    /// started.
    fn turn(
        &mut self,
        _of: Where<'_>,
        _statement: &Statement<'_>,
        _reset: &PreparedReset,
    ) -> impl Future<Output = Result<Turn, Self::Error>> + Send {
        async { Ok(Turn::Run) }
    }

    /// What is to be asked once this statement has run, if anything is.
    fn ask_after(&mut self, _of: Where<'_>) -> Option<Self::Request> {
        None
    }

    /// A statement has run.
    fn statement_done(&mut self, _of: Where<'_>) {}

    /// The next migration is over. The end is told by the server's clock, in seconds of the Unix epoch.
    fn migration_done(&mut self, _ended_at: f64, _took: Duration) {}

    /// What was asked is answered.
    fn answered(&mut self, answer: <Self::Request as Future>::Output) -> Result<(), Self::Error>;
}

/// Asks nothing.
pub(crate) type NoRequest = Pending<Infallible>;

/// Nobody does or hears anything besides.
#[derive(Debug)]
pub(crate) struct Unobserved;

impl MigrationObserver for Unobserved {
    type Error = MigrationError;
    type Request = NoRequest;

    fn answered(&mut self, answer: Infallible) -> Result<(), MigrationError> {
        match answer {}
    }
}

/// Runs migrations inside a transaction of the caller's.
pub(crate) struct MigrationRunner<'a, O: MigrationObserver> {
    pub(crate) observer: O,
    client: &'a Client,
    reset: PreparedReset,
    checks: Checks,
    /// The id of the transaction.
    xid: String,
    /// When what was answered last was over, by the server's clock.
    last: f64,
    pipeline: Pipeline<'a, Answer<'a, <O::Request as Future>::Output>>,
}

/// What the server said to what was sent.
enum Answer<'a, T> {
    /// To what puts the session into the state from which this migration starts.
    Started(&'a PluginMigration, Result<TransactionMark, Error>),
    Statement(Where<'a>, Result<u64, Error>),
    /// To what makes the checks that this migration put off.
    Checked(&'a PluginMigration, Result<(), Error>),
    /// To what takes away what this migration left in the session.
    Cleared(&'a PluginMigration, Result<(), Error>),
    Ended(&'a PluginMigration, Result<TransactionMark, Error>),
    /// To what the observer asked.
    Observer(T),
}

impl<'a, O: MigrationObserver<Request: 'a>> MigrationRunner<'a, O> {
    /// In the transaction that this session is in, with each migration from that state.
    pub(crate) async fn new(client: &'a Client, start: &Reset, observer: O) -> Result<Self, MigrationError> {
        let reset = start.prepare(client).await.map_err(MigrationError::Begin)?;
        let TransactionMark { xid, at: last } = reset.run(client).await.map_err(MigrationError::Begin)?;
        let checks = Checks::before(client).await.map_err(MigrationError::Begin)?;
        Ok(Self { observer, client, reset, checks, xid, last, pipeline: Pipeline::new() })
    }

    /// Runs a migration to its end, whatever the session was used for since the one before. After an error,
    /// and a rollback to a savepoint, others can be run.
    pub(crate) async fn run(&mut self, migration: &'a PluginMigration) -> Result<(), O::Error> {
        let (client, reset) = (self.client, self.reset.clone());
        self.pipeline.send(0, async move { Answer::Started(migration, reset.run(client).await) });
        let ran = match self.send(migration).await {
            Ok(()) => self.take_answers().await,
            Err(error) => Err(error),
        };
        if ran.is_err() {
            self.pipeline = Pipeline::new();
        }
        ran
    }

    /// Sends a migration, to be answered by [`take_answers`](Self::take_answers). The session has to be as
    /// the one before left it.
    pub(crate) async fn send(&mut self, migration: &'a PluginMigration) -> Result<(), O::Error> {
        let statements = parse(migration)?;
        for (number, statement) in (1..).zip(&statements) {
            let of = Where { migration, statement: number };
            if O::STEP_BY_STEP {
                self.take_answers().await?;
            }
            self.make_room().await?;
            match self.observer.turn(of, statement, &self.reset).await? {
                Turn::Run => self.send_statement(of, statement.text()),
                Turn::Ran => self.observer.statement_done(of),
            }
            if let Some(question) = self.observer.ask_after(of) {
                self.send_along(question);
            }
        }
        self.make_room().await?;
        self.send_end(migration, &statements);
        Ok(())
    }

    /// Sends a request of the observer's, behind all that was sent.
    pub(crate) fn send_along(
        &mut self,
        request: impl Future<Output = <O::Request as Future>::Output> + Send + 'a,
    ) {
        self.pipeline.send(0, async move { Answer::Observer(request.await) });
    }

    /// Waits for the answers to all that was sent.
    pub(crate) async fn take_answers(&mut self) -> Result<(), O::Error> {
        while self.take_answer().await? {}
        Ok(())
    }

    /// Makes the checks that no reading of the files told of. Gives what was observed.
    pub(crate) async fn finish(mut self) -> Result<O, O::Error> {
        self.take_answers().await?;
        self.client.batch_execute(checks::ALL).await.map_err(MigrationError::LastCheck)?;
        Ok(self.observer)
    }

    /// The extended protocol takes exactly one statement a message, whatever the text says.
    fn send_statement(&mut self, of: Where<'a>, text: &'a str) {
        let client = self.client;
        let run = async move { Answer::Statement(of, client.execute_typed(text, &[]).await) };
        self.pipeline.send(text.len(), run);
    }

    /// What stands between two migrations: the checks are made that the one put off, its leftovers go, and
    /// the session is as at the start.
    fn send_end(&mut self, migration: &'a PluginMigration, statements: &[Statement<'_>]) {
        let client = self.client;
        let checks = self.checks.after(&migration.sql, statements);
        if !checks.is_empty() {
            self.pipeline
                .send(0, async move { Answer::Checked(migration, client.batch_execute(checks).await) });
        }
        let leftovers = leftovers::after(&migration.sql);
        if !leftovers.is_empty() {
            self.pipeline
                .send(0, async move { Answer::Cleared(migration, client.batch_execute(&leftovers).await) });
        }
        let reset = self.reset.clone();
        self.pipeline.send(0, async move { Answer::Ended(migration, reset.run(client).await) });
    }

    async fn make_room(&mut self) -> Result<(), O::Error> {
        while self.pipeline.is_full() {
            self.take_answer().await?;
        }
        Ok(())
    }

    /// Whether there was one to take.
    async fn take_answer(&mut self) -> Result<bool, O::Error> {
        let Some(answer) = self.pipeline.answer().await else { return Ok(false) };
        match answer {
            Answer::Started(migration, mark) => {
                self.last = self.still_inside(migration, mark)?;
            }
            Answer::Statement(of, ran) => {
                let failed = |error| MigrationError::in_statement(of.migration, of.statement, error);
                ran.map_err(failed)?;
                self.observer.statement_done(of);
            }
            Answer::Checked(migration, made) => {
                let id = || migration.id.clone();
                made.map_err(|source| MigrationError::Check { migration: id(), source })?;
            }
            Answer::Cleared(migration, done) => {
                done.map_err(|error| MigrationError::in_reset(migration, error))?;
            }
            Answer::Ended(migration, mark) => {
                let at = self.still_inside(migration, mark)?;
                // The server's clock can be set back.
                let took = Duration::try_from_secs_f64(at - self.last).unwrap_or_default();
                self.last = at;
                self.observer.migration_done(at, took);
            }
            Answer::Observer(answer) => self.observer.answered(answer)?,
        }
        Ok(true)
    }

    /// The server's clock, if the session is in the transaction in which it began.
    fn still_inside(
        &self,
        migration: &PluginMigration,
        mark: Result<TransactionMark, Error>,
    ) -> Result<f64, MigrationError> {
        let mark = mark.map_err(|error| MigrationError::in_reset(migration, error))?;
        if mark.xid != self.xid {
            return Err(MigrationError::LeftTransaction(migration.id.clone()));
        }
        Ok(mark.at)
    }
}

fn parse(migration: &PluginMigration) -> Result<Vec<Statement<'_>>, MigrationError> {
    statements::parse(&migration.sql).map_err(|errors| MigrationError::Unreadable {
        migration: migration.id.clone(),
        reason: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    })
}
