//! What is done to accounts, tokens and sessions: for the page and the API alike, and on the record.
//!
//! Nobody gives what they do not have: a token without a scope makes no account, password or token that
//! reaches further than it does itself.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use super::accounts::{self, AccountRole, Accounts, AccountsError, Permission, Token};
use super::console::{Console, Interrupted};
use super::session::LiveSession;
use super::visitor::{Denied, Visitor};
use crate::audit::{Action, Actor, Origin};
use crate::support::state_dir;

/// Somebody who sees to accounts, and the way they do it.
#[derive(Debug)]
pub(crate) struct AccountManager<'a> {
    console: &'a Console,
    visitor: &'a Visitor,
    source: Origin,
}

/// A token that is wanted.
#[derive(Debug)]
pub(crate) struct WantedToken {
    pub account: String,
    pub name: String,
    /// As its account unless said otherwise.
    pub role: Option<AccountRole>,
    /// Everything of the role where there are none.
    pub scopes: Vec<Permission>,
    pub expires: Timestamp,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManageError {
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What was asked for cannot be.
    #[error(transparent)]
    Refused(AccountsError),
    #[error("the session has ended, or there never was one")]
    NoSession,
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl From<AccountsError> for ManageError {
    fn from(error: AccountsError) -> Self {
        if error.is_of_the_request() { Self::Refused(error) } else { Self::Denied(error.into()) }
    }
}

impl<'a> AccountManager<'a> {
    pub(crate) fn new(console: &'a Console, visitor: &'a Visitor, source: Origin) -> Self {
        Self { console, visitor, source }
    }

    /// Adds an account. Gives the password where it was made here.
    pub(crate) async fn add(
        &self,
        name: &str,
        role: AccountRole,
        password: Option<SecretString>,
    ) -> Result<Option<SecretString>, ManageError> {
        self.visitor.permitted(Permission::Administer)?;
        self.visitor.may_grant(role, &[])?;
        let (password, made) = given_or_made(password);
        let account = name.to_owned();
        self.change(move |accounts| accounts.add(&account, role, &password)).await?;
        self.record(Action::AddAccount { account: name.to_owned(), role: role.to_string() }).await?;
        Ok(made)
    }

    /// Sets what an account may do.
    pub(crate) async fn set_role(&self, name: &str, role: AccountRole) -> Result<(), ManageError> {
        self.reach(name).await?;
        self.visitor.may_grant(role, &[])?;
        let account = name.to_owned();
        let former = self.change(move |accounts| accounts.set_role(&account, role)).await?;
        let (from, to) = (former.to_string(), role.to_string());
        self.record(Action::ChangeRole { account: name.to_owned(), from, to }).await
    }

    /// Sets another password, which ends the account's sessions. Gives it where it was made here.
    pub(crate) async fn set_password(
        &self,
        name: &str,
        password: Option<SecretString>,
    ) -> Result<Option<SecretString>, ManageError> {
        self.reach(name).await?;
        let (password, made) = given_or_made(password);
        let account = name.to_owned();
        self.change(move |accounts| accounts.set_password(&account, &password)).await?;
        self.forget_sessions(|live| live == name, None).await;
        self.record(Action::ChangePassword { account: name.to_owned() }).await?;
        Ok(made)
    }

    /// Removes an account, which ends its sessions and its tokens.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), ManageError> {
        self.reach(name).await?;
        let account = name.to_owned();
        self.change(move |accounts| accounts.remove(&account)).await?;
        self.forget_sessions(|live| live == name, None).await;
        self.record(Action::RemoveAccount { account: name.to_owned() }).await
    }

    /// Adds a token, and gives what a program has to send: it is kept nowhere.
    pub(crate) async fn add_token(&self, wanted: WantedToken) -> Result<(Token, SecretString), ManageError> {
        self.visitor.permitted(Permission::Administer)?;
        let WantedToken { account, name, role, scopes, expires } = wanted;
        let role = match role {
            Some(role) => role,
            None => self.role_of(&account).await?,
        };
        self.visitor.may_grant(role, &scopes)?;
        let owner = account.clone();
        let add = move |accounts: &Accounts| accounts.add_token(&owner, &name, Some(role), &scopes, expires);
        let (token, secret) = self.change(add).await?;
        let (name, role) = (token.name.clone(), token.role.to_string());
        let scopes = token.scopes.iter().map(|scope| scope.scope().to_owned()).collect();
        self.record(Action::AddToken { account, token: name, role, scopes, expires }).await?;
        Ok((token, secret))
    }

    /// Revokes a token, which counts at once. Everybody may revoke their own.
    pub(crate) async fn revoke_token(&self, account: &str, token: &str) -> Result<(), ManageError> {
        if !self.visitor.may_see_to(account) {
            self.visitor.permitted(Permission::Administer)?;
        }
        let (owner, name) = (account.to_owned(), token.to_owned());
        self.change(move |accounts| accounts.revoke_token(&owner, &name)).await?;
        self.record(Action::RevokeToken { account: account.to_owned(), token: token.to_owned() }).await
    }

    /// Ends a session: one's own, or for an administrator anybody's.
    pub(crate) async fn end_session(&self, id: Uuid) -> Result<(), ManageError> {
        let found = self.sessions().await.into_iter().find(|(live, _)| *live == id);
        // Of whose it is nothing is told to who may not see it.
        let found = found.filter(|(_, live)| self.visitor.may_see_to(&live.account));
        let (id, live) = found.ok_or(ManageError::NoSession)?;
        self.console.sessions.end_others(&self.console.host, &[(id, live.clone())]).await;
        tracing::info!(admin = self.visitor.name, account = live.account, "a session was ended");
        self.record(Action::EndSessions { account: live.account, sessions: 1 }).await
    }

    /// Ends the sessions of an account, or of all, but for one, and gives how many they were.
    pub(crate) async fn end_sessions(
        &self,
        account: Option<&str>,
        but: Option<Uuid>,
    ) -> Result<usize, ManageError> {
        if !account.is_some_and(|account| self.visitor.may_see_to(account)) {
            self.visitor.permitted(Permission::Administer)?;
        }
        if let Some(account) = account {
            // Whom the provider named has sessions, and no account.
            if !self.sessions().await.iter().any(|(_, live)| live.account == account) {
                self.role_of(account).await?;
            }
        }
        let ended = self.forget_sessions(|live| account.is_none_or(|account| live == account), but).await;
        let mut counts = std::collections::BTreeMap::<_, usize>::new();
        for account in &ended {
            *counts.entry(account).or_default() += 1;
        }
        for (account, sessions) in counts {
            self.record(Action::EndSessions { account: account.clone(), sessions }).await?;
        }
        Ok(ended.len())
    }

    /// Ends the sessions of these accounts but for one, and gives whose each was.
    async fn forget_sessions(&self, of: impl Fn(&str) -> bool, but: Option<Uuid>) -> Vec<String> {
        let mut ended = self.sessions().await;
        ended.retain(|(id, live)| of(&live.account) && but != Some(*id));
        self.console.sessions.end_others(&self.console.host, &ended).await;
        ended.into_iter().map(|(_, live)| live.account).collect()
    }

    async fn sessions(&self) -> Vec<(Uuid, LiveSession)> {
        self.console.sessions.list(&self.console.host).await
    }

    /// Refuses to touch an account that may do more than whoever asks.
    async fn reach(&self, name: &str) -> Result<(), ManageError> {
        self.visitor.permitted(Permission::Administer)?;
        Ok(self.visitor.may_grant(self.role_of(name).await?, &[])?)
    }

    async fn role_of(&self, name: &str) -> Result<AccountRole, ManageError> {
        match self.console.accounts.find(name).await? {
            Some(account) => Ok(account.role),
            None => {
                let known = self.console.account_summaries(None).await?;
                let known = known.into_iter().map(|account| account.name).collect();
                Err(AccountsError::NoSuchAccount { name: name.to_owned(), known }.into())
            }
        }
    }

    /// Changes the accounts file. A task of its own: passwords are hashed, and a disk may be slow.
    async fn change<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Accounts) -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, ManageError> {
        let accounts = self.console.accounts.clone();
        let path = accounts.path().to_owned();
        let changed = state_dir::off_workers(move || act(&accounts)).await;
        Ok(changed.unwrap_or_else(|source| Err(AccountsError::Write { path, source }))?)
    }

    async fn record(&self, action: Action) -> Result<(), ManageError> {
        let by = Actor::new(self.visitor.name.clone(), self.source);
        let host = Arc::clone(&self.console.host);
        Ok(self.console.run(async move { host.record(&by, action, None).await }).await?)
    }
}

/// The password, and once more where it was made here and has to be shown.
fn given_or_made(given: Option<SecretString>) -> (SecretString, Option<SecretString>) {
    match given {
        Some(password) => (password, None),
        None => {
            let made = accounts::random_password();
            (made.clone(), Some(made))
        }
    }
}
