//! The thread that owns the server process.
//!
//! The kernel ties the server to the *thread* that started it (`die_with_parent` of
//! `support/child_process/unix.rs`); a runtime's worker threads come and go, so the server has one of its
//! own, named `tenon-postgres`. It also notices when the server ends, whoever's it was, and starts it again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::ManagedError;
use super::server::Server;
use super::{ManagedOptions, Shared};
use crate::database::connect::Databases;
use crate::support::errors;

/// How often the supervisor looks whether the server still runs.
const WATCH: Duration = Duration::from_millis(200);
/// The longest pause between two attempts to start a server again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Supervisor {
    /// Says how long the server may take. Dropped unsaid, the server is dropped.
    stop: Option<oneshot::Sender<Duration>>,
    patience: Duration,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    pub(super) async fn start(
        options: ManagedOptions,
        shared: Arc<Shared>,
    ) -> Result<(Self, Databases), ManagedError> {
        let (stop, stopped) = oneshot::channel();
        let (report, started) = oneshot::channel();
        let patience = options.stop_timeout;
        let thread = std::thread::Builder::new()
            .name("tenon-postgres".to_owned())
            .spawn(move || run(&options, &shared, report, stopped))
            .map_err(ManagedError::Thread)?;
        let supervisor = Self { stop: Some(stop), patience, thread: Some(thread) };
        // If this future is dropped, so is `supervisor`, and the thread ends whatever it has begun.
        let databases = started.await.map_err(|_| ManagedError::ThreadEnded)??;
        Ok((supervisor, databases))
    }

    pub(super) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself, then there is nothing to stop.
            let _ = stop.send(self.patience);
        }
        if let Some(thread) = self.thread.take() {
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(
    options: &ManagedOptions,
    shared: &Shared,
    report: oneshot::Sender<Result<Databases, ManagedError>>,
    mut stopped: oneshot::Receiver<Duration>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(report.send(Err(ManagedError::Thread(error)))),
    };
    runtime.block_on(async {
        let started = tokio::select! {
            started = Server::start_or_adopt(options) => started,
            _ = &mut stopped => return,
        };
        let mut server = match started {
            Ok(server) => server,
            Err(error) => return drop(report.send(Err(error))),
        };
        shared.publish(&server);
        if report.send(Ok(server.databases.clone())).is_err() {
            return;
        }
        loop {
            tokio::select! {
                patience = &mut stopped => {
                    // Dropped unsaid: its own Drop ends the server's process.
                    if let Ok(patience) = patience {
                        server.process.stop(patience);
                    }
                    return;
                }
                () = until_ended(&mut server) => {}
            }
            tokio::select! {
                _ = &mut stopped => return,
                next = again(options) => server = next,
            }
            shared.publish(&server);
        }
    });
}

async fn until_ended(server: &mut Server) {
    loop {
        if let Some(status) = server.process.ended() {
            let status = status.map(|status| status.to_string());
            tracing::warn!(
                pid = server.process.pid,
                adopted = server.process.adopted(),
                status,
                "the managed database ended; starting it again"
            );
            return;
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Tries until it works; meanwhile the database is simply unreachable.
async fn again(options: &ManagedOptions) -> Server {
    let mut pause = Duration::from_millis(250);
    loop {
        match Server::start_or_adopt(options).await {
            Ok(server) => {
                tracing::info!(
                    pid = server.process.pid,
                    adopted = server.process.adopted(),
                    "the managed database runs again"
                );
                return server;
            }
            Err(error) => {
                tracing::error!(error = errors::chain(&error), "the managed database does not start");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

impl Shared {
    fn publish(&self, server: &Server) {
        self.adopted.store(server.process.adopted(), Ordering::Relaxed);
        self.pid.store(server.process.pid, Ordering::Relaxed);
    }
}
