//! API tokens: what a program sends instead of a name and a password.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::TryRngCore;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::file::{AccountsError, check_name};
use super::role::{AccountRole, Permission};
use crate::support::term::{self, TermError};

/// How each of them begins, so that a scanner of secrets knows one.
pub const API_TOKEN_PREFIX: &str = "tenon_";

/// The longest that one is good.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// For how long one is good of which nothing else is said.
const USUAL: &str = "90d";

/// How many bytes of chance are in one.
const BYTES: usize = 32;

/// Why a token cannot end when somebody wants it to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenTermError {
    #[error(transparent)]
    Text(#[from] TermError),
    #[error("a token cannot be good until {0}")]
    Length(Timestamp),
}

/// One token, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The name, of which its account has one alone.
    pub name: String,
    /// The sha256 of the token: with so much chance in it nothing slower is needed.
    sha256: String,
    pub role: AccountRole,
    /// What of the role it may do; everything where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Permission>,
    pub created: Timestamp,
    /// The end: from then on it is refused.
    pub expires: Timestamp,
}

impl Token {
    /// A new token, and what a program has to send. That is kept nowhere: show it once.
    pub(super) fn new(
        name: &str,
        role: AccountRole,
        mut scopes: Vec<Permission>,
        expires: Timestamp,
    ) -> Result<(Self, SecretString), AccountsError> {
        check_name(name)?;
        scopes.sort();
        scopes.dedup();
        let mut bytes = [0; BYTES];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|source| AccountsError::NoRandom { source: std::io::Error::other(source) })?;
        let secret: SecretString = format!("{API_TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).into();
        let sha256 = sha256(&secret);
        Ok((Self { name: name.to_owned(), sha256, role, scopes, created: Timestamp::now(), expires }, secret))
    }

    /// The end of a new token: on a date, or after a while; 90 days from now unless said otherwise.
    pub fn end(until: Option<&str>, lasting: Option<&str>) -> Result<Timestamp, TokenTermError> {
        let now = Timestamp::now();
        let expires = match until {
            Some(date) => term::until(date)?,
            None => term::after(now, lasting.unwrap_or(USUAL))?,
        };
        let lasts = expires.duration_since(now);
        let fits = lasts.is_positive() && lasts <= LONGEST;
        if fits { Ok(expires) } else { Err(TokenTermError::Length(expires)) }
    }

    /// Whether it is the one that was sent.
    pub(super) fn is(&self, sha256: &str) -> bool {
        self.sha256 == sha256
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// What is wrong with it as it stands in the file.
    pub(super) fn problem(&self) -> Option<String> {
        if let Err(error) = check_name(&self.name) {
            return Some(error.to_string());
        }
        let hashed = self.sha256.len() == 64 && self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!hashed).then(|| format!("the sha256 of token {} is none", self.name))
    }
}

/// The hash under which a token stands in the file.
pub(super) fn sha256(secret: &SecretString) -> String {
    hex::encode(Sha256::digest(secret.expose_secret().as_bytes()))
}
