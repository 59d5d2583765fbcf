//! A bounded queue into which many put and out of which many take. One that comes wakes one who waits, and no
//! more: with a channel behind a lock, which has one take and the others wait for the lock, each would wake two.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What waits, in its order.
#[derive(Debug)]
pub(super) struct Queue<T> {
    most: usize,
    waiting: Mutex<Waiting<T>>,
    more: Condvar,
}

#[derive(Debug)]
struct Waiting<T> {
    items: VecDeque<T>,
    is_closed: bool,
}

impl<T> Queue<T> {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        let waiting = Waiting { items: VecDeque::new(), is_closed: false };
        Self { most, waiting: Mutex::new(waiting), more: Condvar::new() }
    }

    /// Adds one. Gives it back when there is no room.
    pub(super) fn put(&self, item: T) -> Result<(), T> {
        let mut waiting = self.lock();
        if waiting.items.len() >= self.most {
            return Err(item);
        }
        waiting.items.push_back(item);
        drop(waiting);
        self.more.notify_one();
        Ok(())
    }

    /// Waits for one. `None` when none will come any more.
    pub(super) fn take(&self) -> Option<T> {
        let mut waiting = self.lock();
        loop {
            if let Some(item) = waiting.items.pop_front() {
                return Some(item);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that no more will come.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.more.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
