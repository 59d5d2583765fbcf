use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use tenon_migrations_core::health::Status;

use super::healed::{FleetResult, HealedDatabase};
use super::many::{FleetRun, Selection, Unusable, summary, table, with_code, worst};
use super::plan::{PlanState, PlannedDatabase, plan_all, refused, told};
use super::targets::Target;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::Confirmation;
use crate::cli::planning::{RepairOptions, Without};
use crate::cli::signals::Signals;
use crate::heal::{HealRequest, Origin};
use crate::host::Tenon;
use crate::report::json;
use crate::report::text::{Style, counted};
use crate::support::error_code::ErrorCode;
use crate::support::lock::LockExt;

/// Heal many databases, the first of them alone
///
/// Shows what is to be done in which databases, and asks once. Each database is healed in one transaction of
/// its own, under one audit entry. The first one, or the one that --canary names, is healed before all
/// others; they follow only if it went well. After a failure no other heal is begun. To go on, run it again:
/// where it was done there is nothing to do. With --json, each database is a line of JSON as it is done, and
/// the summary is the last one. Exits with 0 when all are healed and well, 1 when a heal failed, 2 when a
/// plugin is not at work afterwards, 3 when a database could not be reached, 5 when one was refused, 6 when
/// it was stopped.
#[derive(Debug, Args)]
pub(crate) struct Heal {
    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    confirmation: Confirmation,

    /// Heal this database first and alone, and the others only if it is well then; may be given several times
    ///
    /// By default it is the first one in which there is something to do.
    #[arg(long, value_name = "DATABASE")]
    canary: Vec<String>,

    /// Heal the others all the same where one fails
    #[arg(long)]
    keep_going: bool,

    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,
}

/// How long after a signal what has begun since is cancelled too.
const AGAIN: Duration = Duration::from_millis(200);

/// The heals that run, and whether others may be begun.
#[derive(Default)]
struct Progress {
    stopped: AtomicBool,
    running: Mutex<BTreeMap<String, Arc<Tenon>>>,
}

impl Progress {
    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Has nothing begun any more, and what runs rolled back.
    fn cancel(&self, by: &str) {
        self.stop();
        for host in self.running.lock_unpoisoned().values() {
            host.cancel_heals(by);
        }
    }
}

