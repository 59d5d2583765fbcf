//! Running the migrations inside the heal's transaction, and what goes with it there: the ledger's rows, the
//! looks at locks and at what is touched, and how far it is.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_migrations_core::plan::{Step, lacking};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use super::EventSink;
use super::HealFailure;
use super::Stage;
use super::ownership_check::{OwnershipCheck, Touched};
use super::range::Range;
use super::rehearsal::{During, LockObserver};
use super::request::HealEvent;
use super::session;
use super::session_label::SessionLabel;
use crate::audit::Timed;
use crate::audit::{failed_in, with_error};
use crate::database::migration_session::{MigrationError, MigrationObserver, MigrationRunner, Reset, Where};
use crate::database::unavailable::DbFailure;
use crate::schema::ledger::{self, LedgerRow};
use crate::support::millis::millis;

/// How many rows of the ledger are written at once. A heal of fewer migrations writes each when it is done.
const ROWS: usize = 64;

/// How often, at most, the sign is written anew.
const SIGN: Duration = Duration::from_millis(500);

/// What stays the same for all migrations and repairs of a heal.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    /// What each of them starts from.
    pub(super) start: Reset,
    pub(super) heal: Uuid,
    /// The id of the heal's transaction.
    pub(super) xid: &'a str,
    pub(super) events: &'a EventSink,
    /// What everybody may read of the heal once so many of its migrations are done.
    pub(super) label: &'a (dyn Fn(usize) -> SessionLabel + Send + Sync),
    /// The observer of the locks, where everything will be rolled back.
    pub(super) lock_observer: Option<&'a LockObserver>,
    pub(super) ownership: &'a OwnershipCheck<'a>,
}

impl Run<'_> {
    /// Runs the migrations in this order and writes them into the ledger. Gives how long each took.
    pub(super) async fn migrate(
        &self,
        steps: &[(&Step, &PluginMigration)],
    ) -> Result<Vec<Timed>, HealFailure> {
        self.walk(steps).await.map_err(|failure| naming_baseline(naming_what_lacks(failure, steps)))
    }

    async fn walk(&self, steps: &[(&Step, &PluginMigration)]) -> Result<Vec<Timed>, HealFailure> {
        let progress = Progress { run: self, steps, rows: Vec::new(), timed: Vec::new(), touched: None };
        let mut runner = MigrationRunner::new(self.client, &self.start, progress).await?;
        runner.observer.tell_start();
        let (mut first, mut signed) = (0, Instant::now());
        for (number, (_, migration)) in steps.iter().enumerate() {
            if self.ownership.parts(steps, number.checked_sub(1), number) {
                first = number;
                runner.send_along(self.touched(None, &migration.id.plugin, false));
            }
            runner.send(migration).await?;
            if self.ownership.parts(steps, Some(number), number + 1)
                && let Some((_, first)) = steps.get(first)
            {
                let outside = self.ownership.looks_outside(steps, number);
                let over = Range { first, last: migration };
                runner.send_along(self.touched(Some(over), &migration.id.plugin, outside));
            }
            if steps.len() < ROWS {
                runner.take_answers().await?;
            }
            if steps.len() < ROWS || runner.observer.rows.len() >= ROWS {
                self.send_rows(&mut runner);
            }
            if signed.elapsed() >= SIGN {
                signed = Instant::now();
                let (client, label) = (self.client, (self.label)(runner.observer.timed.len()));
                runner.send_along(
                    async move { Answer::SessionLabel(session::set_label(client, &label).await) },
                );
            }
        }
        runner.take_answers().await?;
        self.send_rows(&mut runner);
        Ok(runner.finish().await?.timed)
    }

    /// Looks what was touched before some migrations, or when these are over.
    async fn touched<'a>(&self, over: Option<Range<'a>>, plugin: &PluginId, outside: bool) -> Answer<'a> {
        Answer::Touched(over, self.ownership.look(self.client, plugin, outside).await)
    }

    /// Has the ledger take what it does not know yet.
    fn send_rows<'a>(&'a self, runner: &mut MigrationRunner<'a, Progress<'a>>) {
        let rows = std::mem::take(&mut runner.observer.rows);
        if rows.is_empty() {
            return;
        }
        let write =
            async move { Answer::Rows(ledger::record_migrations(self.client, self.heal, &rows).await) };
        runner.send_along(write);
        if let Some(look) = self.observe_after(|| ("the ledger".to_owned(), None)) {
            runner.send_along(look);
        }
    }

    /// A look at the locks, now that this has run, if anybody looks and it is time.
    fn observe_after(&self, ran: impl FnOnce() -> During) -> Option<BoxFuture<'_, Answer<'_>>> {
        let lock_observer = self.lock_observer?;
        let ran = lock_observer.due_after(ran())?;
        Some(async move { Answer::Look(lock_observer.observe(self.client, ran).await) }.boxed())
    }
}

/// How far a heal is with its migrations.
struct Progress<'a> {
    run: &'a Run<'a>,
    steps: &'a [(&'a Step, &'a PluginMigration)],
    /// What is not written into the ledger yet.
    rows: Vec<LedgerRow<'a>>,
    /// The migrations that are over.
    timed: Vec<Timed>,
    /// What was touched before those that are looked at together.
    touched: Option<Touched>,
}

