mod check;
mod show;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Look at the configuration, and where each key comes from
///
/// Opens no plugin and no database.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum ConfigCommand {
    Check(check::Check),
    Show(show::Show),
}

impl ConfigCommand {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::Check(command) => Ok(command.run(app)),
            Self::Show(command) => Ok(command.run(app)),
        }
    }
}
