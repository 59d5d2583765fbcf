use std::collections::BTreeSet;

use clap::Args;
use tenon_migrations_core::mend::Hazard;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Choice, Plan, Refusal, Repairs};

use super::app::App;
use super::exit::Exit;
use super::failure::{Excerpt, Failure};
use super::start::Started;
use crate::host::{Host, PlanError};
use crate::report::{json, text};

/// Show what a heal would do, in order
///
/// Writes nothing. Exits with 0 when there is nothing to do, 2 when something is pending, 5 when a heal
/// would be refused.
#[derive(Debug, Args)]
#[command(name = "plan")]
pub(super) struct PlanCommand {
    #[command(flatten)]
    without: Without,
    #[command(flatten)]
    repairs: RepairOptions,
}

/// What to mend besides.
#[derive(Debug, Args)]
pub(super) struct RepairOptions {
    /// Mend these findings too, after the migrations; `additive` stands for all that only lack something
    #[arg(long, value_name = "FINDING", num_args = 1..)]
    repair: Vec<Choice>,

    /// Consent to this hazard of a repair, as the plan names it; may be given several times
    #[arg(long, value_name = "HAZARD")]
    allow: Vec<Hazard>,
}

impl RepairOptions {
    pub(crate) fn chosen(&self) -> Repairs {
        Repairs {
            choices: self.repair.iter().cloned().collect(),
            allowed: self.allow.iter().cloned().collect(),
        }
    }
}

/// Plugins to leave out.
#[derive(Debug, Args)]
pub(super) struct Without {
    /// Leave this plugin out, and those that require it; may be given several times
    #[arg(long, value_name = "ID")]
    without: Vec<PluginId>,
}

impl Without {
    /// The plugins, if all of them are known.
    pub(crate) fn known_to(&self, host: &Host) -> Result<BTreeSet<PluginId>, Failure> {
        let plugins = host.plugins();
        let unknown = self.without.iter().find(|id| !plugins.iter().any(|plugin| plugin.id == **id));
        match unknown {
            None => Ok(self.without.iter().cloned().collect()),
            Some(id) => Err(Failure::new(Exit::Usage, format!("there is no plugin {id} to leave out"))
                .hint("`tenon plugin list` shows the plugins")),
        }
    }
}

impl PlanCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let plan = match self.without.known_to(&started.host) {
            Ok(without) => {
                let plan = started.host.plan(&without, &self.repairs.chosen()).await;
                plan.map_err(|error| unavailable(&error, &started))
            }
            Err(failure) => Err(failure),
        };
        started.stop().await;
        let plan = plan?;
        if app.options.json {
            app.terminal.data(&json::document(&plan));
        } else {
            app.terminal.data(&text::plan(&plan, app.terminal.out()));
        }
        if !plan.refusals.is_empty() {
            // With --json the document on standard output holds the refusals already.
            refused(&plan).tell(&app.terminal);
            return Ok(Exit::Refused);
        }
        Ok(if plan.is_empty() { Exit::Done } else { Exit::OutOfStep })
    }
}

/// There is no plan, since the database could not be read.
pub(super) fn unavailable(error: &PlanError, started: &Started) -> Failure {
    let place = format!("the database is {}", started.address);
    Failure::of(error.unavailable().into(), error).detail(place).hint(error.remedy())
}

/// There is a plan, which may not be run: all reasons at once.
pub(super) fn refused(plan: &Plan) -> Failure {
    let reasons = text::counted(plan.refusals.len(), "reason");
    let failure = Failure::new(Exit::Refused, format!("this plan is refused for {reasons}; nothing was run"))
        .parts(plan.refusals.iter().map(reason));
    let plugins: BTreeSet<_> = plan.refusals.iter().filter_map(|refusal| refusal.plugin.as_ref()).collect();
    if plugins.is_empty() {
        return failure;
    }
    let without: Vec<_> = plugins.iter().map(|id| format!(" --without {id}")).collect();
    failure.hint(format!("to heal the others meanwhile: `tenon heal{}`", without.concat()))
}

fn reason(refusal: &Refusal) -> Failure {
    let excerpt = Excerpt::at(&refusal.place, &refusal.excerpt);
    let heading = match &excerpt {
        Some(_) => refusal.rule.clone(),
        None => format!("{}: {}", refusal.rule, refusal.place),
    };
    Failure::new(Exit::Refused, heading).detail(&refusal.reason).hint(&refusal.remedy).excerpt(excerpt)
}
