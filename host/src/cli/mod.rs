//! The command line: one command a file, whose doc comment is its help.

mod about;
mod admin;
mod app;
mod audit;
mod backup;
mod baseline;
mod check;
#[cfg_attr(windows, path = "child/windows.rs")]
mod child;
mod completions;
mod config;
mod dev;
mod doctor;
mod documents;
mod event;
mod exit;
mod explain;
mod failure;
mod finding;
mod fleet;
mod graph;
mod heal;
mod host;
mod job;
mod json_schema;
mod ledger;
mod man;
mod notify;
mod openapi;
mod options;
mod plan;
mod planning;
mod plugin;
mod postgres;
mod psql;
mod record;
mod restore;
mod schema;
mod serve;
mod signals;
mod start;
#[cfg_attr(windows, path = "supervise/windows.rs")]
mod supervise;
mod terminal;
mod usage;

use clap::{Parser, Subcommand};

use crate::support::command_code::CommandCode;
use crate::support::secrets::{Secrets, SecretsError};

use app::App;
use child::Task;
pub use exit::Exit;
use failure::Failure;
use options::Options;
use start::Started;
use terminal::Terminal;

/// Tenon keeps one PostgreSQL database true to all its plugins.
///
/// It tells at any time which plugin is out of step and how, and mends it on an administrator's word, in
/// one transaction, with a record of who did what. Nothing but `tenon heal`, and the page's Fix
/// Configuration, ever changes a plugin's tables.
#[derive(Debug, Parser)]
#[command(name = "tenon", bin_name = "tenon", version, after_long_help = exit::HELP, subcommand_required = true)]
#[command(arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Check(check::Check),
    Plan(plan::PlanCommand),
    Graph(graph::Graph),
    Heal(heal::Heal),
    Baseline(baseline::Baseline),
    #[command(subcommand)]
    Finding(finding::Finding),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    Dev(dev::Dev),
    #[command(subcommand)]
    Fleet(fleet::Fleet),
    #[command(subcommand)]
    Host(host::HostCommand),
    #[command(subcommand)]
    Schema(schema::Schema),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Job(job::JobCommand),
    #[command(subcommand)]
    Event(event::EventCommand),
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    #[command(subcommand)]
    Admin(admin::Admin),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Psql(psql::Psql),
    Backup(backup::Backup),
    Restore(restore::Restore),
    #[command(subcommand)]
    Postgres(postgres::Postgres),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    Openapi(openapi::Openapi),
    JsonSchema(json_schema::JsonSchema),
    Completions(completions::Completions),
    Man(man::Man),
    About(about::About),
}

/// Runs the command line of this process. `secrets` is what was taken out of the environment, before
/// any thread was started.
pub fn run(secrets: Result<Secrets, SecretsError>) -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(failure) = usage::address_among(&arguments) {
        return failure.report(&Terminal::of_arguments(&arguments));
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage::show(&error, &Terminal::of_arguments(&arguments)),
    };
    let terminal = Terminal::new(&cli.options);
    let outcome = secrets
        .map_err(|error| {
            let told = "the environment could not be cleared of secrets";
            Failure::refused(CommandCode::SecretsNotCleared, told).because(&error)
        })
        .and_then(|secrets| apart_or_here(cli, secrets, &terminal));
    let exit = outcome.unwrap_or_else(|failure| failure.report(&terminal));
    terminal.finish(exit)
}

/// What of a command runs in a process that may die of plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// The whole command: it only tells something, and can be run again.
    Whole,
    /// The plugins are loaded once before: it changes something.
    Trial,
    /// No plugin is loaded, or whoever has started it starts it again.
    Nothing,
}

