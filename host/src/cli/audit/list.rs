use clap::Args;
use jiff::Timestamp;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::audit::LogEntry;
use crate::audit::history::{AuditFilter, WantedResult};
use crate::report::{LinesFormat, json, text};
use crate::support::term;

/// List the heals, and what administrators did besides, newest first: who, when, what, and how it ended
///
/// Entries that could not be written to the database yet are read from the state directory. Exits with
/// 3 when the database cannot be read; then only those are shown.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Show this many entries
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    /// Only what this administrator did, with any of their tokens
    #[arg(long, value_name = "ID")]
    admin: Option<String>,

    /// Only what was done to this plugin
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,

    /// Only what ended so: succeeded, failed, turned_away, cancelled or started; or action, for all but heals
    #[arg(long, value_name = "RESULT")]
    result: Option<WantedResult>,

    /// Only from this day on, in UTC, or from this very time
    #[arg(long, value_name = "DATE", value_parser = term::since)]
    since: Option<Timestamp>,

    /// Only to the end of this day, in UTC, or to this very time
    #[arg(long, value_name = "DATE", value_parser = term::until)]
    until: Option<Timestamp>,

    /// Only what the log has before this row: what `next` of an earlier page in JSON says
    #[arg(long, value_name = "ROW")]
    before: Option<i64>,

    /// Write for other programs instead of a table: csv, or jsonl for a line of JSON each
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<LinesFormat>,
}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let place = format!("the database is {}", started.address);
        let Self { limit, admin, plugin, result, since, until, before, format } = self;
        let plugin = plugin.map(|plugin| plugin.to_string());
        let filter = AuditFilter { admin, plugin, result, since, until };
        let shown = started.host.audit_page(&filter, before, limit).await;
        started.stop().await;
        let entries = &shown.page.entries;
        let text = match format {
            Some(format) => format.head() + &format.lines(entries),
            None if app.options.json => json::document(&shown),
            None if entries.is_empty() && filter != AuditFilter::default() => "Nothing matches\n".to_owned(),
            None => {
                let entries: Vec<LogEntry> = entries.iter().map(|entry| entry.entry.clone()).collect();
                text::audit(&entries, app.terminal.out())
            }
        };
        match shown.trouble {
            None => {
                app.terminal.data(&text);
                Ok(Exit::Done)
            }
            Some(trouble) => {
                if app.options.json || !shown.page.entries.is_empty() {
                    app.terminal.data(&text);
                }
                let failure = Failure::new(Exit::Unknown, "the audit log in the database could not be read")
                    .code(trouble.kind)
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
