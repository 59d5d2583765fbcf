//! What is learned of the calls of a route, so that the next ones cost less.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8};

/// Whether the calls of a route have sent one statement each, which reads and leaves nothing behind, as far
/// as is known. Such a statement need not be sent in a transaction: it is one.
#[derive(Debug, Clone, Default)]
pub struct ReadPredictor(Arc<AtomicU8>);

impl ReadPredictor {
    const ONE: u8 = 1;
    const MORE: u8 = 2;

    /// Whether the next call is likely to be like that too.
    pub fn is_one_reading(&self) -> bool {
        self.0.load(Relaxed) == Self::ONE
    }

    /// Learns from a call. What was otherwise once is expected to be so again.
    pub fn observe(&self, one_read: bool) {
        if one_read {
            let _ = self.0.compare_exchange(0, Self::ONE, Relaxed, Relaxed);
        } else if self.0.load(Relaxed) != Self::MORE {
            self.0.store(Self::MORE, Relaxed);
        }
    }
}

/// Something that holds or not of the calls of a route, or of all routes that share it. It does not unless
/// that is known.
#[derive(Debug, Clone, Default)]
pub struct SharedFlag(Arc<AtomicBool>);

impl SharedFlag {
    pub fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    pub fn set(&self, holds: bool) {
        self.0.store(holds, Relaxed);
    }
}
