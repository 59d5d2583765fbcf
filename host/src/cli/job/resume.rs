use clap::Args;

use super::Which;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Have hosts run a paused job by itself again
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    which: Which,
}

impl Resume {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let resume =
            async |started: &super::Started, job: &_, by: &_| started.host.pause_job(job, false, by).await;
        self.which.change(app, "resumed", resume).await
    }
}
