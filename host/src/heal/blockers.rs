//! What is seen of a heal from outside while it runs, over another session: who keeps it waiting, since
//! afterwards nobody can say what it waited for, and whether somebody elsewhere has asked it to stop.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use super::cancel::Cancel;
use super::lock_wait::{self, LockWait};
use super::{EventSink, HealEvent, HealFailure};
use crate::audit;
use crate::config::LockTimeout;
use crate::database::bounds::Unanswered;
use crate::database::connect::Database;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// When the first look is taken, and how long after each the next, at least and at most: a heal that is over
/// by then needs no other session.
const FIRST: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
const NEXT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// How often it is looked whether somebody has asked the heal to stop.
const STOP: Duration = Duration::from_secs(1);

/// The word of somebody elsewhere that this heal shall stop.
#[derive(Debug)]
pub(super) struct StopWord {
    pub(super) heal: Uuid,
    pub(super) cancel: Cancel,
}

impl StopWord {
    /// Stops the heal if somebody has said so.
    async fn heed(&self, client: &Client, database: &Database) {
        match database.bounds().read(client, audit::asked_to_stop(client, self.heal)).await {
            Ok(Some(by)) => _ = self.cancel.ask(&by),
            Ok(None) => {}
            Err(error) => tracing::debug!("it cannot be seen whether the heal shall stop: {}", chain(&error)),
        }
    }
}

/// Looks at a session again and again, until it is dropped.
#[derive(Debug)]
pub(super) struct Blockers {
    last: Arc<Mutex<Option<(Instant, LockWait)>>>,
    every: Duration,
    task: JoinHandle<()>,
}

impl Blockers {
    /// Begins to look at the session of this process, often enough to see a wait of this length, and tells
    /// when it begins to wait, for whom, and when no more.
    pub(super) fn of(
        database: &Database,
        process: Option<i32>,
        timeout: LockTimeout,
        events: &EventSink,
        stop: StopWord,
    ) -> Option<Self> {
        let process = process?;
        // Without a timeout it waits for ever.
        let timeout = if timeout.0.is_zero() { Duration::MAX } else { timeout.0 };
        let first = (timeout / 4).clamp(FIRST.0, FIRST.1);
        let every = (timeout / 20).clamp(NEXT.0, NEXT.1);
        let last = Arc::<Mutex<_>>::default();
        let (database, seen) = (database.named("tenon, who blocks the heal"), Arc::clone(&last));
        let events = Arc::clone(events);
        let task = tokio::spawn(async move {
            tokio::time::sleep(first).await;
            let client = match database.connect().await {
                Ok((client, _)) => client,
                Err(error) => {
                    tracing::debug!("it cannot be seen who blocks the heal: {}", chain(&error));
                    return;
                }
            };
            let mut told: Option<LockWait> = None;
            let mut asked: Option<Instant> = None;
            loop {
                if asked.is_none_or(|at| at.elapsed() >= STOP) {
                    stop.heed(&client, &database).await;
                    asked = Some(Instant::now());
                }
                let look = async { Ok(lock_wait::of_process(&client, process).await?) };
                let wait = match database.bounds().read::<_, Unanswered>(&client, look).await {
                    Ok(wait) => wait,
                    Err(error) => {
                        tracing::debug!("it cannot be seen who blocks the heal: {}", chain(&error));
                        return;
                    }
                };
                match &wait {
                    Some(wait) if told.as_ref() != Some(wait) => {
                        events(&HealEvent::Blocked { wait: wait.clone() });
                    }
                    None if told.is_some() => events(&HealEvent::Unblocked),
                    _ => {}
                }
                if let Some(wait) = &wait {
                    *seen.lock_unpoisoned() = Some((Instant::now(), wait.clone()));
                }
                told = wait;
                tokio::time::sleep(every).await;
            }
        });
        Some(Self { last, every, task })
    }

    /// Puts to a failure what was waited for, and for whom, if that was so when it came about.
    pub(super) fn name(&self, failure: &mut HealFailure) {
        // lock_not_available, and query_canceled by a statement's own timeout.
        if !matches!(failure.sqlstate.as_deref(), Some("55P03" | "57014")) {
            return;
        }
        let last = self.last.lock_unpoisoned().take();
        // The look itself takes its time where the server is busy.
        let lately = self.every * 3 + Duration::from_millis(500);
        let Some((_, wait)) = last.filter(|(at, _)| at.elapsed() < lately) else { return };
        let told = format!("it waited for {wait}");
        failure.detail = Some(match failure.detail.take() {
            Some(detail) => format!("{detail}; {told}"),
            None => told,
        });
    }
}

impl Drop for Blockers {
    fn drop(&mut self) {
        self.task.abort();
    }
}
