//! The console's accounts: a JSON file beside the configuration.
//!
//! In a file and not in the database, since the console is needed most when the database is broken. The
//! file may be edited or replaced while the host runs: it is read again when it changed.

mod file;
mod password;
mod role;
mod token;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::support::state_dir;

use crate::support::lock::LockExt;
pub use file::AccountsError;
use file::{Fingerprint, Snapshot};
pub use password::PasswordError;
pub use password::{check as check_password, random as random_password};
pub use role::{AccountRole, Permission, UnknownWord};
pub use token::{API_TOKEN_PREFIX, Token, TokenTermError};

/// One account, as it stands in the file. [`Debug`](std::fmt::Debug) leaves the hash out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Goes into the audit log as the administrator's id.
    pub name: String,
    pub role: AccountRole,
    /// argon2id, as a PHC string.
    password: String,
    /// Changes with the password.
    stamp: String,
    /// When it was added; absent of those that a former version or an editor made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<Token>,
}

impl Account {
    /// The API tokens, by name.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What a session of this account has to remember to stay valid. Another one when the password's hash is
    /// another, whoever has changed it and however.
    pub fn stamp(&self) -> String {
        hex::encode(Sha256::digest(format!("{}\n{}", self.stamp, self.password)))
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// The administrator that the first start makes. The password is kept nowhere: show it once.
#[derive(Debug)]
pub struct FirstAccount {
    pub name: String,
    pub password: SecretString,
}

/// The accounts file. Cheap to clone; all clones see the same.
#[derive(Debug, Clone)]
pub struct Accounts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    read: Mutex<Option<(Fingerprint, Arc<Snapshot>)>>,
    /// How many passwords are hashed at one time: each takes 19 MiB and a core.
    hashing: Arc<tokio::sync::Semaphore>,
}

impl Accounts {
    /// Opens the file; where there is none, makes it with one administrator named `admin` and a random
    /// password. A file that cannot be understood is an error and stays as it is.
    pub fn open(path: &Path) -> Result<(Self, Option<FirstAccount>), AccountsError> {
        let hashing = Arc::new(tokio::sync::Semaphore::new(2));
        let shared = Shared { path: path.to_owned(), read: Mutex::default(), hashing };
        let accounts = Self { shared: Arc::new(shared) };
        let first = if file::exists(path)? { None } else { accounts.make_first()? };
        file::warn_if_readable_by_others(path);
        accounts.snapshot()?;
        Ok((accounts, first))
    }

    /// The file, for a command: nothing is made where there is none.
    pub fn at(path: &Path) -> Self {
        let hashing = Arc::new(tokio::sync::Semaphore::new(1));
        Self { shared: Arc::new(Shared { path: path.to_owned(), read: Mutex::default(), hashing }) }
    }

    fn make_first(&self) -> Result<Option<FirstAccount>, AccountsError> {
        let path = self.path();
        let _lock = file::lock(path)?;
        // Another process may have made it before we had the lock.
        if file::exists(path)? {
            return Ok(None);
        }
        let password = password::random();
        file::write(
            path,
            &Snapshot::new(vec![new_account("admin", AccountRole::Administrator, &password)?]),
        )?;
        Ok(Some(FirstAccount { name: "admin".to_owned(), password }))
    }

    /// The file this is about.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Refuses a name that no account has.
    pub fn expect(&self, name: &str) -> Result<(), AccountsError> {
        named(&mut self.list()?, name).map(|_| ())
    }

    /// All accounts, by name.
    pub fn list(&self) -> Result<Vec<Account>, AccountsError> {
        Ok(self.snapshot()?.accounts().to_vec())
    }

    /// The account of this name, if there is one now.
    pub async fn find(&self, name: &str) -> Result<Option<Account>, AccountsError> {
        let accounts = self.clone();
        let read = state_dir::off_workers(move || accounts.snapshot()).await;
        let read =
            read.unwrap_or_else(|source| Err(AccountsError::Read { path: self.path().to_owned(), source }));
        Ok(read?.find(name).cloned())
    }

