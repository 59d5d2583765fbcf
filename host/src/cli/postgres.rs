mod upgrade;

pub(super) use upgrade::UpgradedPostgres;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// See to the PostgreSQL that Tenon runs itself
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Postgres {
    Upgrade(upgrade::Upgrade),
}

impl Postgres {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::Upgrade(command) => command.run(app).await,
        }
    }
}