/// What the server said to what was sent along.
enum Answer<'a> {
    Rows(Result<(), Error>),
    SessionLabel(Result<(), Error>),
    Look(Result<(), Error>),
    /// What was touched before some migrations, or when these were over.
    Touched(Option<Range<'a>>, Result<Touched, Error>),
}

impl<'a> MigrationObserver for Progress<'a> {
    type Error = HealFailure;
    type Request = BoxFuture<'a, Answer<'a>>;

    fn ask_after(&mut self, of: Where<'_>) -> Option<Self::Request> {
        self.run.observe_after(|| (of.migration.id.to_string(), Some(of.statement)))
    }

    fn statement_done(&mut self, of: Where<'_>) {
        let Some((step, _)) = self.steps.get(self.timed.len()) else { return };
        let (migration, statements) = (of.migration.id.clone(), step.statements);
        self.send(&HealEvent::StatementDone { migration, statement: of.statement, statements });
    }

    fn migration_done(&mut self, ended_at: f64, took: Duration) {
        let Some((_, migration)) = self.steps.get(self.timed.len()) else { return };
        let (id, duration_ms) = (migration.id.clone(), millis(took));
        let (index, total) = (self.timed.len() + 1, self.steps.len());
        self.rows.push(LedgerRow { migration, ended_at, duration_ms });
        self.timed.push(Timed { migration: id.to_string(), duration_ms });
        self.send(&HealEvent::MigrationDone { migration: id, index, total, duration_ms });
        self.tell_start();
    }

    fn answered(&mut self, answer: Answer<'a>) -> Result<(), HealFailure> {
        match answer {
            Answer::SessionLabel(written) => written.map_err(|error| failed_in(Stage::Migrate, &error))?,
            Answer::Look(seen) => seen.map_err(|error| failed_in(Stage::LookAtLocks, &error))?,
            Answer::Touched(over, seen) => {
                let seen = seen.map_err(|error| failed_in(Stage::LookAtTouched, &error))?;
                match (over, self.touched.take()) {
                    (Some(range), Some(before)) => self.run.ownership.hold(range, &before, &seen)?,
                    _ => self.touched = Some(seen),
                }
            }
            Answer::Rows(written) => written.map_err(|error| failed_in(Stage::Record, &error))?,
        }
        Ok(())
    }
}

impl Progress<'_> {
    /// Tells of the migration whose turn it is, if there is one.
    fn tell_start(&self) {
        let number = self.timed.len();
        if let Some((step, _)) = self.steps.get(number) {
            let (migration, index, total) = (step.migration.clone(), number + 1, self.steps.len());
            let statements = step.statements;
            self.send(&HealEvent::MigrationStarted { migration, index, total, statements });
        }
    }

    fn send(&self, event: &HealEvent) {
        (self.run.events)(event);
    }
}

/// Says which requirement is missing, where what is not there is made by a file that comes later.
fn naming_what_lacks(failure: HealFailure, steps: &[(&Step, &PluginMigration)]) -> HealFailure {
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

/// Says how what stands there already becomes the plugin's, where a migration would make it.
fn naming_baseline(failure: HealFailure) -> HealFailure {
    /// A relation, schema, type or other object, function that is there already.
    const THERE: [&str; 4] = ["42P07", "42P06", "42710", "42723"];
    let is_there = failure.sqlstate.as_deref().is_some_and(|code| THERE.contains(&code));
    let plugin = failure.file.as_deref().and_then(|file| Some(file.split_once('/')?.0.to_owned()));
    match plugin.filter(|_| is_there && failure.remedy.is_none()) {
        // The host's own migrations are recorded by no baseline.
        Some(plugin) if plugin != PluginId::core().as_str() => {
            let remedy = format!(
                "what it makes stands in the database already: if that is what this migration makes, \
                 `tenon baseline --plugin {plugin}` records it as applied; if it is somebody else's, name or move one of the two"
            );
            HealFailure { remedy: Some(remedy), ..failure }
        }
        _ => failure,
    }
}

impl From<MigrationError> for HealFailure {
    /// Where a migration failed, and all that PostgreSQL said.
    fn from(error: MigrationError) -> Self {
        let base = Self { stage: Stage::Migrate, ..Self::default() };
        match error {
            MigrationError::Begin(source) | MigrationError::LastCheck(source) => {
                failed_in(Stage::Migrate, &source)
            }
            MigrationError::Unreadable { migration, reason } => {
                Self { file: Some(migration.to_string()), message: reason, ..base }
            }
            MigrationError::Reset { migration, source } | MigrationError::Check { migration, source } => {
                Self { file: Some(migration.to_string()), ..failed_in(Stage::Migrate, &source) }
            }
            MigrationError::Statement { migration, number, place, excerpt, source } => {
                let base = Self {
                    file: Some(migration.to_string()),
                    statement: Some(number),
                    line: Some(place.line),
                    column: Some(place.column),
                    excerpt,
                    ..base
                };
                with_error(base, DbFailure::find(&source), &source)
            }
            MigrationError::LeftTransaction(migration) => Self {
                file: Some(migration.to_string()),
                message: "the migration ended the heal's transaction".to_owned(),
                detail: Some("what it did before that may have been committed".to_owned()),
                remedy: Some(
                    "see what is in the database, and take the transaction control out of the file"
                        .to_owned(),
                ),
                ..base
            },
        }
    }
}
