mod check;
mod heal;
mod healed;
mod many;
mod plan;
mod targets;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Check, plan and heal many databases with one set of plugins
///
/// The plugins are loaded once. Which databases, `--targets` says: a file with one a line, or a query whose
/// rows are the databases.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Fleet {
    Check(check::Check),
    Plan(plan::Plan),
    Heal(heal::Heal),
}

pub(super) use check::CheckedDatabase;
pub(super) use healed::HealedDatabase;
pub(super) use many::FleetSummary;
pub(super) use plan::PlannedDatabase;

impl Fleet {
    /// Whether it changes something.
    pub(super) fn heals(&self) -> bool {
        matches!(self, Self::Heal(_))
    }

    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        match self {
            Self::Check(command) => command.run(app).await,
            Self::Plan(command) => command.run(app).await,
            Self::Heal(command) => command.run(app).await,
        }
    }
}
