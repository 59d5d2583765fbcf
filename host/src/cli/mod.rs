//! The command line: one command a file, whose doc comment is its help.

mod about;
mod app;
mod audit;
mod baseline;
mod check;
mod exit;
mod failure;
mod finding;
mod heal;
mod ledger;
mod options;
mod plan;
mod plugin;
mod schema;
mod serve;
mod signals;
mod start;
mod supervise;
mod terminal;
mod usage;

use clap::{Parser, Subcommand};

use crate::secrets::{Secrets, SecretsError};

use app::App;
pub use exit::Exit;
use failure::Failure;
use options::Options;
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
    Heal(heal::Heal),
    Baseline(baseline::Baseline),
    #[command(subcommand)]
    Finding(finding::Finding),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(subcommand)]
    Schema(schema::Schema),
    #[command(subcommand)]
    Audit(audit::Audit),
    About(about::About),
}

/// Runs the command line of this process. `secrets` is what was taken out of the environment, before
/// any thread was started.
pub fn run(secrets: Result<Secrets, SecretsError>) -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(failure) = usage::address_among(&arguments) {
        return failure.report(&Terminal::default());
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage::show(&error),
    };
    let terminal = Terminal::new(&cli.options);
    let outcome = secrets
        .map_err(|error| {
            Failure::new(Exit::Refused, "the environment could not be cleared of secrets").because(&error)
        })
        .and_then(|secrets| apart_or_here(cli, secrets, &terminal));
    let exit = outcome.unwrap_or_else(|failure| failure.report(&terminal));
    terminal.finish(exit)
}

/// Runs a command that loads plugins and tells what came of that at its end in a process that may die of them.
fn apart_or_here(cli: Cli, secrets: Secrets, terminal: &Terminal) -> Result<Exit, Failure> {
    let secrets = match supervise::secrets_of_parent(&secrets) {
        Some(Ok(secrets)) => secrets,
        Some(Err(error)) => {
            return Err(
                Failure::new(Exit::Failed, "the process that started this one is gone").because(&error)
            );
        }
        None => {
            let is_apart = matches!(
                cli.command,
                Command::Check(_) | Command::Plan(_) | Command::Finding(finding::Finding::List(_))
            );
            let ended = is_apart.then(|| supervise::supervise(&cli.options, &secrets, terminal)).flatten();
            if let Some(ended) = ended {
                return ended;
            }
            secrets
        }
    };
    run_command(cli, secrets, terminal)
}

fn run_command(cli: Cli, secrets: Secrets, terminal: &Terminal) -> Result<Exit, Failure> {
    let app = App::new(cli.options, secrets, terminal.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(Exit::Failed, "cannot start the threads of the host").because(&error)
    })?;
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(command) => command.run(&app).await,
            Command::Check(command) => command.run(&app).await,
            Command::Plan(command) => command.run(&app).await,
            Command::Heal(command) => command.run(&app).await,
            Command::Baseline(command) => command.run(&app).await,
            Command::Finding(command) => command.run(&app).await,
            Command::Ledger(command) => command.run(&app).await,
            Command::Plugin(command) => command.run(&app).await,
            Command::Schema(command) => command.run(&app).await,
            Command::Audit(command) => command.run(&app).await,
            Command::About(command) => Ok(command.run(&app)),
        }
    });
    // What still runs there is a plugin's call beyond its deadline: it must not keep the process.
    runtime.shutdown_background();
    outcome
}
