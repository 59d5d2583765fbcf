//! The word of an administrator to a plan: who says so, and whether they mean it.

use clap::Args;

use super::admin;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::support::command_code::CommandCode;

#[derive(Debug, Args)]
pub(crate) struct Confirmation {
    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,

    /// Do not ask; required where there is no terminal to ask on
    #[arg(long, short)]
    pub(crate) yes: bool,
}

impl Confirmation {
    /// The administrator, if there is a way to ask whether they mean it; else a failure with this hint.
    pub(crate) fn admin(&self, hint: &str, app: &App) -> Result<String, Failure> {
        let admin = admin::of(self.admin.as_deref(), app.config.environment)?;
        if !self.yes && !app.terminal.interactive() {
            return Err(Failure::new(Exit::Usage, "there is no terminal to ask on").hint(hint));
        }
        Ok(admin)
    }

    /// Asks, unless yes was said beforehand. Without it nothing is done, which is told in this word.
    pub(crate) fn agree(&self, question: &str, done: &str, app: &App) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let agreed = app.terminal.ask(question).map_err(|error| {
            let told = format!("nothing was {done}, since the question was not answered");
            Failure::refused(CommandCode::NotAgreed, told).because(&error)
        })?;
        if agreed {
            Ok(())
        } else {
            Err(Failure::refused(CommandCode::NotAgreed, format!("nothing was {done}, as you wished")))
        }
    }
}