impl Heal {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let hint = "look at `tenon fleet plan`, then say yes beforehand, with --yes";
        let admin = self.confirmation.admin(hint, app)?;
        let fleet = FleetRun::open(&self.selection, app).await?;
        let ended = self.heal(&fleet, &admin, app).await;
        let shows_all = fleet.shows_all;
        fleet.close().await;
        let (healed, began) = ended?;
        let summary = summary(healed.iter().map(|one| one.result.word()), began);
        if app.options.json {
            app.terminal.data(&json::line(&summary));
        } else {
            let style = app.terminal.out();
            app.terminal.data(&format!("{}{}\n", ended_table(&healed, shows_all, style), summary.line()));
            if healed.iter().any(|one| one.result == FleetResult::NotBegun) {
                app.terminal
                    .error("To go on where it ended, run it again: what was healed has nothing to do\n");
            }
        }
        Ok(worst(healed.iter().map(HealedDatabase::exit)))
    }

    async fn heal(
        &self,
        fleet: &FleetRun,
        admin: &str,
        app: &App,
    ) -> Result<(Vec<HealedDatabase>, Instant), Failure> {
        self.known_canaries(fleet)?;
        let without = self.without.known_to(fleet.plugins())?;
        let repairs = self.repairs.chosen();
        let planned = plan_all(fleet, &without, &repairs, |_| ()).await;
        if !app.options.json {
            app.terminal.message(&told(&planned, fleet.shows_all, app.terminal.err()));
        }
        let to_do = planned.iter().filter(|one| one.state == PlanState::Pending);
        let (databases, migrations) =
            to_do.fold((0, 0), |(databases, files), one| (databases + 1, files + one.files.len()));
        let broken = planned.iter().any(|one| one.state > PlanState::Pending);
        let progress = Arc::new(Progress::default());
        let began = Instant::now();
        if broken && !self.keep_going {
            // Nothing is begun where it is known beforehand that not all can be done.
            progress.stop();
        } else if databases > 0 {
            let due = planned.iter().filter(|one| one.state == PlanState::Pending && one.backup_is_due);
            if let due @ 1.. = due.count() {
                app.terminal.message(&format!(
                    "As far as is known, the last backup of {} is old or not known: `tenon backup FILE` makes one of the \
                     configured database\n",
                    counted(due, "database")
                ));
            }
            let what =
                format!("Heal {} ({})", counted(databases, "database"), counted(migrations, "migration"));
            self.confirmation.agree(&format!("{what} as {admin}?"), "run", app)?;
        }
        let request = |plan: &PlannedDatabase| HealRequest {
            reviewed: plan.hash,
            without: without.clone(),
            repairs: repairs.clone(),
            ..HealRequest::new(admin.to_owned(), Origin::Cli)
        };
        let requests: BTreeMap<String, (PlannedDatabase, HealRequest)> =
            planned.iter().map(|plan| (plan.database.clone(), (plan.clone(), request(plan)))).collect();
        let requests = Arc::new(requests);
        let (first, others) = self.in_turn(fleet, &planned);
        let healing = async {
            let mut healed = Vec::new();
            for alone in first.chunks(1) {
                healed.extend(self.heal_all(fleet, alone, &requests, &progress, app).await);
            }
            // It may be healed, and its plugins be kept from their work by what no heal sees.
            let unwell = healed.iter().find(|one| one.result.is_well() && one.exit() != Exit::Done);
            if let Some(unwell) = unwell.filter(|_| !self.keep_going && !others.is_empty()) {
                progress.stop();
                let verdict = unwell.status.map(Status::word).unwrap_or_default();
                let told = format!("{} is {verdict} after its heal: no other is begun\n", unwell.database);
                app.terminal.error(&told);
            }
            healed.extend(self.heal_all(fleet, &others, &requests, &progress, app).await);
            healed
        };
        Ok((stopped_by_signals(healing, &progress, admin, app).await, began))
    }

    /// A failure if a database that is to be first is not among all.
    fn known_canaries(&self, fleet: &FleetRun) -> Result<(), Failure> {
        let is_known = |name: &&String| !fleet.targets().iter().any(|target| target.name == **name);
        match self.canary.iter().find(is_known) {
            None => Ok(()),
            Some(name) => {
                Err(Failure::new(Exit::Usage, format!("there is no database {name} to heal first"))
                    .hint("a database is called as the list of --targets names it, else by its own name"))
            }
        }
    }

    /// The databases that are healed first, and all others.
    fn in_turn(&self, fleet: &FleetRun, planned: &[PlannedDatabase]) -> (Vec<Target>, Vec<Target>) {
        let pending = planned.iter().find(|one| one.state == PlanState::Pending);
        let first = pending.map(|one| vec![one.database.clone()]).unwrap_or_default();
        let first = if self.canary.is_empty() { first } else { self.canary.clone() };
        fleet.targets().iter().cloned().partition(|target| first.contains(&target.name))
    }

    async fn heal_all(
        &self,
        fleet: &FleetRun,
        targets: &[Target],
        requests: &Arc<BTreeMap<String, (PlannedDatabase, HealRequest)>>,
        progress: &Arc<Progress>,
        app: &App,
    ) -> Vec<HealedDatabase> {
        let keep_going = self.keep_going;
        let work = |target: Target, host: Result<Arc<Tenon>, Unusable>| {
            let (requests, progress) = (Arc::clone(requests), Arc::clone(progress));
            async move { heal_one(target.name, host, &requests, &progress, keep_going).await }
        };
        let done = |healed: &HealedDatabase| {
            if app.options.json {
                app.terminal.data(&json::line(healed));
            } else if !matches!(healed.result, FleetResult::InStep | FleetResult::NotBegun) {
                let said = healed.row();
                let said = [&said[1], &said[3]].map(String::as_str).join(": ");
                fleet.say(&format!("{}: {}", healed.database, said.trim_end_matches(": ")), app);
            }
        };
        fleet.each(targets, work, done).await
    }
}

