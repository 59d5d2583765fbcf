use clap::Args;

use super::{By, accounts, done, refused};
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::RevokedToken;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Revoke an API token, which counts at once
///
/// Exits with 5 if the account has none of that name.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The account
    account: String,

    /// The token's name
    name: String,

    #[command(flatten)]
    by: By,
}

impl Revoke {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let Self { account, name, by } = self;
        let by = by.actor(app)?;
        accounts(app).revoke_token(&account, &name).map_err(|error| refused(&error))?;
        if app.options.json {
            let told = RevokedToken { account: &account, revoked: &name };
            app.terminal.data(&json::document(&told));
        }
        done(app, &by, Action::RevokeToken { account, token: name }).await;
        Ok(Exit::Done)
    }
}
