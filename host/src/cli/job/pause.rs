use clap::Args;

use super::Which;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::host::jobs::JobChange;

/// Have no host run a job by itself any more
///
/// What runs goes on to its end. `tenon job resume` lets it go on: of the times that it misses meanwhile, its
/// rule says whether each has a run, one stands for all, or none has.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    #[command(flatten)]
    which: Which,
}

impl Pause {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        self.which.change(app, JobChange::Pause).await
    }
}