/// Heals one database, if others may still be begun.
async fn heal_one(
    name: String,
    host: Result<Arc<Tenon>, Unusable>,
    requests: &BTreeMap<String, (PlannedDatabase, HealRequest)>,
    progress: &Progress,
    keep_going: bool,
) -> HealedDatabase {
    let began = Instant::now();
    let planned = requests.get(&name);
    let ended = match (planned, host) {
        (Some((plan, _)), _) if plan.state == PlanState::InStep => {
            return HealedDatabase::new(name, FleetResult::InStep, began);
        }
        (Some((plan, _)), _) if plan.state == PlanState::Unknown => {
            let (error, code) = (plan.error.as_deref().map(|error| with_code(error, plan.code)), plan.code);
            HealedDatabase { error, code, ..HealedDatabase::new(name, FleetResult::Unknown, began) }
        }
        (Some((plan, _)), _) if plan.state == PlanState::Refused => {
            let error = Some(plan.refusals.iter().map(refused).collect::<Vec<_>>().join("; "));
            let code = Some(ErrorCode::Refused.into());
            HealedDatabase { error, code, ..HealedDatabase::new(name, FleetResult::Refused, began) }
        }
        _ if progress.is_stopped() => return HealedDatabase::new(name, FleetResult::NotBegun, began),
        (Some((_, request)), Ok(host)) => {
            progress.running.lock_unpoisoned().insert(name.clone(), Arc::clone(&host));
            // Whoever stopped all before that did not see it.
            if progress.is_stopped() {
                progress.running.lock_unpoisoned().remove(&name);
                return HealedDatabase::new(name, FleetResult::NotBegun, began);
            }
            let outcome = host.heal(request.clone(), Arc::new(|_| {})).await;
            progress.running.lock_unpoisoned().remove(&name);
            let status = host.health().map(|report| report.status);
            HealedDatabase::of(name, &outcome, status, began)
        }
        (_, Err(error)) => {
            let (error, code) = (Some(with_code(&error.message, Some(error.code))), Some(error.code));
            HealedDatabase { error, code, ..HealedDatabase::new(name, FleetResult::Unknown, began) }
        }
        (None, _) => HealedDatabase::new(name, FleetResult::Unknown, began),
    };
    if !ended.result.is_well() && !keep_going {
        progress.stop();
    }
    ended
}

/// Heals to the end. The first signal has no other heal begun and what runs rolled back, a second one ends
/// the process.
async fn stopped_by_signals<T>(
    healing: impl Future<Output = T>,
    progress: &Progress,
    admin: &str,
    app: &App,
) -> T {
    let mut healing = std::pin::pin!(healing);
    let Ok(mut signals) = Signals::new() else { return healing.await };
    let mut asked: Option<String> = None;
    loop {
        let signal = tokio::select! {
            ended = &mut healing => return ended,
            signal = signals.next() => signal,
            // One may have been about to begin when the others were cancelled.
            () = tokio::time::sleep(AGAIN), if asked.is_some() => {
                asked.iter().for_each(|by| progress.cancel(by));
                continue;
            }
        };
        if asked.is_some() {
            app.terminal.error(
                "The heals were abandoned: PostgreSQL rolls them back, and the next start records that\n",
            );
            Exit::Failed.end();
        }
        progress.cancel(asked.insert(format!("{admin} ({signal})")));
        app.terminal.error("Stopping: what runs is rolled back, and nothing else is begun\n");
    }
}

/// The databases that there is something to say of; the others are counted.
fn ended_table(healed: &[HealedDatabase], shows_all: bool, style: Style) -> String {
    let is_quiet = |one: &HealedDatabase| {
        one.result == FleetResult::NotBegun
            || (one.result.is_well() && one.status.is_none_or(|status| status == Status::Healthy))
    };
    let shown = healed.iter().filter(|one| shows_all || !is_quiet(one));
    let heading = ["database", "result", "verdict", "what there is to say"];
    table(&heading, shown.map(HealedDatabase::row).collect(), "database", shows_all, style)
}
