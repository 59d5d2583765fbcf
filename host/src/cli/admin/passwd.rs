use clap::Args;

use super::password::PasswordSource;
use super::{By, accounts, done, refused};
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::ChangedPassword;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Set another password, which ends the account's sessions
///
/// The password is asked for, or read from the first line of standard input. Tokens go on. Exits with 5 if
/// there is no such account, or the password cannot be one.
#[derive(Debug, Args)]
pub(crate) struct Passwd {
    /// The account
    name: String,

    #[command(flatten)]
    password: PasswordSource,

    #[command(flatten)]
    by: By,
}

impl Passwd {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let Self { name, password, by } = self;
        let by = by.actor(app)?;
        let accounts = accounts(app);
        accounts.expect(&name).map_err(|error| refused(&error))?;
        let password = password.read(&name, app)?;
        accounts.set_password(&name, &password.secret).map_err(|error| refused(&error))?;
        if app.options.json {
            let changed = ChangedPassword { account: &name, password: password.to_show() };
            app.terminal.data(&json::document(&changed));
        } else if let Some(made) = password.to_show() {
            app.terminal.data(&format!("The password is shown this once: {made}\n"));
        }
        done(app, &by, Action::ChangePassword { account: name }).await;
        Ok(Exit::Done)
    }
}
