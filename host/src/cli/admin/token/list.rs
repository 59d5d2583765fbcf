use clap::Args;
use jiff::Timestamp;

use super::{accounts, refused};
use crate::admin::token_uses::TokenUses;
use crate::cli::app::App;
use crate::cli::documents::{ListedToken, TokenList};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::{json, text};

/// List the API tokens: whose they are, what they may do, until when, and when each was used last
///
/// The last use is that on this host.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// List the tokens of this account alone
    account: Option<String>,
}

impl List {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let accounts = accounts(app);
        if let Some(account) = &self.account {
            accounts.expect(account).map_err(|error| refused(&error))?;
        }
        let uses = TokenUses::in_dir(&app.config.state_dir);
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let listed = accounts.list().map_err(|error| refused(&error))?;
        let now = Timestamp::now();
        for account in listed.iter().filter(|one| self.account.as_ref().is_none_or(|name| one.name == *name))
        {
            for token in account.tokens() {
                let used = uses.last(&account.name, &token.name);
                let role = token.role.min(account.role);
                let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.scope()).collect();
                values.push(ListedToken {
                    account: account.name.clone(),
                    name: token.name.clone(),
                    role,
                    scopes: scopes.clone(),
                    created: token.created,
                    expires: token.expires,
                    expired: token.has_expired(now),
                    last_used: used,
                });
                let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%MZ").to_string();
                let expired = if token.has_expired(now) { " (expired)" } else { "" };
                rows.push(vec![
                    account.name.clone(),
                    token.name.clone(),
                    role.to_string(),
                    if scopes.is_empty() { "all".to_owned() } else { scopes.join(", ") },
                    format!("{}{expired}", time(token.expires)),
                    used.map_or_else(|| "never".to_owned(), time),
                ]);
            }
        }
        app.terminal.data(&if app.options.json {
            json::document(&TokenList { tokens: values })
        } else if rows.is_empty() {
            "There is no token\n".to_owned()
        } else {
            let heading = ["account", "token", "role", "scopes", "until", "last used"];
            text::table(app.terminal.out(), &heading, rows)
        });
        Ok(Exit::Done)
    }
}
