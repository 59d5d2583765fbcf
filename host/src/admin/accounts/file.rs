//! The accounts file on disk: read whole, written whole, by rename.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::password::{self, PasswordError};
use super::{Account, AccountRole, Token};
use crate::support::error_code::ErrorCode;
use crate::support::{file_access, state_dir};

/// Why the accounts cannot be used. None of these writes to the file.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("the accounts file {} could not be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the accounts file {} is not what Tenon wrote; it was left as it is", path.display())]
    Parse {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the accounts file {}: {problem}; it was left as it is", path.display())]
    Content { path: PathBuf, problem: String },
    #[error("the accounts file {} could not be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("there is an account named {name} already")]
    Exists { name: String },
    #[error("there is no account named {name}: there {}", named(.known))]
    NoSuchAccount { name: String, known: Vec<String> },
    #[error("one account at least has to be an administrator: nothing was changed")]
    NoAdministrator,
    #[error("account {owner} has a token named {name} already")]
    TokenExists { owner: String, name: String },
    #[error("account {owner} has no token named {name}: there {}", named(.known))]
    NoSuchToken { owner: String, name: String, known: Vec<String> },
    #[error("account {owner} is a {has}: its tokens cannot be {role}")]
    TokenAbove { owner: String, has: AccountRole, role: AccountRole },
    #[error("a token that is a {role} cannot have the scope {scope}")]
    ScopeAbove { scope: &'static str, role: AccountRole },
    #[error("the system gave no random numbers")]
    NoRandom {
        #[source]
        source: io::Error,
    },
    #[error(
        "{name:?} cannot name an account or a token: use up to 64 letters, digits and any of . _ @ + -, a letter or digit first"
    )]
    Name { name: String },
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("the comparison of a password was interrupted")]
    Interrupted {
        #[source]
        source: tokio::task::JoinError,
    },
}

impl AccountsError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Exists { .. } => ErrorCode::AccountExists,
            Self::NoSuchAccount { .. } => ErrorCode::NoAccount,
            Self::NoAdministrator => ErrorCode::LastAdministrator,
            Self::TokenExists { .. } => ErrorCode::TokenExists,
            Self::NoSuchToken { .. } => ErrorCode::NoToken,
            Self::TokenAbove { .. } => ErrorCode::RoleAboveAccount,
            Self::ScopeAbove { .. } => ErrorCode::ScopeAboveRole,
            Self::Name { .. } => ErrorCode::BadName,
            Self::Password(_) => ErrorCode::BadPassword,
            Self::Read { .. }
            | Self::Parse { .. }
            | Self::Content { .. }
            | Self::Write { .. }
            | Self::NoRandom { .. }
            | Self::Interrupted { .. } => ErrorCode::AccountsUnusable,
        }
    }

    /// Whether what was asked for cannot be, rather than that the file cannot be used.
    pub(crate) fn is_of_the_request(&self) -> bool {
        match self {
            Self::Exists { .. }
            | Self::NoSuchAccount { .. }
            | Self::NoAdministrator
            | Self::TokenExists { .. }
            | Self::NoSuchToken { .. }
            | Self::TokenAbove { .. }
            | Self::ScopeAbove { .. }
            | Self::Name { .. }
            | Self::Password(PasswordError::Length { .. }) => true,
            Self::Read { .. }
            | Self::Parse { .. }
            | Self::Content { .. }
            | Self::Write { .. }
            | Self::NoRandom { .. }
            | Self::Password(PasswordError::Hash { .. })
            | Self::Interrupted { .. } => false,
        }
    }
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    /// The version of this JSON.
    format: u32,
    accounts: Vec<Account>,
}

impl Snapshot {
    pub(super) fn new(mut accounts: Vec<Account>) -> Self {
        accounts.sort_by(|a, b| a.name.cmp(&b.name));
        Self { format: 1, accounts }
    }

    pub(super) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    pub(super) fn find(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    fn problem(&self) -> Option<String> {
        if self.format != 1 {
            return Some(format!("its format is {}, and this version of Tenon reads format 1", self.format));
        }
        for (index, account) in self.accounts.iter().enumerate() {
            let name = &account.name;
            if let Err(error) = check_name(name) {
                return Some(error.to_string());
            }
            if self.accounts[..index].iter().any(|other| other.name == *name) {
                return Some(format!("two accounts are named {name}"));
            }
            if let Some(problem) = account.tokens().iter().find_map(Token::problem) {
                return Some(format!("account {name}: {problem}"));
            }
            if let Err(error) = password::parse(&account.password) {
                return Some(format!("the password hash of {name} cannot be read: {error}"));
            }
        }
        let administrator = self.accounts.iter().any(|account| account.role == AccountRole::Administrator);
        (!administrator).then(|| "no account is an administrator".to_owned())
    }
}

/// What tells one state of the file from the next without reading it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    identity: (u64, u64),
    bytes: u64,
    changed: (i64, i64),
}

pub(super) fn fingerprint(path: &Path) -> Result<Fingerprint, AccountsError> {
    let data = fs::metadata(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
    Ok(Fingerprint {
        identity: file_access::identity(&data),
        bytes: data.len(),
        changed: file_access::changed(&data),
    })
}

pub(super) fn exists(path: &Path) -> Result<bool, AccountsError> {
    path.try_exists().map_err(|source| AccountsError::Read { path: path.to_owned(), source })
}

pub(super) fn read(path: &Path) -> Result<Snapshot, AccountsError> {
    let text = fs::read(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
    let snapshot: Snapshot = serde_json::from_slice(&text)
        .map_err(|source| AccountsError::Parse { path: path.to_owned(), source })?;
    match snapshot.problem() {
        Some(problem) => Err(AccountsError::Content { path: path.to_owned(), problem }),
        None => Ok(snapshot),
    }
}

/// Replaces the file, readable by its owner only. After a crash it is the old one or the new one.
pub(super) fn write(path: &Path, snapshot: &Snapshot) -> Result<(), AccountsError> {
    if let Some(problem) = snapshot.problem() {
        return Err(AccountsError::Content { path: path.to_owned(), problem });
    }
    let mut text = serde_json::to_vec_pretty(snapshot)
        .map_err(|source| AccountsError::Write { path: path.to_owned(), source: source.into() })?;
    text.push(b'\n');
    state_dir::replace(path, &text).map_err(|source| AccountsError::Write { path: path.to_owned(), source })
}

/// Keeps other processes from changing the file until dropped. Waits for those that do.
pub(super) fn lock(path: &Path) -> Result<File, AccountsError> {
    state_dir::lock(path).map_err(|source| AccountsError::Write { path: path.to_owned(), source })
}

fn named(known: &[String]) -> String {
    match known {
        [] => "is none".to_owned(),
        [one] => format!("is {one}"),
        many => format!("are {}", many.join(", ")),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), AccountsError> {
    let shaped = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._@+-".contains(c));
    if shaped && name.len() <= 64 { Ok(()) } else { Err(AccountsError::Name { name: name.to_owned() }) }
}

pub(super) fn warn_if_readable_by_others(path: &Path) {
    let mode = fs::metadata(path).ok().and_then(|data| file_access::beyond_owner(&data));
    if let Some(mode) = mode {
        tracing::warn!(
            file = %path.display(),
            mode,
            "the accounts file can be read by other users of this machine: run chmod 600 on it"
        );
    }
}
