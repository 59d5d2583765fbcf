mod forget;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Keep the ledger of applied migrations true to what is meant
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Ledger {
    Forget(forget::Forget),
}

impl Ledger {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::Forget(command) => command.run(app).await,
        }
    }
}
