use clap::Args;

use super::unknown;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::host::jobs::{JobHistory, JobRunReport};
use crate::report::text::Style;
use crate::report::{json, text};

/// List the latest attempts to run jobs, and how each ended
///
/// The latest 100 of each job are kept. Exits with 3 when the database cannot tell.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The id of one plugin
    #[arg(value_name = "ID")]
    plugin: Option<String>,

    /// The name of one job of it
    job: Option<String>,

    /// Show this many attempts
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    limit: i64,
}

impl History {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let (plugin, job) = (self.plugin.as_deref(), self.job.as_deref());
        let history = started.host.job_history(plugin, job, self.limit).await;
        started.stop().await;
        let text =
            if app.options.json { json::document(&history) } else { told(&history, app.terminal.out()) };
        app.terminal.data(&text);
        Ok(history.trouble.map_or(Exit::Done, |trouble| unknown(app, trouble)))
    }
}

fn told(history: &JobHistory, style: Style) -> String {
    if history.runs.is_empty() && history.trouble.is_none() {
        return "No job has run\n".to_owned();
    }
    let row = |one: &JobRunReport| {
        vec![
            one.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            one.plugin.clone(),
            one.job.clone(),
            one.attempt.to_string(),
            one.cause.clone(),
            one.state.clone(),
            one.took().unwrap_or_default(),
            one.host.clone(),
            one.message.clone().unwrap_or_default(),
        ]
    };
    let heading = ["began", "plugin", "job", " attempt", "cause", "state", " took", "host", "why"];
    text::table(style, &heading, history.runs.iter().map(row).collect())
}
