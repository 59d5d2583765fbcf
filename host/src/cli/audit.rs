mod export;
mod list;
mod resolve;
mod rows;
mod verify;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Look at the record of heals, prove it, export it
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Audit {
    List(list::List),
    Verify(verify::Verify),
    Export(export::Export),
    Resolve(resolve::Resolve),
}

impl Audit {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Verify(command) => command.run(app).await,
            Self::Export(command) => command.run(app).await,
            Self::Resolve(command) => command.run(app).await,
        }
    }
}
