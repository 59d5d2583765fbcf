//! The options of commands that put something on record and run nothing.

use clap::Args;
use tenon_migrations_core::plan::RepairRequest;
use tenon_migrations_core::repair::Hazard;

use super::confirmation::Confirmation;
use crate::cli::app::App;
use crate::cli::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct OnRecord {
    #[command(flatten)]
    pub(crate) confirmation: Confirmation,

    /// Consent to this hazard, as the refusal names it; may be given several times
    #[arg(long, value_name = "HAZARD")]
    allow: Vec<Hazard>,
}

impl OnRecord {
    /// The administrator, if there is a way to ask whether they mean it; this command says yes beforehand.
    pub(crate) fn admin(&self, beforehand: &str, app: &App) -> Result<String, Failure> {
        self.confirmation.admin(&format!("say yes beforehand: `{beforehand}`"), app)
    }

    /// Nothing to mend, and what was consented to.
    pub(crate) fn repairs(&self) -> RepairRequest {
        RepairRequest { allowed: self.allow.iter().cloned().collect(), ..RepairRequest::default() }
    }
}
