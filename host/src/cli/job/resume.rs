use clap::Args;

use super::Which;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::host::jobs::JobChange;

/// Have hosts run a paused job by itself again
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    which: Which,
}

impl Resume {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        self.which.change(app, JobChange::Resume).await
    }
}
