use std::collections::BTreeSet;

use clap::Args;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, RepairRequest};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::heal::{self, OnRecord};
use super::planning;
use super::start::{Started, some_plugin};
use crate::database::unavailable::Unavailable;
use crate::heal::{HealOutcome, HealRequest, Holder, Origin};
use crate::host::FormerError;
use crate::report::text::{self, counted};
use crate::support::command_code::CommandCode;

/// Record migrations as applied that the database already has, without running them
///
/// For a database that was made by hand or by another tool. Each is recorded only if the database is what the
/// migrations make, which is found out by the comparison of `tenon check`: where all that is pending of a
/// plugin is chosen, with its descriptors; else with what the chosen ones make in a scratch database. The
/// ledger's own tables are made if they are not there. All of it is one transaction and one audit entry.
///
/// Exits with 0 when done, 1 when the database is something else, which is then named; the other codes are
/// those of `tenon heal`.
#[derive(Debug, Args)]
pub(super) struct Baseline {
    /// The migrations to record, as `tenon plan` names them
    #[arg(value_name = "MIGRATION", required_unless_present = "plugin")]
    migrations: Vec<MigrationId>,

    /// Record all that is pending of this plugin; may be given several times
    ///
    /// Of migrations that were imported from another tool (`-- tenon:was`), those are recorded that its
    /// ledger has, if that is there: of sqlx, diesel, refinery, Prisma, Flyway, dbmate or golang-migrate. The
    /// others stay pending.
    #[arg(long, value_name = "ID")]
    plugin: Vec<PluginId>,

    #[command(flatten)]
    record: OnRecord,
}

impl Baseline {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let admin = self.record.admin("tenon baseline --yes", app)?;
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let outcome = self.adopt(app, &started, admin).await;
        let exit = outcome.map(|outcome| {
            heal::report(&outcome, started.host.health().as_deref(), &[], app);
            Exit::from(&outcome)
        });
        started.stop().await;
        exit
    }

    async fn adopt(&self, app: &App, started: &Started, admin: String) -> Result<HealOutcome, Failure> {
        let adopt = match self.chosen(app, started).await? {
            Ok(adopt) => adopt,
            Err(holder) => return Ok(HealOutcome::Busy { holder }),
        };
        some_plugin(app)?;
        let repairs = self.record.repairs();
        let planned = started.host.plan_baseline(&adopt, &repairs).await;
        let plan = planned.map_err(|error| planning::unavailable(&error, started))?;
        if !plan.refusals.is_empty() {
            return Ok(HealOutcome::Refused { plan });
        }
        if !app.options.json {
            app.terminal.message(&listed(&plan, &adopt));
        }
        let question = format!("Record {} as {admin}?", counted(adopt.len(), "migration"));
        self.record.confirmation.agree(&question, "recorded", app)?;
        let request =
            HealRequest { reviewed: Some(plan.hash), repairs, adopt, ..HealRequest::new(admin, Origin::Cli) };
        Ok(heal::watched(&started.host, request, app).await)
    }

    /// The migrations that were named, and all that is pending of the plugins that were; or who heals
    /// meanwhile.
    async fn chosen(
        &self,
        app: &App,
        started: &Started,
    ) -> Result<Result<BTreeSet<MigrationId>, Holder>, Failure> {
        let waiting = |holder: &Holder| {
            app.terminal.message(&format!("Waiting for what {holder} has locked\n"));
        };
        let pending = started.host.plan_to_heal(&BTreeSet::new(), &RepairRequest::default(), waiting).await;
        let pending = match pending.map_err(|error| planning::unavailable(&error, started))? {
            Ok(pending) => pending,
            Err(holder) => return Ok(Err(holder)),
        };
        let mut adopt: BTreeSet<_> = self.migrations.iter().cloned().collect();
        for plugin in &self.plugin {
            let steps: Vec<_> = pending.steps_of(plugin).map(|step| step.migration.clone()).collect();
            if steps.is_empty() {
                return Err(Failure::new(Exit::Usage, format!("nothing is pending of a plugin {plugin}"))
                    .hint("`tenon plan` shows what is pending"));
            }
            adopt.extend(chosen_of_plugin(plugin, steps.into_iter().collect(), app, started).await?);
        }
        Ok(Ok(adopt))
    }
}

/// All that is pending of a plugin; where its migrations were another tool's, whose ledger is here, those
/// that this says are applied.
async fn chosen_of_plugin(
    plugin: &PluginId,
    pending: BTreeSet<MigrationId>,
    app: &App,
    started: &Started,
) -> Result<BTreeSet<MigrationId>, Failure> {
    let found =
        started.host.applied_before(&pending).await.map_err(|error| not_known(plugin, &error, started))?;
    let Some(found) = found else { return Ok(pending) };
    let names =
        |ids: &BTreeSet<MigrationId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if found.applied.is_empty() {
        let heading =
            format!("the ledger of the former tool has nothing applied that is pending of {plugin}");
        return Err(Failure::refused(CommandCode::FormerLedgerEmpty, heading).hint(
            "have the migrations run with `tenon heal`, or name those that the database has all the same",
        ));
    }
    if !app.options.json {
        for version in &found.unknown {
            app.terminal.message(&format!(
                "The ledger of the former tool has {version}, which no migration of {plugin} was\n"
            ));
        }
        if !found.left.is_empty() {
            app.terminal.message(&format!(
                "Not applied by the former tool, and left to `tenon heal`: {}\n",
                names(&found.left)
            ));
        }
    }
    Ok(found.applied)
}

fn not_known(plugin: &PluginId, error: &FormerError, started: &Started) -> Failure {
    let heading = format!("it is not known which migrations of {plugin} its former tool has applied");
    let unclear = Failure::refused(CommandCode::FormerLedgerUnclear, heading.clone());
    match error {
        FormerError::Unavailable(error) => planning::unavailable(error, started),
        FormerError::Failed(failures) => unclear
            .parts(failures.iter().map(|failure| Failure::of(Exit::Failed, failure)))
            .hint(
                "put it right with that tool first, so that each entry is applied or gone; or name the migrations \
                 that the database has, as in `tenon baseline PLUGIN/FILE`",
            ),
        FormerError::Several { .. } => unclear
            .because(error)
            .hint("name the migrations that the database has, as in `tenon baseline PLUGIN/FILE`"),
        FormerError::Read(_) | FormerError::NoResponse(_) => {
            Failure::new(Exit::Unknown, heading).code(Unavailable::of(error)).because(error)
        }
    }
}

fn listed(plan: &Plan, adopt: &BTreeSet<MigrationId>) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let what = if adopt.contains(&step.migration) { "recorded without being run" } else { "run" };
        text.push_str(&text::clean(&format!("  {}  {what}\n", step.migration)));
    }
    text
}
