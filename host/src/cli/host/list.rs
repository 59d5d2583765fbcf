use clap::Args;
use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::report::hosts::{HostState, HostsReport, ServingHost};
use crate::report::text::Style;
use crate::report::{json, text};
use crate::support::error_code::ErrorCode;

/// List the hosts that serve the database, what their last checks came to, and how their plugins differ
///
/// A host is listed from its start until it stops. One that has died is silent, and is forgotten after a day.
/// Exits with 3 when the database cannot be read.
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let started = Started::without_plugins(app).await?;
        let report = started.host.hosts().await;
        started.stop().await;
        if let Some(trouble) = &report.trouble {
            return Err(Failure::new(Exit::Unknown, "it is not known which hosts serve the database")
                .code(ErrorCode::Unavailable)
                .detail(trouble)
                .hint("`tenon check` says what is wrong with the database"));
        }
        let text = if app.options.json { json::document(&report) } else { told(&report, app.terminal.out()) };
        app.terminal.data(&text);
        Ok(Exit::Done)
    }
}

fn told(report: &HostsReport, style: Style) -> String {
    if report.hosts.is_empty() {
        return "No host serves this database\n".to_owned();
    }
    let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let row = |host: &ServingHost| {
        let state = match host.state {
            HostState::Serving => host.state.word().to_owned(),
            HostState::Silent => format!("silent since {}", time(host.last_seen)),
        };
        let verdict = host.verdict.map_or("not checked yet", |verdict| verdict.title());
        vec![
            host.name.clone(),
            host.version.clone(),
            state,
            time(host.started_at),
            verdict.to_owned(),
            host.plugin_line(),
        ]
    };
    let heading = ["host", "version", "state", "started", "verdict", "plugins"];
    let mut told = text::table(style, &heading, report.hosts.iter().map(row).collect());
    for difference in &report.differences {
        told += &format!("{}: {}\n", style.warn("Warning"), text::clean(difference));
    }
    told
}
