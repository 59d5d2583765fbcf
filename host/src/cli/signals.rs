//! Ending in order: the first signal asks, the second one insists.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Exit;

/// How long an orderly end may take, the managed database's own apart.
const BOUND: Duration = Duration::from_secs(10);

/// SIGINT and SIGTERM, caught from now on.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the first signal. From then on a second one ends the process, whose managed database
    /// ends with it.
    pub(super) async fn first(mut self) {
        let signal = self.next().await;
        tracing::info!("stopping: {signal}");
        tokio::spawn(async move {
            self.next().await;
            Exit::Failed.end();
        });
    }

    /// Waits for the next signal, and gives its name.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// Waits for the end of `work`, but no longer than the bound.
pub(super) async fn within_bound(what: &str, work: impl Future) {
    if tokio::time::timeout(BOUND, work).await.is_err() {
        tracing::warn!("{what} did not end within {} s and is left behind", BOUND.as_secs());
    }
}
