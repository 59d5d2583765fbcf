use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use tenon_migrations_core::migration::PluginId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal;
use super::super::start::{Started, some_plugin};
use super::super::terminal::Terminal;
use crate::admin::accounts::Accounts;
use crate::admin::server;
use crate::config::FetchAllowance;
use crate::host::Tenon;
use crate::host::events::FailedDelivery;
use crate::host::trial::{Trial, TrialError};
use crate::plugin::load::Relay;
use crate::report::json as json_report;
use crate::support::errors::chain;

/// Serve the plugins to a test suite, each test with a database of its own (used by tenon-plugin-test)
///
/// Reads requests from standard input, a JSON object a line, and answers each with a line on standard output
/// that has its number. {"number":1,"open":{}} makes a database, applies everything in it and serves it:
/// {"number":1,"url":"http://127.0.0.1:…/"}. {"number":2,"of":1,"sql":"…"} runs SQL there as its owner;
/// {"number":3,"deliver":1} delivers the events that are due; {"number":4,"cards":1} gives what cards show;
/// {"number":5,"of":1,"run":{"plugin":"notes","job":"tidy"}} runs a job; {"number":6,"close":1} drops it.
/// What could not be done has an "error". It ends when its input does, and leaves no database behind.
///
/// {"number":7,"allow_fetch":{"plugin":"notes","allow":["GET https://a.example"],"private":[]}} lets a plugin
/// ask others.
///
/// {"open":{"in_process":"notes"}} has whoever asks answer for that plugin: each call comes as a line
/// {"of":1,"call":4,"handle":{…}}, and {"of":1,"call":4,"ask":{…}} asks for statements, and gives the answer.
#[derive(Debug, Args)]
pub(crate) struct TestServer {}

/// One line of the input.
#[derive(Debug, Deserialize)]
struct Line {
    number: u64,
    #[serde(flatten)]
    request: Request,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Request {
    Open { open: Opening },
    Ask { of: u64, call: u64, ask: Value },
    Sql { of: u64, sql: String },
    Run { of: u64, run: JobWish },
    Deliver { deliver: u64 },
    Cards { cards: u64 },
    Allow { allow_fetch: FetchWish },
    Close { close: u64 },
}

/// What a plugin may ask of others from now on, in all tests of whoever asks.
#[derive(Debug, Deserialize)]
struct FetchWish {
    plugin: PluginId,
    allow: Vec<String>,
    private: Vec<String>,
}

/// How a trial is opened.
#[derive(Debug, Deserialize)]
struct Opening {
    /// The plugin that whoever asks answers for.
    in_process: Option<PluginId>,
}

/// The job that is to run.
#[derive(Debug, Deserialize)]
struct JobWish {
    plugin: PluginId,
    job: String,
}

/// What a trial is asked to do.
enum Work {
    Sql { number: u64, sql: String },
    Run { number: u64, run: JobWish },
    Deliver { number: u64 },
    Cards { number: u64 },
    Close { number: u64 },
}

impl TestServer {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        some_plugin(app)?;
        let place = tempfile::tempdir()
            .map_err(|error| Failure::new(Exit::Failed, "no folder could be made").because(&error))?;
        let accounts_file = place.path().join("accounts.json");
        Accounts::open(&accounts_file).map_err(|error| Failure::of(Exit::Failed, &error))?;
        let started = Started::open_making(app).await?;
        serve(app, &started.host, &accounts_file).await;
        started.stop().await;
        Ok(Exit::Done)
    }
}

async fn serve(app: &App, host: &Arc<Tenon>, accounts_file: &Path) {
    let mut lines = input();
    let mut open: BTreeMap<u64, UnboundedSender<Work>> = BTreeMap::new();
    let mut relays: BTreeMap<u64, Arc<Relay>> = BTreeMap::new();
    let mut trials = JoinSet::new();
    while let Some(line) = lines.recv().await {
        let Line { number, request } = match serde_json::from_str(&line) {
            Ok(line) => line,
            Err(error) => {
                answer(&app.terminal, &json!({ "error": format!("this is no request: {error}") }));
                continue;
            }
        };
        let (of, work) = match request {
            Request::Open { open: opening } => {
                let (ask, asked) = unbounded_channel();
                open.insert(number, ask);
                let relay = opening.in_process.map(|plugin| (plugin, relay(number, &app.terminal)));
                relays.extend(relay.iter().map(|(_, relay)| (number, Arc::clone(relay))));
                let (host, terminal, file) =
                    (Arc::clone(host), app.terminal.clone(), accounts_file.to_owned());
                trials.spawn(async move { try_out(&host, &terminal, &file, number, relay, asked).await });
                continue;
            }
            Request::Ask { of, call, ask } => {
                let asked = relays.get(&of).map(|relay| relay.ask(call, ask));
                if let Some(Err(error)) = asked {
                    let error = format!("this is nothing to ask for in a call: {error}");
                    answer(&app.terminal, &json!({ "number": number, "error": error }));
                }
                continue;
            }
            Request::Allow { allow_fetch: FetchWish { plugin, allow, private } } => {
                let told = match FetchAllowance::of(&allow, &private) {
                    Ok(allowance) => {
                        host.allow_fetch(plugin, allowance);
                        json!({ "number": number })
                    }
                    Err(error) => json!({ "number": number, "error": error }),
                };
                answer(&app.terminal, &told);
                continue;
            }
            Request::Sql { of, sql } => (of, Work::Sql { number, sql }),
            Request::Run { of, run } => (of, Work::Run { number, run }),
            Request::Deliver { deliver } => (deliver, Work::Deliver { number }),
            Request::Cards { cards } => (cards, Work::Cards { number }),
            Request::Close { close } => (close, Work::Close { number }),
        };
        if matches!(work, Work::Close { .. })
            && let Some(relay) = relays.remove(&of)
        {
            relay.close();
        }
        let is_asked = open.get(&of).is_some_and(|trial| trial.send(work).is_ok());
        if !is_asked {
            answer(&app.terminal, &json!({ "number": number, "error": format!("{of} is not open") }));
        }
    }
    // Whoever asks no more wants no database any more, and answers no call.
    relays.values().for_each(|relay| relay.close());
    open.clear();
    while trials.join_next().await.is_some() {}
}

