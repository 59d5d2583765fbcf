use clap::Args;

use super::Which;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

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
        let ask = async |started: &super::Started, job: &_, by: &_| started.host.ask_for_job(job, by).await;
        self.which.change(app, "asked", ask).await
    }
}
