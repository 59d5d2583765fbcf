//! Sessions: a sealed cookie that remembers who logged in, with which stamp, and when.
//!
//! A cookie is enough to let somebody in, so that the console works while the database is away. A session
//! ends by logging out, which is kept (`session/ended.rs`) so that a copy of the cookie ends with it, by its
//! age, and for all browsers at once when the account's password changes or the account is removed, since the
//! stamp is then another.
//!
//! All hosts of a database seal with one key, and know which sessions there are and which have ended
//! (`session/exchange.rs`). Sessions go by a hash of the id in the cookie, which itself is kept nowhere.

mod ended;
mod exchange;
mod key;
mod live;
mod store;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_session::Session;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use uuid::Uuid;

use self::ended::EndedSessions;
use self::exchange::Exchange;
use self::key::{SealedKind, SessionKeys};
use self::live::LiveSessions;
pub(crate) use self::live::{LiveSession, LoginMethod};
pub(crate) use self::store::{SealedCookies, middleware};
use super::accounts::Account;
#[cfg(feature = "oidc")]
use crate::config::OidcConfig;
use crate::host::Tenon;

/// How long somebody stays logged in.
const HOURS: i64 = 12;
/// The session's entry under which its owner stands.
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

/// The owner of a session, and what has to stay as it was for it to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionOwner {
    /// An account of this console, with its stamp.
    Account { name: String, stamp: String },
    /// Somebody whom the identity provider named, with those of their groups that give a role here.
    Provider { name: String, stamp: String, groups: Vec<String> },
}

impl SessionOwner {
    /// Somebody whom this provider named.
    #[cfg(feature = "oidc")]
    pub(crate) fn named_by(provider: &OidcConfig, name: String, groups: Vec<String>) -> Self {
        Self::Provider { name, stamp: provider.stamp(), groups }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Account { name, .. } | Self::Provider { name, .. } => name,
        }
    }

    pub(crate) fn method(&self) -> LoginMethod {
        match self {
            Self::Account { .. } => LoginMethod::Password,
            Self::Provider { .. } => LoginMethod::Provider,
        }
    }
}

impl From<&Account> for SessionOwner {
    fn from(account: &Account) -> Self {
        Self::Account { name: account.name.clone(), stamp: account.stamp() }
    }
}

/// What a session remembers.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    /// The secret id, of which the one that is told is a hash.
    id: Uuid,
    owner: SessionOwner,
    /// Seconds since 1970.
    since: i64,
}

impl Remembered {
    fn told_id(&self) -> Uuid {
        let hash = Sha256::digest([b"tenon session\0".as_slice(), self.id.as_bytes()].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// A session, as a token of a page names it: nobody can log in by it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SessionMark {
    /// The id that is told.
    id: Uuid,
    owner: SessionOwner,
    /// Seconds since 1970.
    since: i64,
}

impl SessionMark {
    /// The mark of a session that goes on.
    pub(crate) fn of(session: &Session) -> Option<Self> {
        let remembered = held(session)?;
        let id = remembered.told_id();
        Some(Self { id, owner: remembered.owner, since: remembered.since })
    }
}

/// The sessions: those that go on, and those that were ended before their time.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    keys: SessionKeys,
    ended: EndedSessions,
    live: LiveSessions,
    exchange: Arc<Exchange>,
    /// Where what is exchanged goes on when nobody waits for it.
    runtime: Handle,
}

/// The sessions of a state directory. What they exchange goes on where this is called. Where nobody knows any
/// more which have ended, all do.
pub(crate) fn open(state_dir: &Path) -> Result<Sessions, SessionKeyError> {
    let (ended, known) = EndedSessions::open(state_dir.join("ended-sessions.json"));
    let keys = match known {
        Ok(()) => SessionKeys::open(state_dir)?,
        Err(error) => {
            let error = crate::support::errors::chain(&error);
            tracing::warn!(error, "which sessions have ended cannot be read: everybody has to log in again");
            SessionKeys::anew(state_dir)?
        }
    };
    let live = LiveSessions::open(state_dir.join("sessions.json"));
    Ok(Sessions { keys, ended, live, exchange: Arc::default(), runtime: Handle::current() })
}

impl Sessions {
    /// Begins a session, ending whatever the cookie held before.
    pub(crate) async fn begin(
        &self,
        host: &Arc<Tenon>,
        session: &Session,
        owner: SessionOwner,
        from: LiveSession,
    ) {
        self.forget(session).await;
        session.renew();
        let remembered = Remembered { id: Uuid::new_v4(), owner, since: Timestamp::now().as_second() };
        self.live.begin(remembered.told_id(), from).await;
        if let Err(error) = session.insert(ENTRY, remembered) {
            tracing::error!(%error, "the session could not be written");
        }
        self.seal_for_all(host).await;
        self.tell(host).await;
    }

