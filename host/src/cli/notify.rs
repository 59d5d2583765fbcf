mod list;
mod retry;
mod test;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use crate::host::notify::NotifyError;

/// Tell others of changes: try whom the configuration names, and see what has not arrived
///
/// Whom a host that serves tells stands in the configuration, below [notify]. `tenon json-schema notify
/// message` prints the JSON Schema of what they get.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum NotifyCommand {
    Test(test::Test),
    List(list::List),
    Retry(retry::Retry),
}

impl NotifyCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        match self {
            Self::Test(command) => command.run(app).await,
            Self::List(command) => command.run(app).await,
            Self::Retry(command) => command.run(app).await,
        }
    }
}

/// Nothing was done.
fn failed(error: &NotifyError) -> Failure {
    let failure = match error {
        NotifyError::NoTargets | NotifyError::NoTarget { .. } => Failure::refused_by(error.code(), error),
        NotifyError::Pending => Failure::of(Exit::OutOfStep, error).code(error.code()),
        _ => Failure::of(Exit::Unknown, error).code(error.code()),
    };
    failure.hint(error.remedy())
}
