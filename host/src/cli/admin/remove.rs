use clap::Args;

use super::{By, accounts, done, refused};
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::RemovedAccount;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Remove an account, which ends its sessions and its tokens
///
/// What it did stays in the audit log. Exits with 5 if there is no such account, or it is the last
/// administrator.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The account
    name: String,

    #[command(flatten)]
    by: By,
}

impl Remove {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let Self { name, by } = self;
        let by = by.actor(app)?;
        accounts(app).remove(&name).map_err(|error| refused(&error))?;
        if app.options.json {
            app.terminal.data(&json::document(&RemovedAccount { removed: &name }));
        }
        done(app, &by, Action::RemoveAccount { account: name }).await;
        Ok(Exit::Done)
    }
}
