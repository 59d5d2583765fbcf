//! Noticing that the server no longer answers, although the connection looks sound.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::StatementTimeout;

/// How much longer than a statement may run an answer may take.
const GRACE: Duration = Duration::from_secs(30);

/// When something was last heard of the heal.
#[derive(Debug)]
pub(super) struct Watchdog {
    heard: Mutex<Instant>,
    /// Without a limit for statements there is none for answers.
    limit: Option<Duration>,
}

impl Watchdog {
    pub(super) fn new(statement: StatementTimeout) -> Self {
        let limit = (!statement.0.is_zero()).then(|| statement.0.saturating_add(GRACE));
        Self { heard: Mutex::new(Instant::now()), limit }
    }

    /// Something was heard.
    pub(super) fn pat(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Ends once nothing was heard for too long, and gives how long that is.
    pub(super) async fn bark(&self) -> Duration {
        let Some(limit) = self.limit else { return std::future::pending().await };
        loop {
            let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(left) = limit.checked_sub(heard.elapsed()) else { return limit };
            tokio::time::sleep(left.max(Duration::from_millis(10))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_barks_after_a_silence_and_not_before() {
        let watchdog = Watchdog { heard: Mutex::new(Instant::now()), limit: Some(Duration::ZERO) };
        assert_eq!(watchdog.bark().await, Duration::ZERO);
        let patient = Watchdog::new(StatementTimeout(Duration::ZERO));
        assert!(tokio::time::timeout(Duration::from_millis(20), patient.bark()).await.is_err());
    }
}
