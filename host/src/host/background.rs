//! A task of the host that looks for work, waits until there may be some, and is asked to stop.

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// What others say to the task, and what it has said last.
#[derive(Debug, Default)]
pub(super) struct BackgroundTask {
    wake: Notify,
    stops: AtomicBool,
    /// What was logged last of why it does not go on.
    trouble: Mutex<Option<String>>,
}

impl BackgroundTask {
    /// Has it look: there may be work.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until somebody has it look.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Has it begin nothing more.
    pub(super) fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
        self.wake();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }

    /// Notes that it goes on.
    pub(super) fn goes_on(&self) {
        self.trouble.lock_unpoisoned().take();
    }

    /// Logs why something waits: once, until that is another reason.
    pub(super) fn waits(&self, what: &str, error: &(dyn Error + 'static)) {
        let told = chain(error);
        let mut trouble = self.trouble.lock_unpoisoned();
        if trouble.as_ref() != Some(&told) {
            tracing::warn!("{what} wait on this host: {told}");
            *trouble = Some(told);
        }
    }
}
