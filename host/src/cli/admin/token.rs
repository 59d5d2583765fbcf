mod add;
mod list;
mod revoke;

use clap::Subcommand;

use super::{By, accounts, done, refused};
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// See to API tokens: what programs send as `Authorization: Bearer`
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum TokenCommand {
    Add(add::Add),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl TokenCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::Add(command) => command.run(app).await,
            Self::List(command) => command.run(app),
            Self::Revoke(command) => command.run(app).await,
        }
    }
}
