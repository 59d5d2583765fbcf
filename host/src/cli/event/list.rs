use clap::Args;
use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::Started;
use crate::host::events::{EventList, FailedDelivery, ListenerReport};
use crate::report::text::Style;
use crate::report::{json, text};
use crate::support::error_code::ErrorCode;

/// List who hears which event, how much waits for them, and what they did not hear
///
/// The plugin core stands for the webhooks and commands of the configuration. What was given up stands first.
/// Exits with 3 when the database cannot tell.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Show this many deliveries that failed
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    limit: i64,
}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let list = started.host.event_list(self.limit).await;
        started.stop().await;
        let text = if app.options.json { json::document(&list) } else { told(&list, app.terminal.out()) };
        app.terminal.data(&text);
        let Some(trouble) = list.trouble else { return Ok(Exit::Done) };
        let failure = Failure::new(Exit::Unknown, "it is not known which events were heard")
            .code(ErrorCode::Unavailable)
            .detail(trouble)
            .hint("`tenon check` says what is wrong with the database");
        failure.print(&app.terminal);
        Ok(failure.exit())
    }
}

fn told(list: &EventList, style: Style) -> String {
    if list.listeners.is_empty() && list.trouble.is_none() {
        return "No plugin hears events\n".to_owned();
    }
    let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let row = |one: &ListenerReport| {
        let oldest = one.oldest.map_or_else(String::new, time);
        let (pending, given_up) = (one.pending.to_string(), one.given_up.to_string());
        vec![one.event.clone(), one.plugin.clone(), pending, oldest, given_up]
    };
    let heading = ["event", "heard by", " waiting", "since", " given up"];
    let mut told = text::table(style, &heading, list.listeners.iter().map(row).collect());
    if !list.failed.is_empty() {
        let row = |one: &FailedDelivery| {
            vec![
                one.id.to_string(),
                one.event.clone(),
                one.key.clone().unwrap_or_default(),
                one.plugin.clone(),
                one.attempts.to_string(),
                one.retry_at.map_or_else(|| "given up".to_owned(), time),
                one.message.clone().unwrap_or_default(),
            ]
        };
        let heading = ["id", "event", "key", "not heard by", " attempts", "next", "why"];
        told.push('\n');
        told += &text::table(style, &heading, list.failed.iter().map(row).collect());
    }
    told
}
