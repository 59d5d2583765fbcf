//! Running the migrations inside the heal's transaction, statement by statement.
//!
//! What comes next is sent before the answers to what was sent have come, across migrations too. In the
//! transaction nothing runs after an error; and what has left it can write nothing ([`session::begin`]).

use std::time::{Duration, Instant};

use tenon_migrations_core::migration::{Migration, PluginId};
use tenon_migrations_core::plan::{Step, lacking};
use tenon_migrations_core::statements::{self, Position, Statement};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use super::EventSink;
use super::HealFailure;
use super::Stage;
use super::range::Range;
use super::rehearsal::{During, LockObserver};
use super::request::HealEvent;
use super::session::{self, Reset, TransactionMark};
use super::sign::SessionLabel;
use super::trespass::{OwnershipCheck, Touched};
use crate::audit::Timed;
use crate::audit::{failed_in, with_error};
use crate::config::HealConfig;
use crate::database::migration_session::checks::{self, Checks};
use crate::database::migration_session::leftovers;
use crate::database::pipeline::Pipeline;
use crate::database::unavailable::DbFailure;
use crate::schema::ledger::{self, Row};

/// How many rows of the ledger are written at once. A heal of fewer migrations writes each when it is done.
const ROWS: usize = 64;

/// How often, at most, the sign is written anew.
const SIGN: Duration = Duration::from_millis(500);

/// What stays the same for all migrations of a heal.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a HealConfig,
    pub(super) heal: Uuid,
    /// The id of the heal's transaction.
    pub(super) xid: &'a str,
    pub(super) events: &'a EventSink,
    /// What everybody may read of the heal once so many of its migrations are done.
    pub(super) sign: &'a (dyn Fn(usize) -> SessionLabel + Send + Sync),
    /// The observer of the locks, where everything will be rolled back.
    pub(super) witness: Option<&'a LockObserver>,
    pub(super) fence: &'a OwnershipCheck<'a>,
}

impl Run<'_> {
    /// Runs the migrations in this order and writes them into the ledger. Gives how long each took.
    pub(super) async fn migrate(&self, steps: &[(&Step, &Migration)]) -> Result<Vec<Timed>, HealFailure> {
        self.walk(steps).await.map_err(|failure| naming_what_lacks(failure, steps))
    }

    async fn walk(&self, steps: &[(&Step, &Migration)]) -> Result<Vec<Timed>, HealFailure> {
        let in_stage = |error| failed_in(Stage::Migrate, &error);
        let reset = Reset::prepare(self.client, self.config).await.map_err(in_stage)?;
        let began = reset.run(self.client).await.map_err(in_stage)?;
        let mut checks = Checks::before(self.client).await.map_err(in_stage)?;
        let (pipeline, rows, timed) = (Pipeline::new(), Vec::new(), Vec::new());
        let mut walk = MigrationRunner {
            run: self,
            steps,
            reset,
            pipeline,
            last: began.at,
            rows,
            timed,
            signed: Instant::now(),
            first: 0,
            touched: None,
        };
        walk.tell_start();
        for (number, (_, migration)) in steps.iter().enumerate() {
            let statements = parse(migration)?;
            if self.fence.parts(steps, number.checked_sub(1), number) {
                walk.first = number;
                walk.send_touched(None, &migration.id.plugin, false);
            }
            for (index, statement) in statements.iter().enumerate() {
                walk.make_room().await?;
                walk.send_statement((number, index), statement.text());
                walk.send_look(|| (migration.id.to_string(), Some(index + 1)));
            }
            walk.make_room().await?;
            walk.send_end(
                number,
                checks.after(&migration.sql, &statements),
                &leftovers::after(&migration.sql),
            );
            if self.fence.parts(steps, Some(number), number + 1)
                && let Some((_, first)) = steps.get(walk.first)
            {
                let outside = self.fence.looks_outside(steps, number);
                walk.send_touched(Some(Range { first, last: migration }), &migration.id.plugin, outside);
            }
            if steps.len() < ROWS {
                walk.take_answers().await?;
            }
            if steps.len() < ROWS || walk.rows.len() >= ROWS {
                walk.send_rows();
            }
            if walk.signed.elapsed() >= SIGN {
                walk.send_sign();
            }
        }
        walk.take_answers().await?;
        walk.send_rows();
        walk.take_answers().await?;
        self.client.batch_execute(checks::ALL).await.map_err(in_stage)?;
        Ok(walk.timed)
    }
}

