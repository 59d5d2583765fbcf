//! Sessions: an encrypted cookie that remembers who logged in, with which stamp, and when.
//!
//! The server keeps nothing. A session ends by logging out, by its age, and for all browsers at once
//! when the account's password changes or the account is removed, since the stamp is then another.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time};
use jiff::Timestamp;
use rand::TryRngCore;
use serde::{Deserialize, Serialize};

use super::accounts::Account;

/// How long somebody stays logged in.
const HOURS: i64 = 12;
const KEY_BYTES: usize = 64;
const ENTRY: &str = "who";

/// Whether browsers may send the cookie over plain HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    /// TLS, by us or by a proxy.
    Secure,
}

impl Transport {
    /// The cookie's name. Browsers hold `__Host-` to this very host, over TLS.
    pub(crate) fn cookie_name(self) -> &'static str {
        match self {
            Self::Plain => "tenon-session",
            Self::Secure => "__Host-tenon-session",
        }
    }
}

/// Why the key of the sessions cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SessionKeyError {
    #[error("the session key {} could not be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the session key {} could not be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// What a session remembers.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    name: String,
    stamp: String,
    /// Seconds since 1970.
    since: i64,
}

/// Reads the key in the file, or makes one where there is none. One of the wrong length is replaced,
/// since all that is lost by it are sessions.
pub(crate) fn key(path: &Path) -> Result<Key, SessionKeyError> {
    match fs::read(path) {
        Ok(bytes) if bytes.len() == KEY_BYTES => {
            let mode = fs::metadata(path).map(|data| data.permissions().mode() & 0o077).unwrap_or_default();
            if mode != 0 {
                tracing::warn!(file = %path.display(), "the session key can be read by other users of this machine: run chmod 600 on it");
            }
            return Ok(Key::from(&bytes));
        }
        Ok(_) => {
            let file = path.display();
            tracing::warn!(%file, "the session key is damaged and is made anew: everybody has to log in again");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(SessionKeyError::Read { path: path.to_owned(), source }),
    }
    make_key(path).map_err(|source| SessionKeyError::Write { path: path.to_owned(), source })
}

fn make_key(path: &Path) -> io::Result<Key> {
    let mut bytes = [0; KEY_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(&bytes)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(Key::from(&bytes))
}

/// The middleware that reads and writes the cookie.
pub(crate) fn middleware(key: Key, transport: Transport) -> SessionMiddleware<CookieSessionStore> {
    SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name(transport.cookie_name().to_owned())
        .cookie_secure(transport == Transport::Secure)
        .cookie_http_only(true)
        // Not Strict: a link to the console, in a chat for instance, should not ask for the password.
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(PersistentSession::default().session_ttl(time::Duration::hours(HOURS)))
        .build()
}

/// Begins the account's session, ending whatever the cookie held before.
pub(crate) fn begin(session: &Session, account: &Account) {
    session.renew();
    let remembered = Remembered {
        name: account.name.clone(),
        stamp: account.stamp().to_owned(),
        since: Timestamp::now().as_second(),
    };
    if let Err(error) = session.insert(ENTRY, remembered) {
        tracing::error!(%error, "the session could not be written");
    }
}

/// Ends the session.
pub(crate) fn end(session: &Session) {
    session.purge();
}

/// The name and stamp in the session, unless it is too old. Whether they still hold is for the
/// accounts to say.
pub(crate) fn recall(session: &Session) -> Option<(String, String)> {
    let remembered: Remembered = session.get(ENTRY).ok().flatten()?;
    // The browser drops the cookie by then; a stolen copy does not drop itself.
    let age = Timestamp::now().as_second() - remembered.since;
    (0..HOURS * 3600).contains(&age).then_some((remembered.name, remembered.stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_survives_a_restart_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/session.key");
        let first = key(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(key(&path).unwrap() == first);
        fs::write(&path, "short").unwrap();
        let next = key(&path).unwrap();
        assert!(next != first);
        assert!(key(&path).unwrap() == next);
    }
}
