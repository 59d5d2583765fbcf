mod list;
mod lock;
mod quarantine;
mod release;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Look at the plugins, and keep them from doing harm
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Plugin {
    List(list::List),
    Lock(lock::Lock),
    Quarantine(quarantine::PutIntoQuarantine),
    Release(release::Release),
}

impl Plugin {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Lock(command) => command.run(app).await,
            Self::Quarantine(command) => command.run(app),
            Self::Release(command) => command.run(app),
        }
    }
}
