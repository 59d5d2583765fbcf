use clap::Args;
use jiff::Timestamp;

use super::unknown;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::host::jobs::{JobList, JobReport};
use crate::report::text::Style;
use crate::report::{json, text};

/// List the jobs of all plugins, with when each runs next and how it went
///
/// A job is known once a host that serves has its plugin. Exits with 3 when the database cannot tell.
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let list = started.host.job_list().await;
        started.stop().await;
        let text = if app.options.json { json::document(&list) } else { told(&list, app.terminal.out()) };
        app.terminal.data(&text);
        Ok(list.trouble.map_or(Exit::Done, |trouble| unknown(app, trouble)))
    }
}

fn told(list: &JobList, style: Style) -> String {
    if list.jobs.is_empty() && list.trouble.is_none() {
        return "No plugin has jobs\n".to_owned();
    }
    let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let row = |one: &JobReport| {
        let last = one.last.as_ref();
        vec![
            one.plugin.clone(),
            one.job.clone(),
            one.schedule.clone(),
            one.state.to_owned(),
            one.next_at.map_or_else(String::new, time),
            last.map_or_else(|| "never".to_owned(), |last| time(last.started_at)),
            last.map_or_else(String::new, |last| last.state.clone()),
            last.and_then(|last| last.message.clone()).unwrap_or_default(),
        ]
    };
    let heading = ["plugin", "job", "schedule", "state", "next", "last began", "ended", "why"];
    text::table(style, &heading, list.jobs.iter().map(row).collect())
}