/// A heal on its way through the migrations.
struct MigrationRunner<'a> {
    run: &'a Run<'a>,
    steps: &'a [(&'a Step, &'a Migration)],
    reset: Reset,
    pipeline: Pipeline<'a, Answer<'a>>,
    /// When what was answered last was over, by the server's clock.
    last: f64,
    /// What is not written into the ledger yet.
    rows: Vec<Row<'a>>,
    /// The migrations that are over.
    timed: Vec<Timed>,
    /// When the sign was written last.
    signed: Instant,
    /// The first of the migrations that are looked at together.
    first: usize,
    /// What was touched before them.
    touched: Option<Touched>,
}

/// What the server said to what was sent.
enum Answer<'a> {
    /// To a statement: the number of its migration, and its own.
    Statement((usize, usize), Result<u64, Error>),
    /// To what makes the checks and clears the leftovers of the migration of this number.
    Cleared(usize, Result<(), Error>),
    End(Result<TransactionMark, Error>),
    Rows(Result<(), Error>),
    SessionLabel(Result<(), Error>),
    Look(Result<(), Error>),
    /// What was touched before some migrations, or when these were over.
    Touched(Option<Range<'a>>, Result<Touched, Error>),
}

impl<'a> MigrationRunner<'a> {
    /// The extended protocol takes exactly one statement a message, whatever the text says.
    fn send_statement(&mut self, which: (usize, usize), text: &'a str) {
        let client = self.run.client;
        let run = async move { Answer::Statement(which, client.execute_typed(text, &[]).await) };
        self.pipeline.send(text.len(), run);
    }

    /// Has a look taken at the locks, now that this has run, if anybody looks and it is time.
    fn send_look(&mut self, ran: impl FnOnce() -> During) {
        let Some(witness) = self.run.witness else { return };
        let Some(ran) = witness.due_after(ran()) else { return };
        let client = self.run.client;
        self.pipeline.send(0, async move { Answer::Look(witness.look(client, ran).await) });
    }

    /// What stands between two migrations: the [checks](checks) are made that the one put off, its
    /// [leftovers](leftovers) go, and the session is as at the start.
    fn send_end(&mut self, number: usize, checks: &str, leftovers: &str) {
        let client = self.run.client;
        if !(checks.is_empty() && leftovers.is_empty()) {
            let after = format!("{checks}; {leftovers}");
            let clear = async move { Answer::Cleared(number, client.batch_execute(&after).await) };
            self.pipeline.send(0, clear);
        }
        let reset = self.reset.clone();
        self.pipeline.send(0, async move { Answer::End(reset.run(client).await) });
    }

    fn send_touched(&mut self, over: Option<Range<'a>>, plugin: &'a PluginId, outside: bool) {
        let (client, fence) = (self.run.client, self.run.fence);
        self.pipeline
            .send(0, async move { Answer::Touched(over, fence.look(client, plugin, outside).await) });
    }

    fn send_rows(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let (client, heal) = (self.run.client, self.run.heal);
        let rows = std::mem::take(&mut self.rows);
        let write = async move { Answer::Rows(ledger::record_migrations(client, heal, &rows).await) };
        self.pipeline.send(0, write);
        self.send_look(|| ("the ledger".to_owned(), None));
    }

    fn send_sign(&mut self) {
        self.signed = Instant::now();
        let (client, sign) = (self.run.client, (self.run.sign)(self.timed.len()));
        self.pipeline.send(0, async move { Answer::SessionLabel(session::name(client, &sign).await) });
    }

    async fn make_room(&mut self) -> Result<(), HealFailure> {
        while self.pipeline.is_full() {
            self.take_answer().await?;
        }
        Ok(())
    }

    async fn take_answers(&mut self) -> Result<(), HealFailure> {
        while self.take_answer().await? {}
        Ok(())
    }

    /// Whether there was one to take.
    async fn take_answer(&mut self) -> Result<bool, HealFailure> {
        let Some(answer) = self.pipeline.answer().await else { return Ok(false) };
        match answer {
            Answer::Statement((number, index), run) => {
                let Some((step, migration)) = self.steps.get(number) else { return Ok(true) };
                run.map_err(|error| failure(migration, Some(index), &error))?;
                self.tell(&HealEvent::StatementDone {
                    migration: step.migration.clone(),
                    statement: index + 1,
                    statements: step.statements,
                });
            }
            Answer::Cleared(number, done) => {
                let Some((_, migration)) = self.steps.get(number) else { return Ok(true) };
                done.map_err(|error| failure(migration, None, &error))?;
            }
            Answer::End(mark) => self.end(mark)?,
            Answer::SessionLabel(written) => written.map_err(|error| failed_in(Stage::Migrate, &error))?,
            Answer::Look(seen) => seen.map_err(|error| failed_in(Stage::LookAtLocks, &error))?,
            Answer::Touched(over, seen) => {
                let seen = seen.map_err(|error| failed_in(Stage::LookAtTouched, &error))?;
                match (over, self.touched.take()) {
                    (Some(range), Some(before)) => self.run.fence.hold(range, &before, &seen)?,
                    _ => self.touched = Some(seen),
                }
            }
            Answer::Rows(written) => written.map_err(|error| failed_in(Stage::Record, &error))?,
        }
        Ok(true)
    }

