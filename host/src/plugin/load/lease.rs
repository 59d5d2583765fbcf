//! What is lent for a while to a thread that may never give it back: who has it, decided once.
//!
//! A lease is held, and ends in one of two ways: its holder returns it, or the owner revokes it. Whichever
//! comes first holds. What was lent is closed by whoever is the last to touch a lease that was revoked.

use std::sync::PoisonError;

use super::sync::atomic::{AtomicU8, Ordering};
use super::sync::{Mutex, MutexGuard};

/// What can be lent.
pub(super) trait Lendable {
    /// Puts an end to it: nobody gets it any more.
    fn close(self);
}

/// What is lent, with what its holder notes while it has it.
pub(super) struct Lease<L, N> {
    state: AtomicU8,
    held: Mutex<Held<L, N>>,
}

struct Held<L, N> {
    /// `None` once it was closed or returned.
    lent: Option<L>,
    notes: N,
}

/// The states of a lease. Nothing leads out of the latter two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Held,
    Returned,
    Revoked,
}

/// Whether what was lent can be used once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Keep,
    Close,
}

impl<L: Lendable, N: Default> Lease<L, N> {
    pub(super) fn new(lent: L) -> Self {
        let held = Held { lent: Some(lent), notes: N::default() };
        Self { state: AtomicU8::new(State::Held as u8), held: Mutex::new(held) }
    }

    /// Uses what is lent, if the lease still holds. It is closed behind that if it is to be, or was revoked
    /// meanwhile.
    pub(super) fn with<T>(&self, work: impl FnOnce(&L, &N) -> (T, Keep)) -> Option<T> {
        let mut held = self.lock();
        let lent = held.lent.as_ref().filter(|_| !self.is_revoked())?;
        let (done, keep) = work(lent, &held.notes);
        if keep == Keep::Close || self.is_revoked() {
            close(&mut held);
        }
        Some(done)
    }

    /// Returns it, unless it was revoked before or it is too late: then it is closed. Gives it, if it is
    /// there, and the notes.
    pub(super) fn give_back(&self, in_time: bool) -> (Option<L>, N) {
        let mut held = self.lock();
        if !(in_time && self.ends(State::Returned)) {
            close(&mut held);
        }
        (held.lent.take(), std::mem::take(&mut held.notes))
    }

    /// Revokes it: every later use is refused. Says whether it is revoked, and so was not returned before. To
    /// be called once more if the holder does not return: it may have looked a moment before.
    pub(super) fn revoke(&self) -> bool {
        let revoked = self.ends(State::Revoked);
        if revoked && let Ok(mut held) = self.held.try_lock() {
            close(&mut held);
        }
        revoked
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.state.load(Ordering::Acquire) == State::Revoked as u8
    }

    /// Whether it has ended in this way, now or before.
    fn ends(&self, state: State) -> bool {
        let (held, state) = (State::Held as u8, state as u8);
        let before = self.state.compare_exchange(held, state, Ordering::AcqRel, Ordering::Acquire);
        before.map_or_else(|was| was == state, |_| true)
    }

    fn lock(&self) -> MutexGuard<'_, Held<L, N>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close<L: Lendable, N>(held: &mut Held<L, N>) {
    if let Some(lent) = held.lent.take() {
        lent.close();
    }
}
