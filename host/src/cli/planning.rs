//! What commands that plan have in common: the options for what is chosen, and what is said where there is no
//! plan, or one that is refused.

use std::collections::BTreeSet;

use clap::Args;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Plan, Refusal, RepairChoice, RepairRequest};
use tenon_migrations_core::repair::Hazard;

use super::exit::Exit;
use super::failure::Failure;
use super::start::Started;
use crate::host::{PlanError, Tenon};
use crate::report::{Excerpt, text};
use crate::support::error_code::ErrorCode;

/// What to mend besides.
#[derive(Debug, Args)]
pub(super) struct RepairOptions {
    /// Mend these findings too, after the migrations; `additive` stands for all that only lack something, and
    /// `FINDING:rename` for naming back what was probably renamed
    #[arg(long, value_name = "FINDING", num_args = 1..)]
    repair: Vec<RepairChoice>,

    /// Consent to this hazard of a repair, as the plan names it; may be given several times
    #[arg(long, value_name = "HAZARD")]
    allow: Vec<Hazard>,
}

impl RepairOptions {
    pub(crate) fn chosen(&self) -> RepairRequest {
        RepairRequest {
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
    pub(crate) fn known_to(&self, host: &Tenon) -> Result<BTreeSet<PluginId>, Failure> {
        let names = host.names();
        let unknown = self.without.iter().find(|id| !names.contains_key(*id));
        match unknown {
            None => Ok(self.without.iter().cloned().collect()),
            Some(id) => Err(Failure::new(Exit::Usage, format!("there is no plugin {id} to leave out"))
                .hint("`tenon plugin list` shows the plugins")),
        }
    }
}

/// There is no plan, since the database could not be read.
pub(super) fn unavailable(error: &PlanError, started: &Started) -> Failure {
    let place = format!("the database is {}", started.address);
    Failure::of(error.unavailable().into(), error)
        .code(error.unavailable())
        .detail(place)
        .hint(error.remedy())
}

/// There is a plan, which may not be run: all reasons at once.
pub(super) fn refused(plan: &Plan) -> Failure {
    refusal(plan, "nothing was run")
}

/// The failure of a plan that was run and rolled back, and that must not be healed for what was measured.
pub(super) fn refused_once_rehearsed(plan: &Plan) -> Failure {
    refusal(plan, "everything was rolled back")
}

fn refusal(plan: &Plan, what: &str) -> Failure {
    let reasons = text::counted(plan.refusals.len(), "reason");
    let failure = Failure::refused(ErrorCode::Refused, format!("this plan is refused for {reasons}; {what}"))
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
    let excerpt = Excerpt::of_refusal(refusal);
    let heading = match &excerpt {
        Some(_) => refusal.rule.to_string(),
        None => format!("{}: {}", refusal.rule, refusal.place),
    };
    Failure::refused(refusal.rule, heading).detail(&refusal.reason).hint(&refusal.remedy).excerpt(excerpt)
}
