//! What hosts of a database tell each other of sessions: whoever asks for a page finds out what has happened
//! elsewhere, once in a while and not with each request; who logs in or out tells it at once.
//!
//! A database that is away, or slow, holds nobody up for long: then each host goes by what it knows, and
//! tells the others once that is possible. So a session that is ended on another host meanwhile goes on here.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::key::SealedKind;
use super::live::GRAIN;
use super::{HOURS, LiveSession, LoginMethod, Sessions};
use crate::host::Tenon;
use crate::host::shared_sessions::SharedSession;
use crate::support::lock::LockExt;

/// How old may be what is known of other hosts.
const FRESH: Duration = Duration::from_millis(700);
/// How long a request waits until that is seen anew.
const SHOWN: Duration = Duration::from_millis(250);
/// How long who logs in or out waits until the others can know.
const TOLD: Duration = Duration::from_secs(2);
/// How long a database that could not be asked is left alone.
const AWAY: Duration = Duration::from_secs(3);
/// How long the key of all hosts is believed without asking again.
const KEY_BELIEVED: Duration = Duration::from_secs(60);
/// How soon it is asked for again where a cookie cannot be opened.
const KEY_ASKED_AGAIN: Duration = Duration::from_secs(2);

/// What was exchanged, and when.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// Until when what is known need not be seen anew. Held while it is.
    fresh_until: tokio::sync::Mutex<Option<Instant>>,
    /// A copy of it for those who only look.
    shown_until: Mutex<Option<Instant>>,
    /// Whether somebody has waited for it in vain: nobody else does until it is done.
    slow: AtomicBool,
    /// Whether something happened here that others do not know.
    untold: AtomicBool,
    /// When the key was asked for last. Held while it is.
    key_asked: tokio::sync::Mutex<Option<Instant>>,
}

impl Sessions {
    /// Whether something happened here that other hosts do not know.
    pub(crate) fn has_untold(&self) -> bool {
        self.exchange.untold.load(Ordering::Relaxed)
    }

    /// Learns what has happened on other hosts, unless that was done a moment ago.
    pub(crate) async fn learn(&self, host: &Arc<Tenon>) {
        let fresh = self.exchange.shown_until.lock_unpoisoned().is_some_and(|until| Instant::now() < until);
        if fresh || self.exchange.slow.load(Ordering::Relaxed) {
            return;
        }
        if tokio::time::timeout(SHOWN, self.exchanging(host, Wish::Fresh)).await.is_err() {
            self.exchange.slow.store(true, Ordering::Relaxed);
        }
    }

    /// Tells other hosts what has happened here.
    pub(crate) async fn tell(&self, host: &Arc<Tenon>) {
        self.exchange.untold.store(true, Ordering::Relaxed);
        let _ = tokio::time::timeout(TOLD, self.exchanging(host, Wish::Now)).await;
    }

    /// A task of its own, which goes on when nobody waits for it any more.
    fn exchanging(&self, host: &Arc<Tenon>, wish: Wish) -> impl Future<Output = ()> + use<> {
        let (sessions, host) = (self.clone(), Arc::clone(host));
        let task = self.runtime.spawn(async move {
            sessions.exchange_now(&host, wish).await;
            sessions.exchange.slow.store(false, Ordering::Relaxed);
        });
        async move { _ = task.await }
    }

    async fn exchange_now(&self, host: &Tenon, wish: Wish) {
        // Whoever comes meanwhile waits, and finds it done.
        let mut fresh_until = self.exchange.fresh_until.lock().await;
        if wish == Wish::Fresh && fresh_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        let untold = self.exchange.untold.swap(false, Ordering::Relaxed);
        let began = Timestamp::now() - SignedDuration::from_hours(HOURS);
        let next = match host.shared_sessions(began).await {
            None => {
                self.exchange.untold.store(untold, Ordering::Relaxed);
                AWAY
            }
            Some(there) => {
                let news = self.merge(&there).await;
                if !news.is_empty() && !host.share_sessions(&news, began).await {
                    self.exchange.untold.store(true, Ordering::Relaxed);
                }
                FRESH
            }
        };
        let until = Some(Instant::now() + next);
        *fresh_until = until;
        *self.exchange.shown_until.lock_unpoisoned() = until;
    }

