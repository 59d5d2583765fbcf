//! The sessions that keep a heal waiting. They are asked for over another session while it waits, since
//! afterwards nobody can say what it waited for.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::HealFailure;
use crate::config::LockTimeout;
use crate::database::bounds::{Bounds, Unanswered};
use crate::database::connect::Database;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// When the first look is taken, and how long after each the next, at least and at most: a heal that is over
/// by then needs no other session.
const FIRST: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
const NEXT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// Looks at a session again and again, until it is dropped.
#[derive(Debug)]
pub(super) struct Blockers {
    last: Arc<Mutex<Option<(Instant, String)>>>,
    every: Duration,
    task: JoinHandle<()>,
}

impl Blockers {
    /// Begins to look at the session of this process, often enough to see a wait of this length.
    pub(super) fn of(database: &Database, process: Option<i32>, timeout: LockTimeout) -> Option<Self> {
        let process = process.filter(|_| !timeout.0.is_zero())?;
        let first = (timeout.0 / 4).clamp(FIRST.0, FIRST.1);
        let every = (timeout.0 / 20).clamp(NEXT.0, NEXT.1);
        let last = Arc::<Mutex<_>>::default();
        let (database, seen) = (database.named("tenon, who blocks the heal"), Arc::clone(&last));
        let task = tokio::spawn(async move {
            tokio::time::sleep(first).await;
            let client = match database.connect().await {
                Ok((client, _)) => client,
                Err(error) => {
                    tracing::debug!("it cannot be seen who blocks the heal: {}", chain(&error));
                    return;
                }
            };
            loop {
                match look(&client, database.bounds(), process).await {
                    Ok(Some(told)) => {
                        *seen.lock_unpoisoned() = Some((Instant::now(), told));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!("it cannot be seen who blocks the heal: {}", chain(&error));
                        return;
                    }
                }
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
        let Some((_, told)) = last.filter(|(at, _)| at.elapsed() < lately) else { return };
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

async fn look(client: &Client, bounds: Bounds, process: i32) -> Result<Option<String>, Unanswered> {
    let process = [(&process as _, Type::INT4)];
    let asked = async { Ok(client.query_typed(include_str!("sql/who_blocks.sql"), &process).await?) };
    let rows = bounds.read::<_, Unanswered>(client, asked).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (mode, object): (String, String) = (row.try_get("mode")?, row.try_get("object")?);
    let who = row
        .try_get::<_, Option<String>>("who")?
        .unwrap_or_else(|| "somebody who is gone holds it".to_owned());
    Ok(Some(format!("it waited for {mode} on {object}: {who}")))
}
