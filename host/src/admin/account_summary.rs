//! Accounts, tokens and sessions as page and API show them: without hashes, and with when each was used.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::accounts::{Account, AccountRole, AccountsError, Permission, Token};
use super::console::Console;
use super::session::{LiveSession, LoginMethod};
use crate::support::state_dir;

/// One account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccountSummary {
    pub name: String,
    pub role: AccountRole,
    /// When it was added; absent where the accounts file does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When one of its sessions or tokens was used last on this host, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    pub tokens: Vec<TokenSummary>,
    pub sessions: Vec<SessionSummary>,
}

/// One API token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenSummary {
    /// `account:name`.
    pub id: String,
    pub account: String,
    pub name: String,
    /// What it may do now: no more than its account.
    pub role: AccountRole,
    pub scopes: Vec<Permission>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub expired: bool,
    pub last_used: Option<Timestamp>,
}

/// One session that goes on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionSummary {
    pub id: Uuid,
    /// The account, or the identity provider's id of who it is.
    pub account: String,
    /// How they logged in.
    pub method: LoginMethod,
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub address: String,
    /// The browser and its system, as far as they can be told.
    pub browser: String,
    /// Whether it is the one that asks.
    pub own: bool,
}

impl Console {
    /// All accounts, by name. `own` is the session that asks, if one does.
    pub(crate) async fn account_summaries(
        &self,
        own: Option<Uuid>,
    ) -> Result<Vec<AccountSummary>, AccountsError> {
        let accounts = self.accounts.clone();
        let listed = state_dir::off_workers(move || accounts.list()).await;
        let path = self.accounts.path().to_owned();
        let listed = listed.unwrap_or_else(|source| Err(AccountsError::Read { path, source }))?;
        let sessions = self.sessions.list(&self.host).await;
        Ok(listed.iter().map(|account| self.summary_of(account, &sessions, own)).collect())
    }

    /// One account, if there is one of this name.
    pub(crate) async fn account_summary(
        &self,
        name: &str,
        own: Option<Uuid>,
    ) -> Result<Option<AccountSummary>, AccountsError> {
        let found = self.accounts.find(name).await?;
        let sessions = self.sessions.list(&self.host).await;
        Ok(found.map(|account| self.summary_of(&account, &sessions, own)))
    }

    fn summary_of(
        &self,
        account: &Account,
        sessions: &[(Uuid, LiveSession)],
        own: Option<Uuid>,
    ) -> AccountSummary {
        let sessions = sessions.iter().filter(|(_, session)| session.account == account.name);
        let sessions: Vec<_> = sessions.map(|(id, session)| SessionSummary::of(*id, session, own)).collect();
        let tokens: Vec<_> = account.tokens().iter().map(|token| self.token_of(account, token)).collect();
        let used = sessions.iter().map(|session| session.last_seen);
        AccountSummary {
            name: account.name.clone(),
            role: account.role,
            created: account.created,
            last_used: used.chain(tokens.iter().filter_map(|token| token.last_used)).max(),
            tokens,
            sessions,
        }
    }

    fn token_of(&self, account: &Account, token: &Token) -> TokenSummary {
        TokenSummary {
            id: format!("{}:{}", account.name, token.name),
            account: account.name.clone(),
            name: token.name.clone(),
            role: token.role.min(account.role),
            scopes: token.scopes.clone(),
            created: token.created,
            expires: token.expires,
            expired: token.has_expired(Timestamp::now()),
            last_used: self.token_uses.last(&account.name, &token.name),
        }
    }
}

impl SessionSummary {
    pub(crate) fn of(id: Uuid, session: &LiveSession, own: Option<Uuid>) -> Self {
        Self {
            id,
            account: session.account.clone(),
            method: session.method,
            since: session.since,
            last_seen: session.last_seen,
            address: session.address.to_string(),
            browser: session.browser(),
            own: own == Some(id),
        }
    }
}
