//! The turns of a runtime's task and of a thread that waits by itself: which of them moves a connection's
//! messages.
//!
//! Whoever moves holds the lock. The task looks whose turn it is only while it holds it, and after it has
//! said whom to wake, so that a turn handed to it is never missed.

use std::sync::PoisonError;
use std::task::{Context, Poll};

use super::sync::{AtomicWaker, Mutex, MutexGuard};

/// Where the turn is noted: the socket has to know it too.
pub(super) trait Switch {
    fn is_inline(&self) -> bool;
    /// Notes who is next. Called under the lock.
    fn set_inline(&self, is_inline: bool);
}

/// A connection, and whose turn it is.
pub(super) struct Turns<S, C> {
    switch: S,
    /// `None` once it has ended.
    connection: Mutex<Option<C>>,
    /// The task, to be woken when it is its turn.
    task: AtomicWaker,
}

impl<S: Switch, C> Turns<S, C> {
    pub(super) fn new(switch: S, connection: C) -> Self {
        Self { switch, connection: Mutex::new(Some(connection)), task: AtomicWaker::new() }
    }

    pub(super) fn switch(&self) -> &S {
        &self.switch
    }

    /// Polls as the task: `drive` is called when it is its turn. Ready when the connection has ended.
    pub(super) fn poll_task(
        &self,
        context: &mut Context<'_>,
        drive: impl FnOnce(&mut Option<C>, &mut Context<'_>),
    ) -> Poll<()> {
        self.task.register(context.waker());
        let mut connection = self.lock();
        // What the task has read would not be seen by a thread that waits by itself.
        if connection.is_some() && self.switch.is_inline() {
            return Poll::Pending;
        }
        drive(&mut connection, context);
        if connection.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Makes it the task's turn.
    pub(super) fn to_task(&self) {
        if self.switch.is_inline() {
            let connection = self.lock();
            self.switch.set_inline(false);
            drop(connection);
            self.task.wake();
        }
    }

    /// Makes it this thread's turn, and gives it the connection. With `anew` the socket is looked at once
    /// more even where it was this thread's turn already: what could not be read before may be readable now.
    pub(super) fn to_thread(&self, anew: bool) -> MutexGuard<'_, Option<C>> {
        let connection = self.lock();
        if anew || !self.switch.is_inline() {
            self.switch.set_inline(true);
        }
        connection
    }

    fn lock(&self) -> MutexGuard<'_, Option<C>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
