//! A bounded queue into which many put and out of which a plugin's threads take. One that comes wakes one
//! thread that waits, if any does: the one that came last, whose memory the processor still has at hand.

use crate::support::lock::LockExt;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Thread};

/// What waits, in its order.
#[derive(Debug)]
pub(super) struct Queue<T> {
    most: usize,
    waiting: Mutex<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    items: VecDeque<T>,
    /// How many threads have come for one and have none yet.
    free: usize,
    /// The free threads that nobody has woken, the last to be woken first.
    idle: Vec<Thread>,
    is_closed: bool,
}

impl<T> Queue<T> {
    /// Room for so many besides those for which a thread is free.
    pub(super) fn new(most: usize) -> Self {
        let waiting = Waiting { items: VecDeque::new(), free: 0, idle: Vec::new(), is_closed: false };
        Self { most, waiting: Mutex::new(waiting) }
    }

    /// Adds one. Gives it back when there is no room.
    pub(super) fn put(&self, item: T) -> Result<(), T> {
        let mut waiting = self.lock();
        if waiting.items.len() >= self.most + waiting.free {
            return Err(item);
        }
        waiting.items.push_back(item);
        let woken = waiting.idle.pop();
        drop(waiting);
        if let Some(thread) = woken {
            thread.unpark();
        }
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
            waiting.free += 1;
            waiting.idle.push(thread::current());
            drop(waiting);
            thread::park();
            waiting = self.lock();
            waiting.free -= 1;
            // It may have been woken by nobody.
            waiting.idle.retain(|idle| idle.id() != thread::current().id());
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Says that no more will come.
    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.idle.drain(..).for_each(|thread| thread.unpark());
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock_unpoisoned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn there_is_room_for_the_threads_that_are_free_and_for_as_many_as_may_wait() {
        let queue = Arc::new(Queue::new(1));
        let (has_taken, taken) = channel();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (queue, has_taken) = (Arc::clone(&queue), has_taken.clone());
                thread::spawn(move || has_taken.send(queue.take()).unwrap())
            })
            .collect();
        while queue.lock().idle.len() < 2 {
            thread::yield_now();
        }
        // However long those that are woken take to come.
        assert_eq!([1, 2, 3].map(|item| queue.put(item)), [Ok(()); 3]);
        assert_eq!(queue.put(4), Err(4));
        let mut both = [(); 2].map(|()| taken.recv().unwrap());
        both.sort_unstable();
        assert_eq!(both, [Some(1), Some(2)]);
        assert_eq!(queue.len(), 1);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn the_thread_that_came_last_is_woken() {
        let queue = Arc::new(Queue::new(1));
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let comes = Arc::clone(&queue);
                let thread = thread::spawn(move || comes.take());
                while queue.lock().idle.len() <= number {
                    thread::yield_now();
                }
                thread
            })
            .collect();
        queue.put(7).unwrap();
        while queue.lock().free == 3 {
            thread::yield_now();
        }
        queue.close();
        let taken: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(taken, [None, None, Some(7)]);
    }

    #[test]
    fn a_thread_that_is_woken_by_nobody_waits_on_and_all_end_with_the_queue() {
        let queue = Arc::new(Queue::new(1));
        let waits = Arc::clone(&queue);
        let thread = thread::spawn(move || [waits.take(), waits.take()]);
        for _ in 0..100 {
            thread.thread().unpark();
            thread::yield_now();
        }
        queue.put(7).unwrap();
        queue.close();
        assert_eq!(thread.join().unwrap(), [Some(7), None]);
        let waiting = queue.lock();
        assert_eq!((waiting.free, waiting.idle.len()), (0, 0));
    }
}
