//! What is put on record and runs nothing: who says so, and whether they mean it.

use clap::Args;
use tenon_migrations_core::plan::RepairRequest;
use tenon_migrations_core::repair::Hazard;

use super::admin;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct OnRecord {
    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,

    /// Do not ask; required where there is no terminal to ask on
    #[arg(long, short)]
    yes: bool,

    /// Consent to this hazard, as the refusal names it; may be given several times
    #[arg(long, value_name = "HAZARD")]
    allow: Vec<Hazard>,
}

impl OnRecord {
    /// The administrator, if there is a way to ask whether they mean it; this command says yes beforehand.
    pub(crate) fn admin(&self, beforehand: &str, app: &App) -> Result<String, Failure> {
        let admin = admin::of(self.admin.as_deref(), app.config.environment)?;
        if !self.yes && !app.terminal.interactive() {
            return Err(Failure::new(Exit::Usage, "there is no terminal to ask on")
                .hint(format!("say yes beforehand: `{beforehand}`")));
        }
        Ok(admin)
    }

    /// Nothing to mend, and what was consented to.
    pub(crate) fn repairs(&self) -> RepairRequest {
        RepairRequest { allowed: self.allow.iter().cloned().collect(), ..RepairRequest::default() }
    }

    /// Asks, unless yes was said beforehand. Without it nothing is done, which is told in this word.
    pub(crate) fn agree(&self, question: &str, done: &str, app: &App) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let agreed = app.terminal.ask(question).map_err(|error| {
            Failure::new(Exit::Refused, format!("nothing was {done}, since the question was not answered"))
                .because(&error)
        })?;
        if agreed {
            Ok(())
        } else {
            Err(Failure::new(Exit::Refused, format!("nothing was {done}, as you wished")))
        }
    }
}