    /// The account, if name and password are right. A name nobody has takes as long as a wrong password.
    pub async fn verify(
        &self,
        name: &str,
        password: &SecretString,
    ) -> Result<Option<Account>, AccountsError> {
        let account = self.find(name).await?;
        let hash =
            account.as_ref().map_or_else(password::of_nobody, |account| Ok(account.password.clone()))?;
        let password = password.clone();
        let permit = Arc::clone(&self.shared.hashing).acquire_owned().await;
        // A task of its own: it must not hold up the other requests of the worker. It has the permit until it
        // has ended, also if whoever asked has gone away meanwhile.
        let matches = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            password::matches(&hash, password.expose_secret())
        });
        let matches = matches.await.map_err(|source| AccountsError::Interrupted { source })??;
        Ok(account.filter(|_| matches))
    }

    /// The account and its token, if there is one that was sent so.
    pub async fn find_token(&self, secret: &SecretString) -> Result<Option<(Account, Token)>, AccountsError> {
        let (accounts, sha256) = (self.clone(), token::sha256(secret));
        let read = state_dir::off_workers(move || accounts.snapshot()).await;
        let read =
            read.unwrap_or_else(|source| Err(AccountsError::Read { path: self.path().to_owned(), source }));
        let found = read?.accounts().iter().find_map(|account| {
            let token = account.tokens.iter().find(|token| token.is(&sha256))?;
            Some((account.clone(), token.clone()))
        });
        Ok(found)
    }

    /// Adds an account. The first one makes the file, and has to be an administrator.
    pub fn add(&self, name: &str, role: AccountRole, password: &SecretString) -> Result<(), AccountsError> {
        file::check_name(name)?;
        let account = new_account(name, role, password)?;
        self.change(|accounts| {
            if accounts.iter().any(|other| other.name == account.name) {
                return Err(AccountsError::Exists { name: name.to_owned() });
            }
            accounts.push(account);
            Ok(())
        })
    }

    /// Sets another password, which ends the account's sessions.
    pub fn set_password(&self, name: &str, password: &SecretString) -> Result<(), AccountsError> {
        self.change(|accounts| {
            let account = named(accounts, name)?;
            let (tokens, created) = (std::mem::take(&mut account.tokens), account.created);
            *account = Account { tokens, created, ..new_account(name, account.role, password)? };
            Ok(())
        })
    }

    /// Sets another role, and gives the former one. It counts at once, in sessions and for tokens too.
    pub fn set_role(&self, name: &str, role: AccountRole) -> Result<AccountRole, AccountsError> {
        self.change(|accounts| Ok(std::mem::replace(&mut named(accounts, name)?.role, role)))
    }

    /// Adds a token of an account, and gives what a program has to send: it is kept nowhere.
    pub fn add_token(
        &self,
        account: &str,
        name: &str,
        role: Option<AccountRole>,
        scopes: &[Permission],
        expires: Timestamp,
    ) -> Result<(Token, SecretString), AccountsError> {
        self.change(|accounts| {
            let account = named(accounts, account)?;
            let role = role.unwrap_or(account.role);
            if role > account.role {
                let (owner, has) = (account.name.clone(), account.role);
                return Err(AccountsError::TokenAbove { owner, has, role });
            }
            if let Some(scope) = scopes.iter().find(|scope| !role.permits(**scope)) {
                return Err(AccountsError::ScopeAbove { scope: scope.scope(), role });
            }
            if account.tokens.iter().any(|token| token.name == name) {
                let (owner, name) = (account.name.clone(), name.to_owned());
                return Err(AccountsError::TokenExists { owner, name });
            }
            let (token, secret) = Token::new(name, role, scopes.to_vec(), expires)?;
            account.tokens.push(token.clone());
            account.tokens.sort_by(|a, b| a.name.cmp(&b.name));
            Ok((token, secret))
        })
    }

    /// Revokes a token, which counts at once.
    pub fn revoke_token(&self, account: &str, name: &str) -> Result<(), AccountsError> {
        self.change(|accounts| {
            let account = named(accounts, account)?;
            let before = account.tokens.len();
            let known: Vec<_> = account.tokens.iter().map(|token| token.name.clone()).collect();
            account.tokens.retain(|token| token.name != name);
            if account.tokens.len() == before {
                let (owner, name) = (account.name.clone(), name.to_owned());
                return Err(AccountsError::NoSuchToken { owner, name, known });
            }
            Ok(())
        })
    }

    /// Removes an account, which ends its sessions and its tokens.
    pub fn remove(&self, name: &str) -> Result<(), AccountsError> {
        self.change(|accounts| {
            named(accounts, name)?;
            accounts.retain(|account| account.name != name);
            Ok(())
        })
    }

    fn change<T>(
        &self,
        act: impl FnOnce(&mut Vec<Account>) -> Result<T, AccountsError>,
    ) -> Result<T, AccountsError> {
        let _lock = file::lock(self.path())?;
        let mut accounts = if file::exists(self.path())? { self.list()? } else { Vec::new() };
        let done = act(&mut accounts)?;
        if !accounts.iter().any(|account| account.role == AccountRole::Administrator) {
            return Err(AccountsError::NoAdministrator);
        }
        file::write(self.path(), &Snapshot::new(accounts))?;
        Ok(done)
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, AccountsError> {
        // Nothing is half done under the lock, so a poisoned one is as good.
        let mut read = self.shared.read.lock_unpoisoned();
        let now = file::fingerprint(self.path())?;
        if let Some((then, snapshot)) = &*read
            && *then == now
        {
            return Ok(Arc::clone(snapshot));
        }
        let snapshot = Arc::new(file::read(self.path())?);
        *read = Some((now, Arc::clone(&snapshot)));
        Ok(snapshot)
    }
}

/// The account of this name.
fn named<'a>(accounts: &'a mut [Account], name: &str) -> Result<&'a mut Account, AccountsError> {
    let known: Vec<_> = accounts.iter().map(|account| account.name.clone()).collect();
    let account = accounts.iter_mut().find(|account| account.name == name);
    account.ok_or_else(|| AccountsError::NoSuchAccount { name: name.to_owned(), known })
}

fn new_account(name: &str, role: AccountRole, password: &SecretString) -> Result<Account, AccountsError> {
    let password = password::hash(password)?;
    let stamp = uuid::Uuid::new_v4().simple().to_string();
    let created = Some(Timestamp::now());
    Ok(Account { name: name.to_owned(), role, password, stamp, created, tokens: Vec::new() })
}

#[cfg(test)]
mod tests;
