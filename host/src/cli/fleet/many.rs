//! Doing one thing with many databases, some at a time, and what is said of all of them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::targets::{Target, Targets};
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::start::{Started, some_plugin};
use crate::database::unavailable::Unavailable;
use crate::host::Tenon;
use crate::plugin::isolate::Enforcement;
use crate::plugin::standing::standing;
use crate::report::text::{self, Style, counted};
use crate::support::code::Code;
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;
use crate::support::millis::millis;

/// How many rows of a table are shown unless all are wanted.
const SCREEN: usize = 20;

/// The databases, and how many are worked on at a time.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// The databases: a file with one a line, - for standard input, or a query whose rows they are
    ///
    /// A line is the name of a database on the configured server, an address (postgresql://…), or a name of
    /// your choice and one of the two. Lines that begin with # count for nothing. A query begins with SELECT,
    /// and is run in the configured database, in a transaction that cannot write.
    #[arg(long, value_name = "FILE|SQL")]
    targets: String,

    /// Work on this many databases at a time
    #[arg(long, short, value_name = "N", default_value_t = NonZeroUsize::MIN.saturating_add(7))]
    jobs: NonZeroUsize,

    /// Show all databases in the table, and not only those that there is something to say of
    #[arg(long)]
    all: bool,
}

/// The plugins, loaded once, and the databases.
pub(super) struct FleetRun {
    loaded: Started,
    targets: Targets,
    jobs: usize,
    pub(super) shows_all: bool,
    state_dir: PathBuf,
    require_enforcement: bool,
    bar: Option<ProgressBar>,
}

/// What is said of all databases together.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FleetSummary {
    /// How many databases there are.
    pub databases: usize,
    /// How many came to what.
    pub counts: std::collections::BTreeMap<String, usize>,
    pub took_ms: u64,
}

/// Why a database is not worked on, or could not be read.
#[derive(Debug, Clone)]
pub(super) struct Unusable {
    pub(super) code: Code,
    pub(super) message: String,
}

impl Unusable {
    pub(super) fn of(code: impl Into<Code>, error: &dyn std::error::Error) -> Self {
        Self { code: code.into(), message: chain(error) }
    }
}

/// What went wrong with its code behind it, for a table.
pub(super) fn with_code(error: &str, code: Option<Code>) -> String {
    let error = text::clean(error);
    match code {
        Some(code) => format!("{error} [{code}]"),
        None => error,
    }
}

impl FleetRun {
    /// Reads the list, and loads the plugins.
    pub(super) async fn open(selection: &Selection, app: &App) -> Result<Self, Failure> {
        some_plugin(app)?;
        let targets = Targets::read(&selection.targets, app).await?;
        let loaded = match Started::without_database(app) {
            Ok(loaded) => loaded,
            Err(failure) => {
                targets.close().await;
                return Err(failure);
            }
        };
        Ok(Self {
            loaded,
            targets,
            jobs: selection.jobs.get(),
            shows_all: selection.all,
            state_dir: app.config.state_dir.join("fleet"),
            require_enforcement: app.config.plugins.require_enforcement,
            bar: bar(app),
        })
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets.all
    }

    /// The host of the plugins, of which each database gets one.
    pub(super) fn plugins(&self) -> &Arc<Tenon> {
        &self.loaded.host
    }

