//! The sessions that go on, for who wants to see and end them: since when, from where, with what browser,
//! and when each was seen last. In a file of the state directory. Whether a session holds its cookie says.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use actix_web::HttpRequest;
use actix_web::http::header;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{SessionOwner, lasts};
use crate::admin::client::{self, Proxy};
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::state_dir;

/// How exactly it is kept when one was seen last: the file is not written at every request.
pub(super) const GRAIN: SignedDuration = SignedDuration::from_mins(1);

/// The longest name of a browser that is kept, in characters.
const MOST_CHARACTERS: usize = 200;

/// How somebody logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoginMethod {
    /// With the password of an account of this console.
    #[default]
    Password,
    /// At the identity provider.
    Provider,
}

impl LoginMethod {
    /// The word by which other hosts are told.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Provider => "provider",
        }
    }

    /// The method that a word stands for.
    pub(super) fn of(word: &str) -> Self {
        if word == "provider" { Self::Provider } else { Self::Password }
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveSession {
    /// The account, or the provider's id of who it is.
    pub account: String,
    #[serde(default)]
    pub method: LoginMethod,
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: String,
}

/// The sessions by their ids, until they are too old or have ended.
#[derive(Debug, Clone)]
pub(crate) struct LiveSessions(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    sessions: Mutex<BTreeMap<Uuid, LiveSession>>,
}

impl LiveSession {
    fn new(account: &str, method: LoginMethod, address: IpAddr, agent: &str) -> Self {
        let now = Timestamp::now();
        let agent = agent.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        Self { account: account.to_owned(), method, since: now, last_seen: now, address, agent }
    }

    /// The session that this request begins.
    pub(crate) fn of(owner: &SessionOwner, request: &HttpRequest, proxy: Proxy) -> Self {
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let address = client::address(request, proxy);
        Self::new(owner.name(), owner.method(), address, agent.unwrap_or_default())
    }

    /// The browser and its system in words, as far as they can be told; else what it calls itself.
    pub(crate) fn browser(&self) -> String {
        let first = |words: &[(&str, &'static str)]| {
            words.iter().find(|(mark, _)| self.agent.contains(mark)).map(|(_, word)| *word)
        };
        // Most call themselves by the names of others too: the rarer mark comes first.
        let name = first(&[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ]);
        let system = first(&[
            ("Android", "Android"),
            ("iPhone", "iOS"),
            ("iPad", "iPadOS"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (name, system) {
            (Some(name), Some(system)) => format!("{name} on {system}"),
            (Some(name), None) => name.to_owned(),
            _ if self.agent.is_empty() => "not said".to_owned(),
            _ => self.agent.clone(),
        }
    }
}

impl LiveSessions {
    /// What the file says. It is only for looking at, so one that cannot be read says nothing.
    pub(super) fn open(path: PathBuf) -> Self {
        let text = state_dir::read(&path).ok().flatten();
        let sessions = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self(Arc::new(Kept { path, sessions: Mutex::new(sessions) }))
    }

    /// The sessions that can still be used, the latest first.
    pub(crate) fn list(&self) -> Vec<(Uuid, LiveSession)> {
        let sessions = self.0.sessions.lock_unpoisoned();
        let mut listed: Vec<_> = sessions
            .iter()
            .filter(|(_, session)| lasts(session.since.as_second()))
            .map(|(id, session)| (*id, session.clone()))
            .collect();
        listed.sort_by(|a, b| b.1.since.cmp(&a.1.since).then(a.0.cmp(&b.0)));
        listed
    }

    /// All that can still be used, by their ids.
    pub(super) fn all(&self) -> BTreeMap<Uuid, LiveSession> {
        self.list().into_iter().collect()
    }

    /// Takes over what other hosts have told: which are over, and which go on.
    pub(super) async fn learn(&self, over: impl Iterator<Item = Uuid>, going_on: Vec<(Uuid, LiveSession)>) {
        let changed = {
            let mut sessions = self.0.sessions.lock_unpoisoned();
            let gone = over.filter(|id| sessions.remove(id).is_some()).count();
            let come = going_on.len();
            sessions.extend(going_on);
            gone + come > 0
        };
        if changed {
            self.keep().await;
        }
    }

    pub(super) async fn begin(&self, id: Uuid, session: LiveSession) {
        self.0.sessions.lock_unpoisoned().insert(id, session);
        self.keep().await;
    }

    /// Notes that the session is used now.
    pub(super) async fn seen(&self, id: Uuid) {
        let now = Timestamp::now();
        {
            let mut sessions = self.0.sessions.lock_unpoisoned();
            let Some(session) = sessions.get_mut(&id) else { return };
            if now.duration_since(session.last_seen) < GRAIN {
                return;
            }
            session.last_seen = now;
        }
        self.keep().await;
    }

    /// Forgets a session that has ended.
    pub(super) async fn end(&self, id: Uuid) {
        if self.0.sessions.lock_unpoisoned().remove(&id).is_some() {
            self.keep().await;
        }
    }

    async fn keep(&self) {
        let kept = Arc::clone(&self.0);
        // A task of its own: a disk may be slow.
        let written = state_dir::off_workers(move || kept.write()).await.and_then(|written| written);
        if let Err(error) = written {
            let (file, error) = (self.0.path.display(), chain(&error));
            tracing::warn!(%file, error, "which sessions there are could not be written down");
        }
    }
}

impl Kept {
    /// Under the lock, so that no state is overtaken by an older one.
    fn write(&self) -> io::Result<()> {
        let mut sessions = self.sessions.lock_unpoisoned();
        sessions.retain(|_, session| lasts(session.since.as_second()));
        state_dir::replace(&self.path, &serde_json::to_vec_pretty(&*sessions)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_words_where_it_can_be() {
        let told = |agent: &str| {
            LiveSession::new("ops", LoginMethod::Password, [192, 0, 2, 1].into(), agent).browser()
        };
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36";
        assert_eq!(told(chrome), "Chrome on Linux");
        assert_eq!(told(&format!("{chrome} Edg/120.0")), "Edge on Linux");
        assert_eq!(told("curl/8.0"), "curl/8.0");
        assert_eq!(told(""), "not said");
    }

    #[tokio::test]
    async fn sessions_are_listed_over_a_restart_until_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let open = || LiveSessions::open(folder.path().join("sessions.json"));
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let live = open();
        for id in [one, other] {
            live.begin(id, LiveSession::new("ops", LoginMethod::Password, [192, 0, 2, 1].into(), "curl/8.0"))
                .await;
        }
        live.end(one).await;
        let listed: Vec<_> = open().list().into_iter().map(|(id, _)| id).collect();
        assert_eq!(listed, [other]);
    }
}
