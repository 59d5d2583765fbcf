use clap::Args;
use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::host::notify::{NotificationReport, TargetReport, Undelivered};
use crate::report::text::Style;
use crate::report::{json, text};
use crate::support::error_code::ErrorCode;

/// List the targets, when each took a message last, and what they have not taken
///
/// A message is kept for 30 days. Exits with 3 when the database cannot tell what has arrived.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Show this many messages that were not taken
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    limit: i64,
}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let started = Started::without_plugins(app).await?;
        let report = started.host.notifications(self.limit).await;
        started.stop().await;
        let text = if app.options.json { json::document(&report) } else { told(&report, app.terminal.out()) };
        app.terminal.data(&text);
        match report.trouble {
            None => Ok(Exit::Done),
            Some(trouble) => {
                let failure = Failure::new(Exit::Unknown, "it is not known which messages have arrived")
                    .code(ErrorCode::Unavailable)
                    .detail(trouble)
                    .hint("`tenon check` says what is wrong with the database");
                failure.print(&app.terminal);
                Ok(failure.exit())
            }
        }
    }
}

fn told(report: &NotificationReport, style: Style) -> String {
    let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%MZ").to_string();
    if report.targets.is_empty() {
        return "No target is configured\n".to_owned();
    }
    let row = |one: &TargetReport| {
        let events: Vec<_> = one.events.iter().map(ToString::to_string).collect();
        vec![
            one.name.clone(),
            one.kind.to_owned(),
            events.join(", "),
            one.delivered_at.map_or_else(|| "never".to_owned(), time),
            one.pending.to_string(),
            one.given_up.to_string(),
        ]
    };
    let heading = ["target", "kind", "is told of", "took the last", " waiting", " given up"];
    let mut told = text::table(style, &heading, report.targets.iter().map(row).collect());
    if !report.undelivered.is_empty() {
        let row = |one: &Undelivered| {
            let next = one.next_at.map_or_else(|| "given up".to_owned(), time);
            let error = one.error.clone().unwrap_or_default();
            vec![one.target.clone(), time(one.at), one.attempts.to_string(), next, one.text.clone(), error]
        };
        let heading = ["target", "changed", " attempts", "next", "message", "why it was not taken"];
        told.push('\n');
        told += &text::table(style, &heading, report.undelivered.iter().map(row).collect());
    }
    told
}
