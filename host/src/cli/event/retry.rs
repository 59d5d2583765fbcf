use clap::Args;
use uuid::Uuid;

use super::failed;
use crate::audit::{Actor, Origin};
use crate::cli::app::App;
use crate::cli::documents::RetriedEvents;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::admin;
use crate::cli::start::Started;
use crate::report::json;

/// Have a host that serves deliver again at once what was not heard
///
/// What was given up, and what waits to be tried again: of one event, or of all. Events of the same key that
/// came after one that was given up may have been heard before it.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The id of one event
    #[arg(value_name = "EVENT")]
    event: Option<Uuid>,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Retry {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let retried = started.host.retry_events(self.event, &by).await;
        started.stop().await;
        let retried = retried.map_err(|error| failed(&error))?;
        app.terminal.data(&match (app.options.json, retried) {
            (true, _) => json::document(&RetriedEvents { retried }),
            (false, 0) => "Every event was heard, or is still to be delivered\n".to_owned(),
            (false, _) => {
                format!("Deliveries that are made again: {retried}; `tenon event list` shows how they end\n")
            }
        });
        Ok(Exit::Done)
    }
}
