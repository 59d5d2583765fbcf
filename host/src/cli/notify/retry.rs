use clap::Args;

use super::failed;
use crate::cli::app::App;
use crate::cli::documents::RetriedMessages;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::report::json;

/// Have a host that serves try again what the targets, or one, have not taken
///
/// What waits is tried at once, and what was given up once more.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The name of one target
    target: Option<String>,
}

impl Retry {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let started = Started::without_plugins(app).await?;
        let retried = started.host.retry_notifications(self.target.as_deref()).await;
        started.stop().await;
        let retried = retried.map_err(|error| failed(&error))?;
        app.terminal.data(&match (app.options.json, retried) {
            (true, _) => json::document(&RetriedMessages { retried }),
            (false, 0) => "Every message has arrived\n".to_owned(),
            (false, 1) => "1 message is tried again: `tenon notify list` shows how it ends\n".to_owned(),
            (false, _) => {
                format!("{retried} messages are tried again: `tenon notify list` shows how they end\n")
            }
        });
        Ok(Exit::Done)
    }
}
