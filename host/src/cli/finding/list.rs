use clap::Args;

use super::super::app::App;
use super::super::documents::FindingList;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::report::{json, text};

/// List everything that is wrong with its id, since when, and who has acknowledged it
///
/// Checks first, and writes nothing to the database. Exits with 3 when it cannot be read.
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let report = started.host.check().await;
        started.stop().await;
        let text = if app.options.json {
            json::document(&FindingList { findings: report.list() })
        } else {
            text::findings(&report, app.terminal.out())
        };
        app.terminal.data(&text);
        let Some(trouble) = &report.database.trouble else { return Ok(Exit::Done) };
        // The findings tell of it too, and with --json they are all that is on standard output.
        let failure = Failure::new(Exit::Unknown, "the database could not be read").code(trouble.kind);
        failure.detail(&trouble.message).hint(&trouble.remedy).print(&app.terminal);
        Ok(Exit::Unknown)
    }
}
