use clap::Args;

use super::{By, accounts, done, refused};
use crate::admin::accounts::AccountRole;
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::ChangedRole;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Set what an account may do
///
/// It counts at once, for its sessions and its tokens too. Exits with 5 if there is no such account, or it is
/// the last administrator.
#[derive(Debug, Args)]
pub(crate) struct ChangeRole {
    /// The account
    name: String,

    /// viewer looks and tests, healer also acknowledges and heals, administrator may all
    role: AccountRole,

    #[command(flatten)]
    by: By,
}

impl ChangeRole {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let Self { name, role, by } = self;
        let by = by.actor(app)?;
        let former = accounts(app).set_role(&name, role).map_err(|error| refused(&error))?;
        if app.options.json {
            let told = ChangedRole { account: &name, role, former_role: former };
            app.terminal.data(&json::document(&told));
        }
        let (from, to) = (former.to_string(), role.to_string());
        done(app, &by, Action::ChangeRole { account: name, from, to }).await;
        Ok(Exit::Done)
    }
}
