mod add;
mod list;
mod passwd;
mod password;
mod remove;
mod role;
mod token;

use clap::{Args, Subcommand};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::heal::admin;
use super::record::record;
use crate::admin::accounts::{Accounts, AccountsError};
use crate::audit::{Action, Actor, Origin};

/// See to the accounts of the administration page and the API, and to their tokens
///
/// Accounts are in a file (admin.accounts_file), and not in the database. A host that serves reads it again
/// when it has changed. What is done is recorded in the audit log.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Admin {
    Add(add::Add),
    Passwd(passwd::Passwd),
    Role(role::ChangeRole),
    Remove(remove::Remove),
    List(list::List),
    #[command(subcommand)]
    Token(token::TokenCommand),
}

impl Admin {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        match self {
            Self::Add(command) => command.run(app).await,
            Self::Passwd(command) => command.run(app).await,
            Self::Role(command) => command.run(app).await,
            Self::Remove(command) => command.run(app).await,
            Self::List(command) => command.run(app),
            Self::Token(command) => command.run(app).await,
        }
    }
}

/// The administrator who does it.
#[derive(Debug, Args)]
struct By {
    /// Record this person as the administrator who does it
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl By {
    fn actor(&self, app: &App) -> Result<Actor, Failure> {
        Ok(Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli))
    }
}

fn accounts(app: &App) -> Accounts {
    Accounts::at(&app.config.admin.accounts_file)
}

/// Nothing was changed.
fn refused(error: &AccountsError) -> Failure {
    let failure = match error {
        AccountsError::Read { .. } | AccountsError::Write { .. } | AccountsError::NoRandom { .. } => {
            Failure::of(Exit::Failed, error).code(error.code())
        }
        _ => Failure::refused_by(error.code(), error),
    };
    match error {
        AccountsError::Read { .. } => failure
            .hint("`tenon admin add NAME --role administrator` makes the file, and so does `tenon serve`"),
        AccountsError::NoSuchAccount { .. } | AccountsError::NoAdministrator => {
            failure.hint("`tenon admin list` shows the accounts with their roles")
        }
        AccountsError::NoSuchToken { .. } | AccountsError::TokenExists { .. } => {
            failure.hint("`tenon admin token list` shows the tokens")
        }
        _ => failure,
    }
}

/// Records what was done, and says it.
async fn done(app: &App, by: &Actor, action: Action) {
    let told = action.words();
    record(app, by, action, None).await;
    app.terminal.message(&format!("{} {told}\n", by.admin));
}