impl Command {
    fn apart(&self) -> Apart {
        use finding::Finding;
        use plugin::Plugin;
        match self {
            Self::Check(_)
            | Self::Plan(_)
            | Self::Graph(_)
            | Self::Schema(_)
            | Self::Finding(Finding::List(_)) => Apart::Whole,
            Self::Plugin(Plugin::List(_) | Plugin::Lock(_) | Plugin::Verify(_) | Plugin::Role(_)) => {
                Apart::Whole
            }
            Self::Fleet(fleet) if !fleet.heals() => Apart::Whole,
            Self::Heal(_) | Self::Fleet(_) | Self::Baseline(_) | Self::Ledger(_) | Self::Finding(_) => {
                Apart::Trial
            }
            Self::Serve(_)
            | Self::Dev(_)
            | Self::Host(_)
            | Self::Audit(_)
            | Self::Job(_)
            | Self::Event(_)
            | Self::Notify(_)
            | Self::Admin(_)
            | Self::Config(_)
            | Self::Psql(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Postgres(_)
            | Self::Doctor(_)
            | Self::Explain(_)
            | Self::Openapi(_)
            | Self::JsonSchema(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::About(_)
            | Self::Plugin(_) => Apart::Nothing,
        }
    }
}

/// Runs a command, or what of it loads plugins, in a process that may die of them.
fn apart_or_here(cli: Cli, secrets: Secrets, terminal: &Terminal) -> Result<Exit, Failure> {
    let secrets = match child::orders_of_parent(&secrets) {
        Some(Ok(orders)) if orders.task == Task::Trial => {
            let makes_database = matches!(cli.command, Command::Heal(_));
            return trial(cli.options, orders.secrets, terminal, makes_database);
        }
        Some(Ok(orders)) => orders.secrets,
        Some(Err(error)) => {
            return Err(
                Failure::new(Exit::Failed, "the process that started this one is gone").because(&error)
            );
        }
        None => {
            let ended = match cli.command.apart() {
                Apart::Whole => supervise::supervise(Task::Command, &cli.options, &secrets, terminal),
                Apart::Trial => supervise::try_plugins(&cli.options, &secrets, terminal),
                Apart::Nothing => None,
            };
            if let Some(ended) = ended {
                return ended;
            }
            secrets
        }
    };
    run_command(cli, secrets, terminal)
}

/// Loads the plugins and stops them again. What is wrong besides is the command's own to tell; and where
/// there is no database yet, and the command makes none, nothing is loaded.
fn trial(
    options: Options,
    secrets: Secrets,
    terminal: &Terminal,
    makes_database: bool,
) -> Result<Exit, Failure> {
    let Ok(app) = App::new(options, secrets, terminal.clone()) else { return Ok(Exit::Done) };
    if !makes_database && app.config.database.url.is_none() && !app.config.state_dir.exists() {
        return Ok(Exit::Done);
    }
    let runtime = runtime()?;
    runtime.block_on(async {
        if let Ok(started) = Started::without_database(&app) {
            started.stop().await;
        }
    });
    runtime.shutdown_background();
    Ok(Exit::Done)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, "cannot start the threads of the host").because(&error))
}

fn run_command(cli: Cli, secrets: Secrets, terminal: &Terminal) -> Result<Exit, Failure> {
    let app = App::new(cli.options, secrets, terminal.clone())?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(command) => command.run(&app).await,
            Command::Check(command) => command.run(&app).await,
            Command::Plan(command) => command.run(&app).await,
            Command::Graph(command) => command.run(&app).await,
            Command::Heal(command) => command.run(&app).await,
            Command::Baseline(command) => command.run(&app).await,
            Command::Finding(command) => command.run(&app).await,
            Command::Ledger(command) => command.run(&app).await,
            Command::Plugin(command) => command.run(&app).await,
            Command::Dev(command) => command.run(&app).await,
            Command::Fleet(command) => command.run(&app).await,
            Command::Host(command) => command.run(&app).await,
            Command::Schema(command) => command.run(&app).await,
            Command::Audit(command) => command.run(&app).await,
            Command::Job(command) => command.run(&app).await,
            Command::Event(command) => command.run(&app).await,
            Command::Notify(command) => command.run(&app).await,
            Command::Admin(command) => command.run(&app).await,
            Command::Config(command) => command.run(&app),
            Command::Psql(command) => command.run(&app).await,
            Command::Backup(command) => command.run(&app).await,
            Command::Restore(command) => command.run(&app).await,
            Command::Postgres(command) => command.run(&app).await,
            Command::Doctor(command) => command.run(&app).await,
            Command::Explain(command) => command.run(&app),
            Command::Openapi(command) => command.run(&app),
            Command::JsonSchema(command) => command.run(&app),
            Command::Completions(command) => Ok(command.run(&app)),
            Command::Man(command) => command.run(&app),
            Command::About(command) => Ok(command.run(&app)),
        }
    });
    // What still runs there is a plugin's call beyond its deadline: it must not keep the process.
    runtime.shutdown_background();
    outcome
}