    /// Ends the session, here and wherever else its cookie is.
    pub(crate) async fn end(&self, host: &Arc<Tenon>, session: &Session) {
        self.forget(session).await;
        session.purge();
        self.tell(host).await;
    }

    /// Ends sessions that others may have.
    pub(crate) async fn end_others(&self, host: &Arc<Tenon>, sessions: &[(Uuid, LiveSession)]) {
        for (id, session) in sessions {
            self.ended.add(*id, session.since.as_second()).await;
            self.live.end(*id).await;
        }
        if !sessions.is_empty() {
            self.tell(host).await;
        }
    }

    async fn forget(&self, session: &Session) {
        if let Some(remembered) = held(session) {
            self.ended.add(remembered.told_id(), remembered.since).await;
            self.live.end(remembered.told_id()).await;
        }
    }

    /// Notes that the session is used now.
    pub(crate) async fn seen(&self, session: &Session) {
        if let Some(id) = id(session) {
            self.live.seen(id).await;
        }
    }

    /// The sessions of all hosts that can still be used, the latest first.
    pub(crate) async fn list(&self, host: &Arc<Tenon>) -> Vec<(Uuid, LiveSession)> {
        self.learn(host).await;
        self.live.list()
    }

    /// The owner of the session, unless it is too old or has ended, here or on another host. Whether that
    /// still holds is for the accounts to say.
    pub(crate) async fn recall(&self, host: &Arc<Tenon>, session: &Session) -> Option<SessionOwner> {
        let remembered = held(session)?;
        self.learn(host).await;
        (!self.ended.has(remembered.told_id())).then_some(remembered.owner)
    }

    /// The owner of a session that a token names, unless it is too old or has ended.
    pub(crate) async fn recall_marked(&self, host: &Arc<Tenon>, mark: SessionMark) -> Option<SessionOwner> {
        let SessionMark { id, owner, since } = mark;
        if !lasts(since) {
            return None;
        }
        self.learn(host).await;
        (!self.ended.has(id)).then_some(owner)
    }

    /// Seals a text as a token that all hosts can open.
    pub(crate) fn seal_token(&self, text: String) -> String {
        self.keys.seal_as(SealedKind::Token, text)
    }

    /// The text of a token that one of the hosts has sealed.
    pub(crate) async fn open_token(&self, host: &Arc<Tenon>, sealed: &str) -> Option<String> {
        self.open(SealedKind::Token, sealed, host).await
    }
}

/// The id of the session as it is told, if it goes on.
pub(crate) fn id(session: &Session) -> Option<Uuid> {
    held(session).map(|remembered| remembered.told_id())
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

    #[tokio::test]
    async fn what_has_ended_stays_so_over_a_restart_and_all_have_where_nobody_knows() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).unwrap();
        let sealed = first.keys.seal("ada".to_owned());
        let (mine, old) = (Uuid::new_v4(), Uuid::new_v4());
        let now = Timestamp::now().as_second();
        first.ended.add(old, now - HOURS * 3600).await;
        first.ended.add(mine, now).await;
        let again = open(folder.path()).unwrap();
        assert!(again.keys.open_as(SealedKind::Session, &sealed).is_some() && again.ended.has(mine));
        assert!(!again.ended.has(old) && !again.ended.has(Uuid::new_v4()), "who is too old is not kept");
        std::fs::write(folder.path().join("ended-sessions.json"), "{").unwrap();
        let next = open(folder.path()).unwrap();
        assert!(next.keys.open_as(SealedKind::Session, &sealed).is_none() && !next.ended.has(mine));
        let sealed = next.keys.seal("ada".to_owned());
        let again = open(folder.path()).unwrap();
        assert!(again.keys.open_as(SealedKind::Session, &sealed).is_some(), "it is told and mended once");
    }
}
