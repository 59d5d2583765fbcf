use clap::Args;

use super::Which;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::host::jobs::JobChange;

/// Have a host that serves run a job now, besides its schedule
///
/// A paused job runs as well. Exits with 5 when it runs already: no job runs beside itself.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    which: Which,
}

impl Run {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        self.which.change(app, JobChange::Run).await
    }
}
