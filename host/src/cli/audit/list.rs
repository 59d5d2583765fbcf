use clap::Args;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::report::{json, text};

/// List the heals, and what administrators did besides, newest first: who, when, what, and how it ended
///
/// Entries that could not be written to the database yet are read from the state directory. Exits with
/// 3 when the database cannot be read; then only those are shown.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Show this many entries
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let place = format!("the database is {}", started.address);
        let log = started.host.audit(self.limit).await;
        started.stop().await;
        let text = if app.options.json {
            json::document(&log)
        } else {
            text::audit(&log.entries, app.terminal.out())
        };
        match log.trouble {
            None => {
                app.terminal.data(&text);
                Ok(Exit::Done)
            }
            Some(trouble) => {
                if app.options.json || !log.entries.is_empty() {
                    app.terminal.data(&text);
                }
                let failure = Failure::new(Exit::Unknown, "the audit log in the database could not be read")
                    .detail(trouble.message)
                    .detail(place)
                    .hint(trouble.remedy);
                // With --json the document holds the trouble already.
                failure.print(&app.terminal);
                Ok(failure.exit())
            }
        }
    }
}
