mod list;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Look at the record of heals
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Audit {
    List(list::List),
}

impl Audit {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
        }
    }
}
