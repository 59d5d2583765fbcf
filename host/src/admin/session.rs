//! Sessions: an encrypted cookie that remembers who logged in, with which stamp, and when.
//!
//! Of those that last the server keeps nothing. A session ends by logging out, which is kept
//! ([`EndedSessions`]) so that a copy of the cookie ends with it, by its age, and for all browsers at once
//! when the account's password changes or the account is removed, since the stamp is then another.

mod ended;
mod live;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time};
use jiff::Timestamp;
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::ended::EndedSessions;
pub(crate) use self::live::{LiveSession, LiveSessions};
use super::accounts::Account;
use crate::support::state_dir;

/// How long somebody stays logged in.
const HOURS: i64 = 12;
/// The length of the key, which signs and encrypts.
const KEY_BYTES: usize = 64;
/// The session's entry under which the account stands.
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
    id: Uuid,
    name: String,
    stamp: String,
    /// Seconds since 1970.
    since: i64,
}

/// The key of the sessions and what is kept of those that have ended, in the state directory. Where nobody
/// knows any more which have ended, all do.
pub(crate) fn open(state_dir: &Path) -> Result<(Key, EndedSessions, LiveSessions), SessionKeyError> {
    let path = state_dir.join("session.key");
    let (ended, known) = EndedSessions::open(state_dir.join("ended-sessions.json"));
    let key = match known {
        Ok(()) => key(&path)?,
        Err(error) => {
            let error = crate::support::errors::chain(&error);
            tracing::warn!(error, "which sessions have ended cannot be read: everybody has to log in again");
            make_key(&path).map_err(|source| SessionKeyError::Write { path, source })?
        }
    };
    Ok((key, ended, LiveSessions::open(state_dir.join("sessions.json"))))
}

/// Reads the key in the file, or makes one where there is none. One of the wrong length is replaced,
/// since all that is lost by it are sessions.
fn key(path: &Path) -> Result<Key, SessionKeyError> {
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
    state_dir::replace(path, &bytes)?;
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
pub(crate) async fn begin(
    session: &Session,
    account: &Account,
    from: LiveSession,
    ended: &EndedSessions,
    live: &LiveSessions,
) {
    forget(session, ended, live).await;
    session.renew();
    let remembered = Remembered {
        id: Uuid::new_v4(),
        name: account.name.clone(),
        stamp: account.stamp(),
        since: Timestamp::now().as_second(),
    };
    live.begin(remembered.id, from).await;
    if let Err(error) = session.insert(ENTRY, remembered) {
        tracing::error!(%error, "the session could not be written");
    }
}

/// Ends the session, here and wherever else its cookie is.
pub(crate) async fn end(session: &Session, ended: &EndedSessions, live: &LiveSessions) {
    forget(session, ended, live).await;
    session.purge();
}

/// Ends a session that somebody else may have.
pub(crate) async fn end_other(id: Uuid, session: &LiveSession, ended: &EndedSessions, live: &LiveSessions) {
    ended.add(id, session.since.as_second()).await;
    live.end(id).await;
}

/// The id of the session, if it goes on.
pub(crate) fn id(session: &Session) -> Option<Uuid> {
    held(session).map(|remembered| remembered.id)
}

async fn forget(session: &Session, ended: &EndedSessions, live: &LiveSessions) {
    if let Some(remembered) = held(session) {
        ended.add(remembered.id, remembered.since).await;
        live.end(remembered.id).await;
    }
}

/// Notes that the session is used now.
pub(crate) async fn seen(session: &Session, live: &LiveSessions) {
    if let Some(id) = id(session) {
        live.seen(id).await;
    }
}

/// The name and stamp in the session, unless it is too old or has ended. Whether they still hold is for the
/// accounts to say.
pub(crate) fn recall(session: &Session, ended: &EndedSessions) -> Option<(String, String)> {
    let remembered = held(session).filter(|remembered| !ended.has(remembered.id))?;
    Some((remembered.name, remembered.stamp))
}

fn held(session: &Session) -> Option<Remembered> {
    let remembered: Remembered = session.get(ENTRY).ok().flatten()?;
    // The browser drops the cookie by then; a stolen copy does not drop itself.
    lasts(remembered.since).then_some(remembered)
}

/// Whether a session that began then can still be used.
fn lasts(since: i64) -> bool {
    (0..HOURS * 3600).contains(&(Timestamp::now().as_second() - since))
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

    #[tokio::test]
    async fn what_has_ended_stays_so_over_a_restart_and_all_have_where_nobody_knows() {
        let folder = tempfile::tempdir().unwrap();
        let (first, ended, _) = open(folder.path()).unwrap();
        let (mine, old) = (Uuid::new_v4(), Uuid::new_v4());
        let now = Timestamp::now().as_second();
        ended.add(old, now - HOURS * 3600).await;
        ended.add(mine, now).await;
        let (again, ended, _) = open(folder.path()).unwrap();
        assert!(again == first && ended.has(mine));
        assert!(!ended.has(old) && !ended.has(Uuid::new_v4()), "who is too old is not kept");
        fs::write(folder.path().join("ended-sessions.json"), "{").unwrap();
        let (next, ended, _) = open(folder.path()).unwrap();
        assert!(next != first && !ended.has(mine));
        let (again, _, _) = open(folder.path()).unwrap();
        assert!(again == next, "it is told and mended once");
    }
}
