//! Ending in order: the first signal asks, the second one insists. What else would end the process is caught.

#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(windows, path = "signals/windows.rs")]
mod system;

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use super::exit::Exit;
use crate::plugin::isolate;
use system::{Signal, caught};

/// How long an orderly end may take, the managed database's own apart.
const BOUND: Duration = Duration::from_secs(10);

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    End,
    #[cfg_attr(windows, expect(dead_code, reason = "nothing asks for it there"))]
    Reload,
    Nothing,
}

/// What somebody asks a server for.
#[derive(Debug)]
pub(super) enum Asked {
    /// To end; with the name of the signal.
    End(String),
    /// To read its configuration again.
    Reload,
}

/// Every signal that would end the process, caught from now on.
#[derive(Debug)]
pub(super) struct Signals(Vec<(Signal, Meaning, String)>);

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        caught().map(Self)
    }

    /// From now on the next signal that asks for an end ends the process, whose managed database ends with
    /// it.
    pub(super) fn insist(mut self) {
        tokio::spawn(async move {
            self.next().await;
            Exit::Failed.end();
        });
    }

    /// Waits for the next signal that asks for an end, and gives its name. Others are told in the log.
    pub(super) async fn next(&mut self) -> String {
        loop {
            match self.asked().await {
                Asked::End(name) => return name,
                Asked::Reload => tracing::warn!("SIGHUP was sent, which means nothing to this command"),
            }
        }
    }

    /// Waits for the next signal that asks for something. Others are told in the log.
    pub(super) async fn asked(&mut self) -> Asked {
        loop {
            match self.any().await {
                (Meaning::End, name) => {
                    // However it ends from now on: somebody wished it.
                    isolate::end_in_order();
                    return Asked::End(name);
                }
                (Meaning::Reload, _) => return Asked::Reload,
                (Meaning::Nothing, name) => {
                    tracing::warn!("{name} was sent, which means nothing to Tenon");
                }
            }
        }
    }

    async fn any(&mut self) -> (Meaning, String) {
        poll_fn(|context| {
            let come = self.0.iter_mut().find_map(|(signal, meaning, name)| {
                signal.poll_recv(context).is_ready().then(|| (*meaning, name.clone()))
            });
            come.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Waits for the end of `work`, but no longer than the bound.
pub(super) async fn within_bound(what: &str, work: impl Future) {
    if tokio::time::timeout(BOUND, work).await.is_err() {
        tracing::warn!("{what} did not end within {} s and is left behind", BOUND.as_secs());
    }
}
