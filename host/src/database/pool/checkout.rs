//! Taking a session out of the pool, and giving it back: what its last user may have left there is taken
//! back by then, or soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::Timeouts;
use tokio::runtime::Handle;

use super::{Pool, PoolError, PooledConnection, RECYCLE_TIMEOUT, SWEPT_AFTER, SessionResidue};

/// A session for the host, or for a plugin.
pub async fn session(
    pool: &Pool,
    timeouts: &Timeouts,
    plugin: Option<&str>,
) -> Result<PooledConnection, PoolError> {
    loop {
        let mut session = pool.timeout_get(timeouts).await?;
        if session.begin_use(plugin) {
            return Ok(session);
        }
        match tokio::time::timeout(RECYCLE_TIMEOUT, Box::pin(session.reset())).await {
            Ok(Ok(())) => return Ok(session),
            // There may be others, or a new one, or the server says why not.
            Ok(Err(error)) => {
                tracing::debug!(
                    "a pooled connection could not be cleaned: {}",
                    crate::support::errors::chain(&error)
                );
            }
            Err(_) => tracing::debug!("a pooled connection could not be cleaned: the server does not answer"),
        }
        drop(PooledConnection::take(session));
    }
}

/// Gives a session back, left like this. What a plugin may have left there is taken back when the next user
/// is another, and else soon.
pub fn give_back(mut session: PooledConnection, left: SessionResidue) {
    let sweeps = matches!(left, SessionResidue::By(_)) && !session.sweep.is_set.swap(true, Ordering::AcqRel);
    session.end_use(left);
    if sweeps && let Some(pool) = PooledConnection::pool(&session) {
        let sweep = Arc::clone(&session.sweep);
        session.sweep.runtime.spawn(async move {
            tokio::time::sleep(SWEPT_AFTER).await;
            sweep.is_set.store(false, Ordering::Release);
            clean_idle(&pool).await;
        });
    }
}

/// Cleans the sessions that nobody uses.
async fn clean_idle(pool: &Pool) {
    let at_once = Timeouts { wait: Some(Duration::ZERO), create: Some(Duration::ZERO), ..pool.timeouts() };
    let mut idle = Vec::new();
    for _ in 0..pool.status().available {
        idle.extend(session(pool, &at_once, None).await.ok());
    }
    for session in idle {
        // None of them was used.
        give_back(session, SessionResidue::Clean);
    }
}

/// Whether idle sessions are to be cleaned soon, and where.
#[derive(Debug)]
pub(super) struct IdleCleanup {
    pub(super) is_set: AtomicBool,
    pub(super) runtime: Handle,
}
