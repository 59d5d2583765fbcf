//! Ending in order: the first signal asks, the second one insists.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::exit::Exit;

/// How long an orderly end may take, the managed database's own apart.
const BOUND: Duration = Duration::from_secs(10);

/// SIGINT and SIGTERM, caught from now on.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the first signal. From then on a second one ends the process, whose managed database
    /// ends with it.
    pub(crate) async fn first(mut self) {
        self.next().await;
        tracing::info!("stopping");
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(Exit::Failed.code().into());
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits for the end of `work`, but no longer than the bound.
pub(super) async fn within_bound(what: &str, work: impl Future) {
    if tokio::time::timeout(BOUND, work).await.is_err() {
        tracing::warn!("{what} did not end within {} s and is left behind", BOUND.as_secs());
    }
}
