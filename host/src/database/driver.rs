//! Driving a connection: a task of the runtime moves its messages, or the thread that waits for an answer
//! does.
//!
//! With a task, a thread that may block wakes the task to send, and is woken by it when the answer is there.
//! Inline it does both by itself, which spares two changes of threads for every statement.

#[cfg(test)]
mod all_orders;
#[cfg(test)]
mod tests;
mod turns;

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tokio_postgres::Connection;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use self::turns::{Switch, Turns};
use super::socket::{DeadlineExceeded, SharedSocket, SwitchableStream};

/// The types that [`turns`] is made of; the model of all orders has others.
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard};

    pub(super) use futures_util::task::AtomicWaker;
}

/// A connection over a socket of ours.
pub(crate) type OwnConnection =
    Connection<SwitchableStream, <MakeRustlsConnect as MakeTlsConnect<SwitchableStream>>::Stream>;

/// One connection, and what moves its messages.
pub(crate) struct ConnectionDriver {
    turns: Turns<Arc<SharedSocket>, Box<OwnConnection>>,
    waker: Arc<InlineWaker>,
}

impl Switch for Arc<SharedSocket> {
    fn is_inline(&self) -> bool {
        SharedSocket::is_inline(self)
    }

    fn set_inline(&self, is_inline: bool) {
        SharedSocket::set_inline(self, is_inline);
    }
}

/// Whether something has happened with which a thread that drives inline can go on.
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
        f.debug_struct("ConnectionDriver").field("socket", self.turns.switch()).finish_non_exhaustive()
    }
}

impl ConnectionDriver {
    pub(crate) fn new(socket: Arc<SharedSocket>, connection: OwnConnection) -> Arc<Self> {
        Arc::new(Self { turns: Turns::new(socket, Box::new(connection)), waker: Arc::default() })
    }

    /// The task: moves the messages whenever it is its turn, until the connection ends.
    pub(crate) async fn run(self: Arc<Self>) {
        std::future::poll_fn(|context| self.turns.poll_task(context, drive)).await;
    }

    /// Leaves the connection to the task.
    pub(crate) fn drive_by_task(&self) {
        self.turns.to_task();
    }

    /// Drives inline what can be moved without waiting, and says whether the server has closed the
    /// connection. The task may not have been told yet. It stays this thread's turn.
    pub(crate) fn drive_and_see_end(&self) -> bool {
        let mut connection = self.turns.to_thread(true);
        drive(&mut connection, &mut Context::from_waker(Waker::noop()));
        connection.is_none()
    }

    /// Does what can be done at once of some work that waits for nothing but this connection.
    pub(crate) fn start<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.waker));
        let mut context = Context::from_waker(&waker);
        let mut connection = self.turns.to_thread(false);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
                return Some(done);
            }
            self.waker.0.store(false, Ordering::Release);
            // All that the work has asked for by now goes out at once.
            drive(&mut connection, &mut context);
            if !self.waker.0.swap(false, Ordering::AcqRel) {
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
            self.turns.switch().wait(deadline)?;
        }
    }
}

/// Sends what is to be sent, and hands out what has come. Drops a connection that has ended: whoever waits
/// for an answer over it gets an error then.
fn drive(connection: &mut Option<Box<OwnConnection>>, context: &mut Context<'_>) {
    let Some(moved) = connection else { return };
    if let Poll::Ready(ended) = Pin::new(moved.as_mut()).poll(context) {
        if let Err(error) = ended {
            tracing::debug!("a pooled connection ended: {}", crate::support::errors::chain(&error));
        }
        *connection = None;
    }
}