    /// Does this with each of these databases, and calls `done` with each result as it comes. The results are
    /// in the order of the databases.
    pub(super) async fn each<T, F>(
        &self,
        targets: &[Target],
        work: impl Fn(Target, Result<Arc<Tenon>, Unusable>) -> F,
        mut done: impl FnMut(&T),
    ) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        if let Some(bar) = &self.bar {
            bar.set_length(targets.len() as u64);
            bar.set_position(0);
        }
        let tasks = targets.iter().enumerate().map(|(index, target)| {
            let host = self.host_of(target);
            let prepared = async move { (index, host.await) };
            let target = target.clone();
            let work = &work;
            async move {
                let (index, host) = prepared.await;
                let closing = host.as_ref().ok().map(Arc::clone);
                let result = tokio::spawn(work(target, host)).await;
                if let Some(host) = closing {
                    host.close();
                }
                (index, result)
            }
        });
        let mut running = futures_util::stream::iter(tasks).buffer_unordered(self.jobs);
        let mut results: Vec<(usize, T)> = Vec::with_capacity(targets.len());
        while let Some((index, result)) = running.next().await {
            match result {
                Ok(result) => {
                    done(&result);
                    results.push((index, result));
                }
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
            if let Some(bar) = &self.bar {
                bar.inc(1);
            }
        }
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// A host for one database. Where plugins' statements may do more there than is required, there is none.
    fn host_of(&self, target: &Target) -> impl Future<Output = Result<Arc<Tenon>, Unusable>> + Send + use<> {
        let (plugins, databases) = (Arc::clone(&self.loaded.host), target.databases.clone());
        let state_dir = self.state_dir.join(directory(&target.name));
        let required = self.require_enforcement;
        async move {
            if required {
                let layer = standing(&databases, &plugins.config().plugins).await;
                let layer = layer.map_err(|error| Unusable::of(Unavailable::of(&error), &error))?;
                let enforced = Enforcement { layers: vec![layer] }.required();
                enforced.map_err(|lacking| Unusable::of(CommandCode::NotEnforced, &lacking))?;
            }
            Ok(plugins.for_database(databases, state_dir))
        }
    }

    /// Says something without disturbing the bar.
    pub(super) fn say(&self, line: &str, app: &App) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => app.terminal.message(&format!("{line}\n")),
        }
    }

    /// Stops the plugins' threads, and the database if it was started for this.
    pub(super) async fn close(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.loaded.stop().await;
        self.targets.close().await;
    }
}

fn bar(app: &App) -> Option<ProgressBar> {
    if app.options.json || !app.terminal.draws() || app.terminal.quiet() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that could not be read would leave the default bar.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} databases  {wide_msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    Some(bar)
}

/// A file name of a target's name: what could mean something in a path is spelled out.
fn directory(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    name.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

/// How many of each word there are.
pub(super) fn summary<'a>(words: impl Iterator<Item = &'a str>, began: Instant) -> FleetSummary {
    let mut counts = std::collections::BTreeMap::new();
    let mut databases = 0;
    for word in words {
        *counts.entry(word.to_owned()).or_insert(0) += 1;
        databases += 1;
    }
    FleetSummary { databases, counts, took_ms: millis(began.elapsed()) }
}

impl FleetSummary {
    /// All in a line: "500 databases: 498 healthy, 2 drifted, in 3200 ms".
    pub(super) fn line(&self) -> String {
        let counts: Vec<_> =
            self.counts.iter().map(|(word, count)| format!("{count} {}", word.replace('_', " "))).collect();
        let databases = counted(self.databases, "database");
        format!("{databases}: {}, in {} ms", counts.join(", "), self.took_ms)
    }
}

/// A table that fits a screen, unless all rows are wanted. Each row is one of `what`.
pub(super) fn table(
    heading: &[&str],
    rows: Vec<Vec<String>>,
    what: &str,
    shows_all: bool,
    style: Style,
) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let more = if shows_all { 0 } else { rows.len().saturating_sub(SCREEN) };
    let shown = rows.into_iter().take(if shows_all { usize::MAX } else { SCREEN }).collect();
    let mut told = text::table(style, heading, shown);
    if more > 0 {
        told += &format!("and {} more (--all shows them, --json prints each)\n", counted(more, what));
    }
    told + "\n"
}

/// The exit code for all: what is worst.
pub(super) fn worst(exits: impl Iterator<Item = Exit>) -> Exit {
    let rank = |exit: &Exit| match exit {
        Exit::Done => 0,
        Exit::OutOfStep => 1,
        Exit::Busy => 2,
        Exit::Refused => 3,
        Exit::Unknown => 4,
        Exit::Cancelled => 5,
        Exit::Failed | Exit::Usage => 6,
    };
    exits.max_by_key(rank).unwrap_or(Exit::Done)
}
