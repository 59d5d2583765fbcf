use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;
use tenon_migrations_core::mend::Hazard;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Choice, Plan, Refusal, Repairs};

use super::app::App;
use super::exit::Exit;
use super::failure::{Excerpt, Failure};
use super::heal::{self, admin};
use super::start::{Started, some_plugin};
use crate::host::{Host, PlanError};
use crate::postgres::heal::{HealOutcome, HealRequest, Purpose, Rehearsal, Source};
use crate::report::{Remaining, json, remaining, text};

/// Show what a heal would do, in order
///
/// Writes nothing to the database. Exits with 0 when there is nothing to do, 2 when something is pending or a heal
/// leaves a plugin that is not at work, which is then named, 5 when
/// a heal would be refused; with --rehearse also with 1 when the rehearsal failed, 3 when there could be none, 6
/// when it was stopped.
#[derive(Debug, Args)]
#[command(name = "plan")]
pub(super) struct PlanCommand {
    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,

    /// Run it in a copy of the schema, in a scratch database, and show how that went
    ///
    /// In one transaction that is rolled back; then the database is dropped. The role that heals has to be able
    /// to create one. The copy has no rows but those that migrations insert: what depends on others
    /// (data that a constraint refuses, rewrites, how long anything takes) does not show. `tenon heal --dry-run` shows that.
    #[arg(long)]
    rehearse: bool,
}

/// What to mend besides.
#[derive(Debug, Args)]
pub(super) struct RepairOptions {
    /// Mend these findings too, after the migrations; `additive` stands for all that only lack something, and
    /// `FINDING:rename` for naming back what was probably renamed
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
    /// The plugins.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = PluginId> {
        self.without.iter().cloned()
    }

    /// The plugins, if all of them are known.
    pub(crate) fn known_to(&self, host: &Host) -> Result<BTreeSet<PluginId>, Failure> {
        let names = host.names();
        let unknown = self.without.iter().find(|id| !names.contains_key(*id));
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
        let shown = self.show(app, &started).await;
        started.stop().await;
        // Once no plugin's code runs any more: what is printed is printed once.
        let (text, outcome) = shown?;
        app.terminal.data(&text);
        Ok(outcome.unwrap_or_else(|failure| {
            failure.tell(&app.terminal);
            failure.exit()
        }))
    }

    /// What is to be printed, and how it ends.
    async fn show(&self, app: &App, started: &Started) -> Result<(String, Result<Exit, Failure>), Failure> {
        let without = self.without.known_to(&started.host)?;
        let plan = started.host.plan(&without, &self.repairs.chosen()).await;
        let plan = plan.map_err(|error| unavailable(&error, started))?;
        some_plugin(app)?;
        let remaining = remaining::after(&*started.host.check().await, &plan);
        let outcome = if self.rehearse && plan.refusals.is_empty() && !plan.is_empty() {
            Some(heal::watched(&started.host, self.rehearsal(&plan, without), app).await)
        } else {
            None
        };
        let (plan, rehearsal) = match &outcome {
            Some(HealOutcome::Rehearsed { plan, rehearsal }) => (plan, Some(&**rehearsal)),
            _ => (&plan, None),
        };
        let text = if app.options.json {
            let not_rehearsed = match &outcome {
                Some(HealOutcome::NotRehearsed { message, .. }) => Some(message.as_str()),
                _ => None,
            };
            json::document(&Shown { plan, rehearsal, not_rehearsed, remaining: &remaining })
        } else {
            let style = app.terminal.out();
            let rehearsed =
                rehearsal.map(|rehearsal| format!("\n{}", text::rehearsal(plan, rehearsal, style)));
            text::plan(plan, &remaining, style) + &rehearsed.unwrap_or_default()
        };
        let idle = plan.is_empty() && !remaining.iter().any(|one| one.breaks);
        let ended = match outcome.as_ref().map(heal::told) {
            Some(Err(failure)) => Err(failure),
            // With --json the document on standard output holds the refusals already.
            _ if !plan.refusals.is_empty() => Err(refused(plan)),
            _ if idle => Ok(Exit::Done),
            _ => Ok(Exit::OutOfStep),
        };
        Ok((text, ended))
    }

    fn rehearsal(&self, plan: &Plan, without: BTreeSet<PluginId>) -> HealRequest {
        HealRequest {
            reviewed: Some(plan.hash),
            without,
            repairs: self.repairs.chosen(),
            purpose: Purpose::Rehearsal,
            ..HealRequest::new(admin::system_user(), Source::Cli)
        }
    }
}

/// The plan as JSON, with what came of rehearsing it.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearsal: Option<&'a Rehearsal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_rehearsed: Option<&'a str>,
    /// What a heal leaves as it is.
    #[serde(skip_serializing_if = "<[Remaining]>::is_empty")]
    remaining: &'a [Remaining],
}

/// There is no plan, since the database could not be read.
pub(super) fn unavailable(error: &PlanError, started: &Started) -> Failure {
    let place = format!("the database is {}", started.address);
    Failure::of(error.unavailable().into(), error).detail(place).hint(error.remedy())
}

/// There is a plan, which may not be run: all reasons at once.
pub(super) fn refused(plan: &Plan) -> Failure {
    refusal(plan, "nothing was run")
}

/// It was run and rolled back, and what was measured keeps it from being healed.
pub(super) fn refused_once_rehearsed(plan: &Plan) -> Failure {
    refusal(plan, "everything was rolled back")
}

fn refusal(plan: &Plan, what: &str) -> Failure {
    let reasons = text::counted(plan.refusals.len(), "reason");
    let failure = Failure::new(Exit::Refused, format!("this plan is refused for {reasons}; {what}"))
        .parts(plan.refusals.iter().map(reason));
    let plugins: BTreeSet<_> = plan.refusals.iter().filter_map(|refusal| refusal.plugin.as_ref()).collect();
    if plugins.is_empty() {
        return failure;
    }
    let without: Vec<_> = plugins.iter().map(|id| format!(" --without {id}")).collect();
    failure.hint(format!("to heal the others meanwhile: `tenon heal{}`", without.concat()))
}

/// One reason, with its place and what helps.
pub(super) fn reason(refusal: &Refusal) -> Failure {
    let excerpt = Excerpt::at(&refusal.place, &refusal.excerpt);
    let heading = match &excerpt {
        Some(_) => refusal.rule.to_string(),
        None => format!("{}: {}", refusal.rule, refusal.place),
    };
    Failure::new(Exit::Refused, heading).detail(&refusal.reason).hint(&refusal.remedy).excerpt(excerpt)
}
