mod diff;
mod read;
pub(super) mod side;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Read schemas, and compare them
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Schema {
    Read(read::Read),
    Diff(diff::Diff),
}

impl Schema {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::Read(command) => command.run(app).await,
            Self::Diff(command) => command.run(app).await,
        }
    }
}
