use clap::Args;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{By, accounts, done, refused};
use crate::admin::accounts::{AccountRole, Permission, Token, TokenTermError};
use crate::audit::Action;
use crate::cli::app::App;
use crate::cli::documents::AddedToken;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;

/// Add an API token of an account, and show it this once
///
/// Send it as `Authorization: Bearer TOKEN`. It may no more than its account may. What is done with it is
/// recorded as the account's, with the token's name. Exits with 5 if there is no such account, or there is a
/// token of that name.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The account that it acts for
    account: String,

    /// The token's name, for instance of the program that has it
    name: String,

    /// What it may do; as its account unless said otherwise
    #[arg(long)]
    role: Option<AccountRole>,

    /// What of the role it may do; everything unless said otherwise
    #[arg(long = "scope", value_name = "SCOPE,…", value_delimiter = ',')]
    scopes: Vec<Permission>,

    /// To the end of this day in UTC, or to this very time; at most 366 days from now
    #[arg(long, value_name = "DATE", conflicts_with = "duration")]
    until: Option<String>,

    /// For so long, such as 12h, 30d or 6w; 90d unless said otherwise
    #[arg(long = "for", value_name = "DURATION")]
    duration: Option<String>,

    #[command(flatten)]
    by: By,
}

impl Add {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let by = self.by.actor(app)?;
        let expires = self.expires()?;
        let Self { account, name, role, scopes, .. } = self;
        let added = accounts(app).add_token(&account, &name, role, &scopes, expires);
        let (token, secret) = added.map_err(|error| refused(&error))?;
        let secret = secret.expose_secret();
        app.terminal.data(&if app.options.json {
            json::document(&AddedToken {
                account: &account,
                name: &name,
                role: token.role,
                scopes: token.scopes.iter().map(|scope| scope.scope()).collect(),
                expires,
                token: secret,
            })
        } else {
            format!("The token is shown this once: {secret}\n")
        });
        let scopes = token.scopes.iter().map(|scope| scope.scope().to_owned()).collect();
        let action = Action::AddToken { account, token: name, role: token.role.to_string(), scopes, expires };
        done(app, &by, action).await;
        Ok(Exit::Done)
    }

    fn expires(&self) -> Result<Timestamp, Failure> {
        let expires = Token::end(self.until.as_deref(), self.duration.as_deref());
        expires.map_err(|error| {
            let failure = Failure::of(Exit::Usage, &error);
            match error {
                TokenTermError::Length(_) => failure.hint("give a time from now to 366 days from now"),
                TokenTermError::Text(_) => failure,
            }
        })
    }
}
