pub(super) mod admin;
mod confirmation;
mod on_record;
mod outcome;
mod progress;

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::{Plan, RepairRequest};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::planning::{self, RepairOptions, Without};
use super::signals::Signals;
use super::start::{Started, some_plugin};
use crate::config::Environment;
use crate::heal::{EventSink, HealOutcome, HealRequest, Holder, IdempotencyKey, Origin, Purpose};
use crate::host::Tenon;
use crate::report::{Remaining, remaining, text};
use crate::support::machine;

pub(super) use confirmation::Confirmation;
pub(super) use on_record::OnRecord;
pub(super) use outcome::{EndedHeal, failed, report, told};
use progress::Progress;

/// Apply all pending migrations in one transaction, verify the result, and record who said so
///
/// Shows the plan and asks first. Either everything is applied and verified, or nothing is changed. With
/// --json, every event is a line of JSON on standard output, and the outcome is the last line. Exits with 0
/// when done or when there is nothing to do, 1 when it failed and was rolled back, 2 when a plugin that was
/// not left out is yet not at work, which is then told: it cannot be loaded, its history is another, or its
/// routes are held; 4 when another heal holds the lock, 5 when it was refused before anything ran, 6 when it
/// was stopped: Ctrl-C and SIGTERM cancel what runs and roll everything back. A second one ends the program
/// at once, whereupon PostgreSQL rolls everything back, and the next start records that.
#[derive(Debug, Args)]
pub(super) struct Heal {
    #[command(flatten)]
    confirmation: Confirmation,

    /// Refuse any other plan than the one with this hash, as `tenon plan` showed it
    #[arg(long, value_name = "HASH")]
    plan_hash: Option<Checksum>,

    /// Do nothing and answer as before if this key was used before
    ///
    /// 1 to 255 characters of your choice. The same key never heals twice, from whichever host it is sent.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<IdempotencyKey>,

    /// Run and verify everything in the database itself, then roll it back, and show how it went
    ///
    /// Shows how long each migration took, which locks were held and how long, what a heal would fail of, and
    /// how many locks it needs. Others wait for those locks as they would for a heal's, so it is asked,
    /// refused, stopped and recorded like one. What sequences gave out is not given back.
    #[arg(long, conflicts_with = "idempotency_key")]
    dry_run: bool,

    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,
}

impl Heal {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let admin = self
            .confirmation
            .admin("look at `tenon plan`, then say yes beforehand: `tenon heal --yes`", app)?;
        app.log_quietly()?;
        if app.config.database.url.is_none() {
            // Before a database is made.
            some_plugin(app)?;
        }
        // In production the service makes the managed database: whoever heals with another configuration than
        // the service's, or without its credentials, would heal a new one.
        let started = match app.config.environment {
            Environment::Production => Started::open(app).await?,
            Environment::Development => Started::open_making(app).await?,
        };
        let outcome = self.heal(app, &started, admin).await;
        let exit = match outcome {
            Ok(outcome) => {
                let left_out = started.host.with_dependents(&self.without.plugins().collect());
                let health = started.host.health();
                let remaining = health.as_ref().map(|report| remaining::now(report, &left_out));
                let remaining = remaining.unwrap_or_default();
                report(&outcome, health.as_deref(), &remaining, app);
                Ok(exit(&outcome, &remaining))
            }
            Err(failure) => Err(failure),
        };
        started.stop().await;
        exit
    }

    async fn heal(&self, app: &App, started: &Started, admin: String) -> Result<HealOutcome, Failure> {
        let host = &started.host;
        let without = self.without.known_to(host)?;
        let repairs = self.repairs.chosen();
        let waiting = |holder: &Holder| {
            app.terminal.message(&format!("Waiting for what {holder} has locked\n"));
        };
        let plan = match host.plan_to_heal(&without, &repairs, waiting).await {
            Ok(Ok(plan)) => plan,
            Ok(Err(holder)) => return Ok(HealOutcome::Busy { holder }),
            Err(error) => return Err(planning::unavailable(&error, started)),
        };
        some_plugin(app)?;
        if self.idempotency_key.is_some() && self.confirmation.yes {
            // Whether the key was used is for the heal to find out, also if nothing is pending any more.
            let reviewed = self.plan_hash;
            return Ok(watched(host, self.request(admin, reviewed, without, repairs), app).await);
        }
        if self.plan_hash.is_some_and(|reviewed| reviewed != plan.hash) {
            return Ok(HealOutcome::PlanChanged { plan });
        }
        let may_run = if self.dry_run { plan.may_be_tried() } else { plan.refusals.is_empty() };
        if !may_run {
            return Ok(HealOutcome::Refused { plan });
        }
        if plan.is_empty() {
            host.check().await;
            return Ok(HealOutcome::NothingToDo);
        }
        show(&plan, app);
        if !self.dry_run
            && let Some(told) = host.backup_reminder(&plan).await
        {
            app.terminal.message(&format!("As far as is known, {told}: `tenon backup FILE` makes one\n"));
        }
        let what = if self.dry_run { "Run this and roll it back".to_owned() } else { what(&plan) };
        self.confirmation.agree(&format!("{what} as {admin}?"), "run", app)?;
        let reviewed = Some(plan.hash);
        Ok(watched(host, self.request(admin, reviewed, without, repairs), app).await)
    }

    fn request(
        &self,
        admin: String,
        reviewed: Option<Checksum>,
        without: BTreeSet<PluginId>,
        repairs: RepairRequest,
    ) -> HealRequest {
        let idempotency_key = self.idempotency_key.clone();
        let purpose = if self.dry_run { Purpose::DryRun } else { Purpose::Heal };
        let plain = HealRequest::new(admin, Origin::Cli);
        HealRequest { reviewed, without, repairs, idempotency_key, purpose, ..plain }
    }
}