/// The way to whoever asks, for the calls of a trial. What it is to hear is printed by a task: a plugin's
/// thread does not write there.
fn relay(of: u64, terminal: &Terminal) -> Arc<Relay> {
    let (tell, mut told) = unbounded_channel::<Value>();
    let terminal = terminal.clone();
    tokio::spawn(async move {
        while let Some(mut line) = told.recv().await {
            line["of"] = of.into();
            answer(&terminal, &line);
        }
    });
    // Where nobody prints any more, nobody answers either.
    Arc::new(Relay::new(move |line| drop(tell.send(line))))
}

/// The lines of standard input. The thread that reads them is left to itself when the program ends.
fn input() -> UnboundedReceiver<String> {
    let (tell, lines) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn answer(terminal: &Terminal, value: &Value) {
    terminal.data(&json_report::whole_line(value));
}

/// Opens a trial, and does in it what is asked, until it is closed.
async fn try_out(
    host: &Tenon,
    terminal: &Terminal,
    accounts_file: &Path,
    number: u64,
    relay: Option<(PluginId, Arc<Relay>)>,
    mut asked: UnboundedReceiver<Work>,
) {
    let tried = host.in_trial(accounts_file, relay, async |trial| {
        let accounts = Accounts::open(accounts_file).map(|(accounts, _)| accounts);
        let accounts = accounts.map_err(|error| chain(&error))?;
        let server = server::start(Arc::clone(&trial.host), accounts).await;
        let server = server.map_err(|error| chain(&error))?;
        answer(terminal, &json!({ "number": number, "url": server.url() }));
        let closed_by = work(&trial, terminal, &mut asked).await;
        server.stop().await;
        Ok::<_, String>(closed_by)
    });
    let error = match tried.await {
        // Only now is the database gone.
        Ok(Ok(Some(number))) => return answer(terminal, &json!({ "number": number })),
        Ok(Ok(None)) => return,
        Ok(Err(error)) => error,
        Err(error) => told(&error),
    };
    answer(terminal, &json!({ "number": number, "error": error }));
}

/// Gives the number of the request that closes the trial; none where nobody asks any more.
async fn work(trial: &Trial, terminal: &Terminal, asked: &mut UnboundedReceiver<Work>) -> Option<u64> {
    while let Some(work) = asked.recv().await {
        match work {
            Work::Close { number } => return Some(number),
            Work::Deliver { number } => {
                let value = match trial.deliver_events().await {
                    Ok(failed) if failed.is_empty() => json!({ "number": number }),
                    Ok(failed) => json!({ "number": number, "error": not_heard(&failed) }),
                    Err(error) => json!({ "number": number, "error": chain(&error) }),
                };
                answer(terminal, &value);
            }
            Work::Run { number, run: JobWish { plugin, job } } => {
                let value = match trial.run_job(&plugin, &job).await {
                    Ok(()) => json!({ "number": number }),
                    Err(error) => json!({ "number": number, "error": chain(&error) }),
                };
                answer(terminal, &value);
            }
            Work::Cards { number } => {
                let cards = trial.host.cards_now().await;
                answer(terminal, &json!({ "number": number, "cards": cards }));
            }
            Work::Sql { number, sql } => {
                let rows = trial.sql(&sql).await;
                let value = match rows {
                    Ok(rows) => json!({ "number": number, "rows": rows }),
                    Err(error) => json!({ "number": number, "error": chain(&error) }),
                };
                answer(terminal, &value);
            }
        }
    }
    None
}

/// What was not heard, and why.
fn not_heard(failed: &[FailedDelivery]) -> String {
    let lines = failed.iter().map(|one| {
        let FailedDelivery { plugin, event, message, payload, .. } = one;
        let message = message.as_deref().unwrap_or_default();
        format!("\n  plugin {plugin} did not hear {event} {payload}: {message}")
    });
    format!("not every event was heard:{}", lines.collect::<String>())
}

/// The whole failure as text, with what helps.
fn told(error: &TrialError) -> String {
    match error {
        TrialError::Heal(outcome) => match heal::told(outcome) {
            Ok(line) => line,
            Err(failure) => failure.as_text(),
        },
        TrialError::Remaining(left) => {
            let lines = left.iter().map(|one| format!("\n  {}: {}", one.name, one.findings.join("; ")));
            format!("{error}:{}", lines.collect::<String>())
        }
        error => chain(error),
    }
}
