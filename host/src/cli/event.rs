mod discard;
mod list;
mod retry;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use crate::host::events::EventError;

/// See which plugins hear what others emit, and see to what they did not hear
///
/// A plugin emits events in its own transactions, and hosts that serve deliver them to the plugins that hear
/// them, each until it was heard. What fails again and again is given up, and waits for an administrator.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum EventCommand {
    List(list::List),
    Retry(retry::Retry),
    Discard(discard::Discard),
}

impl EventCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Retry(command) => command.run(app).await,
            Self::Discard(command) => command.run(app).await,
        }
    }
}

/// Nothing was done.
fn failed(error: &EventError) -> Failure {
    let failure = match error {
        EventError::NotGivenUp(_) => Failure::refused_by(error.code(), error),
        EventError::Pending => Failure::of(Exit::OutOfStep, error).code(error.code()),
        _ => Failure::of(Exit::Unknown, error).code(error.code()),
    };
    failure.hint(error.remedy())
}
