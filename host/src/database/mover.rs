//! Moving a connection's messages: by a task of the runtime, or by the thread that waits for an answer.
//!
//! With a task, a thread that may block wakes the task to send, and is woken by it when the answer is there. By hand
//! it does both by itself, which spares two changes of threads for every statement.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use futures_util::task::AtomicWaker;
use tokio_postgres::Connection;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::wire::{DeadlineExceeded, SharedSocket, SwitchableStream};
use crate::support::lock::LockExt;

/// A connection over a wire of ours.
pub(crate) type OwnConnection =
    Connection<SwitchableStream, <MakeRustlsConnect as MakeTlsConnect<SwitchableStream>>::Stream>;

/// One connection, and whose turn it is to move its messages.
pub(crate) struct ConnectionDriver {
    line: Arc<SharedSocket>,
    /// `None` once it has ended.
    connection: Mutex<Option<Box<OwnConnection>>>,
    /// The task, to be woken when it is its turn.
    task: AtomicWaker,
    hand: Arc<InlineWaker>,
}

/// Whether something has happened with which the hand can go on.
#[derive(Debug, Default)]
struct InlineWaker(AtomicBool);

impl Wake for InlineWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl std::fmt::Debug for ConnectionDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mover").field("line", &self.line).finish_non_exhaustive()
    }
}

impl ConnectionDriver {
    pub(crate) fn new(line: Arc<SharedSocket>, connection: OwnConnection) -> Arc<Self> {
        let connection = Mutex::new(Some(Box::new(connection)));
        Arc::new(Self { line, connection, task: AtomicWaker::new(), hand: Arc::default() })
    }

    /// The task: moves the messages whenever it is its turn, until the connection ends.
    pub(crate) async fn run(self: Arc<Self>) {
        std::future::poll_fn(|context| {
            self.task.register(context.waker());
            let mut connection = self.lock();
            // Looked at under the lock: what is read by the task is not seen by who waits by hand.
            if connection.is_some() && self.line.is_by_hand() {
                return Poll::Pending;
            }
            go_on(&mut connection, context);
            if connection.is_some() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// Leaves it to the task.
    pub(crate) fn by_task(&self) {
        if self.line.is_by_hand() {
            let connection = self.lock();
            self.line.set_by_hand(false);
            drop(connection);
            self.task.wake();
        }
    }

    /// Whether the server has closed the connection, as far as is known without waiting. Looked for by hand: the
    /// task may not have been told yet.
    pub(crate) fn has_ended(&self) -> bool {
        let mut connection = self.lock();
        // Also where it is by hand already: what was not readable may be now.
        self.line.set_by_hand(true);
        go_on(&mut connection, &mut Context::from_waker(Waker::noop()));
        connection.is_none()
    }

    /// Does what can be done at once of some work that waits for nothing but this connection.
    pub(crate) fn start<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.hand));
        let mut context = Context::from_waker(&waker);
        let mut connection = self.lock();
        if !self.line.is_by_hand() {
            self.line.set_by_hand(true);
        }
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
                return Some(done);
            }
            self.hand.0.store(false, Ordering::Release);
            // All that the work has asked for by now goes out at once.
            go_on(&mut connection, &mut context);
            if !self.hand.0.swap(false, Ordering::AcqRel) {
                return None;
            }
        }
    }

    /// Does the work, on this thread, which blocks until it is done or the deadline has passed.
    pub(crate) fn wait<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, DeadlineExceeded> {
        let mut work = pin!(work);
        loop {
            if let Some(done) = self.start(work.as_mut()) {
                return Ok(done);
            }
            self.line.wait(deadline)?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<OwnConnection>>> {
        self.connection.lock_unpoisoned()
    }
}

/// Sends what is to be sent, and hands out what has come. An ended connection is dropped, which whoever waits for an
/// answer over it is told by.
fn go_on(connection: &mut Option<Box<OwnConnection>>, context: &mut Context<'_>) {
    let Some(moved) = connection else { return };
    if let Poll::Ready(ended) = Pin::new(moved.as_mut()).poll(context) {
        if let Err(error) = ended {
            tracing::debug!("a pooled connection ended: {}", crate::support::errors::chain(&error));
        }
        *connection = None;
    }
}

#[cfg(test)]
mod tests;
