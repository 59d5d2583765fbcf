use clap::Args;

use super::password::PasswordSource;
use super::{By, accounts, done, refused};
use crate::admin::accounts::AccountRole;
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::AddedAccount;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Add an account
///
/// The password is asked for, or read from the first line of standard input. Exits with 5 if there is an
/// account of that name, or the name or the password cannot be one.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The name, which the audit log shows
    name: String,

    /// What it may do: viewer looks and tests, healer also acknowledges and heals, administrator may all
    #[arg(long)]
    role: AccountRole,

    #[command(flatten)]
    password: PasswordSource,

    #[command(flatten)]
    by: By,
}

impl Add {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let Self { name, role, password, by } = self;
        let by = by.actor(app)?;
        let password = password.read(&name, app)?;
        accounts(app).add(&name, role, &password.secret).map_err(|error| refused(&error))?;
        if app.options.json {
            app.terminal.data(&json::document(&AddedAccount {
                account: &name,
                role,
                password: password.to_show(),
            }));
        } else if let Some(made) = password.to_show() {
            app.terminal.data(&format!("The password is shown this once: {made}\n"));
        }
        done(app, &by, Action::AddAccount { account: name, role: role.to_string() }).await;
        Ok(Exit::Done)
    }
}
