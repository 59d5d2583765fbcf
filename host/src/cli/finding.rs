mod acknowledge;
mod list;
mod unacknowledge;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use crate::host::AcknowledgeError;

/// Look at what is wrong, and acknowledge what may stay so for a while
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Finding {
    List(list::List),
    Acknowledge(acknowledge::Acknowledge),
    Unacknowledge(unacknowledge::Unacknowledge),
}

impl Finding {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Acknowledge(command) => command.run(app).await,
            Self::Unacknowledge(command) => command.run(app).await,
        }
    }
}

fn refused(error: AcknowledgeError) -> Failure {
    let code = error.code();
    match error {
        AcknowledgeError::Unavailable(trouble) => {
            Failure::new(trouble.kind.into(), "the database could not be read; nothing was changed")
                .code(trouble.kind)
                .detail(trouble.message)
                .hint(trouble.remedy)
        }
        AcknowledgeError::Refused(reasons) => reasons
            .into_iter()
            .fold(Failure::refused(code, "refused; nothing was changed"), Failure::detail)
            .hint("`tenon finding list` shows the findings with their ids"),
        AcknowledgeError::FindingStore(error) => Failure::of(Exit::Failed, &error).code(code),
    }
}
