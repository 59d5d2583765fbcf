use clap::Args;

use super::{accounts, refused};
use crate::cli::app::App;
use crate::cli::documents::{AccountList, ListedAccount};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::{json, text};

/// List the accounts with their roles and tokens
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let listed = accounts(app).list().map_err(|error| refused(&error))?;
        let told = if app.options.json {
            let accounts = listed.iter().map(|account| ListedAccount {
                name: &account.name,
                role: account.role,
                tokens: account.tokens().iter().map(|token| token.name.as_str()).collect(),
            });
            json::document(&AccountList { accounts: accounts.collect() })
        } else {
            let rows = listed.iter().map(|account| {
                let tokens: Vec<_> = account.tokens().iter().map(|token| token.name.as_str()).collect();
                vec![account.name.clone(), account.role.to_string(), tokens.join(", ")]
            });
            text::table(app.terminal.out(), &["account", "role", "tokens"], rows.collect())
        };
        app.terminal.data(&told);
        Ok(Exit::Done)
    }
}