    /// A migration is over.
    fn end(&mut self, mark: Result<TransactionMark, Error>) -> Result<(), HealFailure> {
        let number = self.timed.len();
        let Some((step, migration)) = self.steps.get(number) else { return Ok(()) };
        let mark = mark.map_err(|error| failure(migration, None, &error))?;
        if mark.xid != self.run.xid {
            return Err(left_the_transaction(migration));
        }
        // The server's clock can be set back.
        let took = Duration::try_from_secs_f64(mark.at - self.last).unwrap_or_default();
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.last = mark.at;
        self.rows.push(Row { migration, ended_at: mark.at, duration_ms });
        let (id, total) = (&step.migration, self.steps.len());
        self.tell(&HealEvent::MigrationDone { migration: id.clone(), index: number + 1, total, duration_ms });
        self.timed.push(Timed { migration: id.to_string(), duration_ms });
        self.tell_start();
        Ok(())
    }

    /// Tells of the migration whose turn it is, if there is one.
    fn tell_start(&self) {
        let number = self.timed.len();
        if let Some((step, _)) = self.steps.get(number) {
            let (migration, index, total) = (step.migration.clone(), number + 1, self.steps.len());
            let statements = step.statements;
            self.tell(&HealEvent::MigrationStarted { migration, index, total, statements });
        }
    }

    fn tell(&self, event: &HealEvent) {
        (self.run.events)(event);
    }
}

/// Says which requirement is missing, where what is not there is made by a file that comes later.
fn naming_what_lacks(failure: HealFailure, steps: &[(&Step, &Migration)]) -> HealFailure {
    /// No such relation, schema, type or other object, function.
    const NOT_THERE: [&str; 4] = ["42P01", "3F000", "42704", "42883"];
    let is_one = failure.sqlstate.as_deref().is_some_and(|code| NOT_THERE.contains(&code));
    let file = failure.file.as_deref().filter(|_| is_one).and_then(|file| file.parse().ok());
    let Some(file) = file else { return failure };
    let pending: Vec<_> = steps.iter().map(|(_, migration)| *migration).collect();
    match lacking(&pending, &file, &failure.message) {
        Some(remedy) => HealFailure { remedy: Some(remedy), ..failure },
        None => failure,
    }
}

fn parse(migration: &Migration) -> Result<Vec<Statement<'_>>, HealFailure> {
    statements::parse(&migration.sql).map_err(|errors| HealFailure {
        stage: Stage::Migrate,
        file: Some(migration.id.to_string()),
        message: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        ..HealFailure::default()
    })
}

fn left_the_transaction(migration: &Migration) -> HealFailure {
    HealFailure {
        stage: Stage::Migrate,
        file: Some(migration.id.to_string()),
        message: "the migration ended the heal's transaction".to_owned(),
        detail: Some("what it did before that may have been committed".to_owned()),
        remedy: Some(
            "see what is in the database, and take the transaction control out of the file".to_owned(),
        ),
        ..HealFailure::default()
    }
}

/// Where a migration failed, and all that PostgreSQL said.
fn failure(migration: &Migration, statement: Option<usize>, error: &Error) -> HealFailure {
    let said = DbFailure::find(error);
    let statements = statements::parse(&migration.sql).unwrap_or_default();
    let failed = statement.and_then(|index| statements.get(index));
    let place = failed.map(|failed| match said.as_ref().and_then(|said| said.position) {
        Some(position) => failed.locate(position),
        None => failed.position,
    });
    let base = HealFailure {
        stage: Stage::Migrate,
        file: Some(migration.id.to_string()),
        statement: statement.map(|index| index + 1),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        excerpt: place.and_then(|place| excerpt(&migration.sql, place)),
        ..HealFailure::default()
    };
    with_error(base, said, error)
}

/// The line from there on, without the literals in it.
fn excerpt(sql: &str, place: Position) -> Option<String> {
    let line: String = sql.lines().nth(place.line - 1)?.chars().skip(place.column - 1).collect();
    let before_literals = line.split('\'').next().unwrap_or_default().trim_end();
    (!before_literals.is_empty()).then(|| before_literals.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_begins_at_the_place_and_shows_no_literal() {
        let sql = "SELECT 1;\nINSERT INTO a.b VALUES ('secret');";
        let at = |line, column| excerpt(sql, Position { line, column });
        assert_eq!(at(2, 13).as_deref(), Some("a.b VALUES ("));
        assert_eq!(at(2, 24).as_deref(), Some("("));
        assert_eq!(at(9, 1), None);
    }
}
