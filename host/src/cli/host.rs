mod list;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// See which hosts serve the database
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum HostCommand {
    List(list::List),
}

impl HostCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        match self {
            Self::List(command) => command.run(app).await,
        }
    }
}