    /// Takes over what other hosts know, and gives what they do not.
    async fn merge(&self, there: &[SharedSession]) -> Vec<SharedSession> {
        let mut news = Vec::new();
        let (mut over, mut going_on) = (Vec::new(), Vec::new());
        let mut live = self.live.all();
        let mut ended = self.ended.all();
        for one in there {
            let mine = live.remove(&one.id);
            let ended_here = ended.remove(&one.id).is_some();
            if one.ended {
                if !ended_here {
                    over.push((one.id, one.since.as_second()));
                }
            } else if ended_here {
                news.push(SharedSession { ended: true, ..one.clone() });
            } else if let Some(mine) = mine {
                if mine.last_seen.duration_since(one.last_seen) >= GRAIN {
                    news.push(SharedSession { last_seen: mine.last_seen, ..one.clone() });
                } else if one.last_seen > mine.last_seen {
                    going_on.push((one.id, LiveSession { last_seen: one.last_seen, ..mine }));
                }
            } else if let Some(session) = live_of(one) {
                going_on.push((one.id, session));
            }
        }
        news.extend(live.into_iter().map(|(id, session)| shared_of(id, &session)));
        let over_here = ended.into_iter().filter_map(|(id, since)| {
            let since = Timestamp::from_second(since).ok()?;
            let (account, method, address, agent) = Default::default();
            let last_seen = since;
            Some(SharedSession { id, account, method, since, last_seen, address, agent, ended: true })
        });
        news.extend(over_here);
        self.ended.learn(&over).await;
        self.live.learn(over.into_iter().map(|(id, _)| id), going_on).await;
        news
    }

    /// Sees to it that what is sealed now can be opened by all hosts; where the database is away, by this
    /// one.
    pub(super) async fn seal_for_all(&self, host: &Arc<Tenon>) {
        self.asking_for_key(host, KEY_BELIEVED, Make::IfNone).await;
    }

    /// What was sealed in a cookie or a token, by this host or another.
    pub(super) async fn open(&self, kind: SealedKind, sealed: &str, host: &Arc<Tenon>) -> Option<String> {
        if let Some(text) = self.keys.open_as(kind, sealed) {
            return Some(text);
        }
        self.asking_for_key(host, KEY_ASKED_AGAIN, Make::Nothing).await;
        self.keys.open_as(kind, sealed)
    }

    async fn asking_for_key(&self, host: &Arc<Tenon>, believed: Duration, make: Make) {
        let (sessions, host) = (self.clone(), Arc::clone(host));
        let task = self.runtime.spawn(async move { sessions.ask_for_key(&host, believed, make).await });
        let _ = tokio::time::timeout(TOLD, task).await;
    }

    async fn ask_for_key(&self, host: &Tenon, believed: Duration, make: Make) {
        let mut asked = self.exchange.key_asked.lock().await;
        let serves = make == Make::Nothing || self.keys.is_shared();
        if serves && asked.is_some_and(|at| at.elapsed() < believed) {
            return;
        }
        *asked = Some(Instant::now());
        let new = Some(self.keys.own()).filter(|_| make == Make::IfNone);
        if let Some(key) = host.shared_session_key(new).await {
            self.keys.share(key.expose_secret());
        }
    }
}

/// Whether a key for all hosts is made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Make {
    IfNone,
    Nothing,
}

/// How much who exchanges wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// What was seen a moment ago will do.
    Fresh,
    Now,
}

/// A session that another host has told of, if it can be read.
fn live_of(one: &SharedSession) -> Option<LiveSession> {
    Some(LiveSession {
        account: one.account.clone(),
        method: LoginMethod::of(&one.method),
        since: one.since,
        last_seen: one.last_seen,
        address: one.address.parse().ok()?,
        agent: one.agent.clone(),
    })
}

fn shared_of(id: Uuid, session: &LiveSession) -> SharedSession {
    let LiveSession { account, method, since, last_seen, address, agent } = session.clone();
    let (method, address) = (method.word().to_owned(), address.to_string());
    SharedSession { id, account, method, since, last_seen, address, agent, ended: false }
}
