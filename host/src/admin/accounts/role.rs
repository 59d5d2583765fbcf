//! What accounts and tokens may do: each role may all that the one before it may.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Look and test.
    Viewer,
    /// Everything a viewer may, and acknowledge and heal.
    Healer,
    /// Everything.
    Administrator,
}

/// One kind of thing that somebody may do. The scopes of a token are these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See what is known: reports, plans, the audit log.
    Read,
    /// Have the database checked now.
    Check,
    /// Acknowledge findings.
    Acknowledge,
    /// Heal, and stop a heal.
    Heal,
    /// Put plugins into quarantine, and release them.
    Quarantine,
    /// See to accounts, tokens and sessions.
    Administer,
}

/// A word that is no role, or no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {kind}: there are {known}")]
pub struct UnknownWord {
    word: String,
    kind: &'static str,
    known: String,
}

impl AccountRole {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Healer, Self::Administrator];

    /// The role in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Healer => "healer",
            Self::Administrator => "administrator",
        }
    }

    /// Whether the role lets somebody do this.
    pub fn permits(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

impl Permission {
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Check, Self::Acknowledge, Self::Heal, Self::Quarantine, Self::Administer];

    /// The permission as a token's scope is called.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Check => "check",
            Self::Acknowledge => "acknowledge",
            Self::Heal => "heal",
            Self::Quarantine => "quarantine",
            Self::Administer => "administer",
        }
    }

    /// The least role that has it.
    pub fn least_role(self) -> AccountRole {
        match self {
            Self::Read | Self::Check => AccountRole::Viewer,
            Self::Acknowledge | Self::Heal => AccountRole::Healer,
            Self::Quarantine | Self::Administer => AccountRole::Administrator,
        }
    }
}

impl FromStr for AccountRole {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        one_of(&Self::ALL, "role", text, AccountRole::noun)
    }
}

impl FromStr for Permission {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        one_of(&Self::ALL, "scope", text, Permission::scope)
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

fn one_of<T: Copy>(
    all: &[T],
    kind: &'static str,
    text: &str,
    word: impl Fn(T) -> &'static str,
) -> Result<T, UnknownWord> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| UnknownWord {
        word: text.to_owned(),
        kind,
        known: all.iter().map(|one| word(*one)).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_former_may_and_more() {
        let may = |role: AccountRole| Permission::ALL.into_iter().filter(|one| role.permits(*one)).count();
        assert_eq!(AccountRole::ALL.map(may), [2, 4, 6]);
        assert!(!AccountRole::Healer.permits(Permission::Quarantine));
    }

    #[test]
    fn a_word_that_is_none_is_told_with_those_that_there_are() {
        assert_eq!("healer".parse(), Ok(AccountRole::Healer));
        let told = "boss".parse::<AccountRole>().unwrap_err().to_string();
        assert_eq!(told, "\"boss\" is no role: there are viewer, healer, administrator");
        assert!("all".parse::<Permission>().unwrap_err().to_string().contains("read, check, acknowledge"));
    }
}
