use clap::Args;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use super::rows;
use crate::report::{Closed, json};

/// Close the entries of heals whose process died, with what really happened
///
/// The server is asked how each heal's transaction ended. What waits in the state directory is taken up, too.
/// The next start does the same. An entry whose transaction still runs stays open.
///
/// Exits with 3 when the database could not be asked.
#[derive(Debug, Args)]
pub(crate) struct Resolve {}

impl Resolve {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let closed = started.host.resolve_audit().await;
        started.stop().await;
        let closed = closed.map_err(|error| rows::unread(&error))?;
        app.terminal.data(&match (app.options.json, closed) {
            (true, _) => json::document(&Closed { closed }),
            (false, 0) => "No entry was open whose heal is over\n".to_owned(),
            (false, 1) => "1 entry was closed: `tenon audit list` shows how its heal ended\n".to_owned(),
            (false, _) => format!("{closed} entries were closed: `tenon audit list` shows how they ended\n"),
        });
        Ok(Exit::Done)
    }
}
