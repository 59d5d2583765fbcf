use clap::Args;
use uuid::Uuid;

use super::failed;
use crate::audit::{Actor, Origin};
use crate::cli::app::App;
use crate::cli::documents::DiscardedEvent;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::admin;
use crate::cli::start::Started;
use crate::report::json;

/// Be done with an event that was given up
///
/// The plugins that did not hear it never will. Exits with 5 when no delivery of it was given up.
#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// The event's id
    #[arg(value_name = "EVENT")]
    event: Uuid,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Discard {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let discarded = started.host.discard_event(self.event, &by).await;
        started.stop().await;
        let discarded = discarded.map_err(|error| failed(&error))?;
        app.terminal.data(&if app.options.json {
            json::document(&DiscardedEvent { event: self.event, discarded })
        } else {
            format!("Deliveries of event {} that are done with: {discarded}\n", self.event)
        });
        Ok(Exit::Done)
    }
}
