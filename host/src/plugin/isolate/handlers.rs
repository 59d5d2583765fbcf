//! The handlers of this process's signals: nobody's but the host's, whatever a library does while it is
//! opened.
//!
//! With the filter no plugin changes that at any time. Where the kernel enforces none, what was changed
//! while a library was opened is put back.
#![expect(unsafe_code, reason = "signal handlers have no safe interface")]

use std::mem::MaybeUninit;
use std::ptr;

use libc::{c_int, sigaction};

/// The largest number of a signal (`_NSIG`).
const LAST: c_int = 64;

/// What the C library adds whenever it sets one.
const SA_RESTORER: c_int = 0x0400_0000;

/// The handlers of all signals at some moment.
pub(crate) struct Handlers(Vec<(c_int, sigaction)>);

impl Handlers {
    /// The handlers as they are. What the C library keeps for itself it does not show.
    pub(crate) fn now() -> Self {
        Self((1..=LAST).filter_map(|signal| Some((signal, handler(signal)?))).collect())
    }

    /// Puts back those that were changed meanwhile, and gives their signals.
    pub(crate) fn put_back(&self) -> Vec<c_int> {
        let mut changed = Vec::new();
        for (signal, former) in &self.0 {
            if handler(*signal).is_none_or(|now| is_same(&now, former)) {
                continue;
            }
            // SAFETY: the kernel reads what it once gave.
            unsafe { libc::sigaction(*signal, former, ptr::null_mut()) };
            changed.push(*signal);
        }
        changed
    }
}

fn handler(signal: c_int) -> Option<sigaction> {
    let mut action = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: all zero is a `sigaction`, which the kernel fills.
    unsafe { (libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0).then(|| action.assume_init()) }
}

fn is_same(one: &sigaction, other: &sigaction) -> bool {
    let flags = |action: &sigaction| action.sa_flags & !SA_RESTORER;
    one.sa_sigaction == other.sa_sigaction && flags(one) == flags(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_put_back_and_told() {
        extern "C" fn nothing(_: c_int) {}
        let before = Handlers::now();
        assert!(before.put_back().is_empty());
        let handle: extern "C" fn(c_int) = nothing;
        // SAFETY: the handler does nothing.
        unsafe {
            libc::signal(libc::SIGWINCH, handle as usize);
            libc::signal(libc::SIGURG, libc::SIG_IGN);
        }
        assert_eq!(before.put_back(), [libc::SIGURG, libc::SIGWINCH]);
        assert!(before.put_back().is_empty());
        assert_eq!(handler(libc::SIGWINCH).unwrap().sa_sigaction, libc::SIG_DFL);
    }
}
