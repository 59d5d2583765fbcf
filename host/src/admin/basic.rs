//! HTTP Basic authentication for programs, with a short memory, so that a call does not pay for argon2.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::accounts::Account;
use crate::support::lock::LockExt;

/// How long a successful verification counts.
const REMEMBERED: Duration = Duration::from_secs(300);
/// The most verifications that are remembered.
const MANY: usize = 1024;

/// A name and a password, as a program sent them.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub name: String,
    pub password: SecretString,
}

/// The credentials in the `Authorization` header. `None` if there is none; an error if it is not Basic,
/// or cannot be read.
pub(crate) fn credentials(request: &HttpRequest) -> Option<Result<Credentials, NotBasic>> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    Some(value.to_str().ok().and_then(parse).ok_or(NotBasic))
}

/// The API token in the `Authorization` header, if there is one.
pub(crate) fn token(request: &HttpRequest) -> Option<SecretString> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned().into())
}

/// An `Authorization` header that is neither HTTP Basic nor holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header is neither HTTP Basic with a name and a password nor Bearer with a token")]
pub(crate) struct NotBasic;

fn parse(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(Credentials { name: name.to_owned(), password: password.to_owned().into() })
}

/// Verifications that succeeded lately, and those that go on. Holds no password, only keyed hashes.
pub(crate) struct BasicCache {
    salt: [u8; 32],
    verified: Mutex<HashMap<[u8; 32], Verified>>,
    turns: Mutex<HashMap<[u8; 32], Weak<Turn>>>,
}

/// The lock under which one request verifies some credentials. Requests with the same credentials wait for
/// it and find the result: an account, or none.
pub(crate) type Turn = tokio::sync::Mutex<Option<Option<Account>>>;

struct Verified {
    stamp: String,
    until: Instant,
}

impl Default for BasicCache {
    fn default() -> Self {
        Self { salt: rand::random(), verified: Mutex::default(), turns: Mutex::default() }
    }
}

impl fmt::Debug for BasicCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCache").finish_non_exhaustive()
    }
}

impl BasicCache {
    /// The stamp of the account that these credentials were right for. It counts only while the
    /// account still has it.
    pub(crate) fn stamp(&self, credentials: &Credentials) -> Option<String> {
        let key = self.key(credentials);
        let verified = self.verified.lock_unpoisoned();
        verified.get(&key).filter(|entry| entry.until > Instant::now()).map(|entry| entry.stamp.clone())
    }

    /// Remembers that these credentials were right.
    pub(crate) fn remember(&self, credentials: &Credentials, stamp: &str) {
        let key = self.key(credentials);
        let now = Instant::now();
        let mut verified = self.verified.lock_unpoisoned();
        verified.retain(|_, entry| entry.until > now);
        if verified.len() < MANY {
            verified.insert(key, Verified { stamp: stamp.to_owned(), until: now + REMEMBERED });
        }
    }

    /// The turn of all those who send these credentials at the moment.
    pub(crate) fn turn(&self, credentials: &Credentials) -> Arc<Turn> {
        let mut turns = self.turns.lock_unpoisoned();
        turns.retain(|_, turn| turn.strong_count() > 0);
        let slot = turns.entry(self.key(credentials)).or_default();
        slot.upgrade().unwrap_or_else(|| {
            let turn = Arc::default();
            *slot = Arc::downgrade(&turn);
            turn
        })
    }

    fn key(&self, credentials: &Credentials) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(credentials.name.as_bytes());
        hash.update([0]);
        hash.update(credentials.password.expose_secret().as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, password: &str) -> Credentials {
        Credentials { name: name.to_owned(), password: password.to_owned().into() }
    }

    #[test]
    fn credentials_are_read_as_programs_send_them() {
        // printf 'admin:pa:ss' | base64
        let read = parse("basic YWRtaW46cGE6c3M=").unwrap();
        assert_eq!((read.name.as_str(), read.password.expose_secret()), ("admin", "pa:ss"));
        for header in ["Bearer x", "Basic", "Basic !", "Basic YWRtaW4="] {
            assert!(parse(header).is_none(), "{header}");
        }
    }

    #[test]
    fn only_the_very_same_credentials_are_remembered() {
        let cache = BasicCache::default();
        cache.remember(&of("admin", "right"), "s1");
        assert_eq!(cache.stamp(&of("admin", "right")).as_deref(), Some("s1"));
        assert_eq!(cache.stamp(&of("admin", "wrong")), None);
        assert_eq!(cache.stamp(&of("adminr", "ight")), None);
        assert_eq!(BasicCache::default().stamp(&of("admin", "right")), None);
    }
}