/// A heal without being asked, which only a configuration for development can wish for.
pub(super) async fn at_start(host: &Arc<Tenon>) {
    let request = HealRequest::new(machine::user_name(), Origin::Start);
    match outcome::told(&host.heal(request, Arc::new(|_| {})).await) {
        Ok(line) => tracing::info!("heal at start: {line}"),
        Err(failure) => tracing::error!("heal at start: {}", failure.on_one_line()),
    }
}

/// A heal is done only if what it was asked for holds: every plugin that was not left out is at work.
fn exit(outcome: &HealOutcome, remaining: &[Remaining]) -> Exit {
    match Exit::from(outcome) {
        Exit::Done
            if !matches!(outcome, HealOutcome::Rehearsed { .. })
                && remaining.iter().any(|one| one.breaks) =>
        {
            Exit::OutOfStep
        }
        exit => exit,
    }
}

fn show(plan: &Plan, app: &App) {
    if app.options.json {
        return;
    }
    // On standard error, beside the question: standard output may go elsewhere.
    app.terminal.message(&text::plan(plan, &[], app.terminal.err()));
}

fn what(plan: &Plan) -> String {
    match (plan.steps.len(), plan.repairs.len()) {
        (0, 0) if !plan.ledger.is_empty() => {
            format!("Make {} of the ledger", text::counted(plan.ledger.len(), "change"))
        }
        (0, 0) if plan.verify.is_empty() => {
            format!("Put {} right", text::counted(plan.roles.len(), "login role"))
        }
        (0, 0) => format!("Verify {} and store the readings", text::counted(plan.verify.len(), "plugin")),
        (count, 0) => format!("Apply {}", text::counted(count, "migration")),
        (0, repairs) => format!("Make {}", text::counted(repairs, "repair")),
        (count, repairs) => {
            format!(
                "Apply {} and make {}",
                text::counted(count, "migration"),
                text::counted(repairs, "repair")
            )
        }
    }
}

/// Runs the heal to its end, telling of its progress. The first signal to end has it cancelled, a second one
/// ends the process, whereupon PostgreSQL rolls everything back.
pub(super) async fn watched(host: &Arc<Tenon>, request: HealRequest, app: &App) -> HealOutcome {
    let rehearses = request.purpose == Purpose::Rehearsal;
    let progress = if rehearses && app.options.json {
        // The plan's one document is all that is said there.
        Progress::None(app.terminal.clone())
    } else {
        Progress::new(&app.terminal)
    };
    let progress = Arc::new(progress);
    let sink = Arc::clone(&progress);
    let on: EventSink = Arc::new(move |event| sink.on(event));
    let admin = request.admin.clone();
    let mut heal = std::pin::pin!(host.heal(request, on));
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!("a signal will end the program at once: {error}");
            let outcome = heal.await;
            progress.finish();
            return outcome;
        }
    };
    let mut asked = 0;
    let outcome = loop {
        let signal = tokio::select! {
            outcome = &mut heal => break outcome,
            signal = signals.next() => signal,
        };
        asked += 1;
        if asked > 1 {
            progress.finish();
            app.terminal.error(if rehearses {
                "The rehearsal was abandoned: its database, tenon_scratch_…, may stay behind\n"
            } else {
                "The heal was abandoned: PostgreSQL rolls it back, and the next start records that\n"
            });
            Exit::Failed.end();
        }
        progress.say(match host.cancel_heals(&format!("{admin} ({signal})")) {
            0 => "Stopping: everything is rolled back. Once more ends the program at once",
            _ => "It is too late to stop: it is being committed. Once more ends the program without waiting for that",
        });
    };
    progress.finish();
    outcome
}
