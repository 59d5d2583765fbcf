//! How long a plugin's threads have been on a processor: not counted on Windows, and told by nobody.

use std::sync::Arc;
use std::time::Duration;

/// The threads of one plugin.
#[derive(Debug, Default)]
pub(super) struct CpuTime;

/// What would count one thread's time.
#[derive(Debug)]
pub(super) struct CpuTimeGuard;

impl CpuTime {
    /// Counts nothing.
    pub(super) fn begin(self: &Arc<Self>) -> CpuTimeGuard {
        CpuTimeGuard
    }

    /// What all of them have spent: not known.
    pub(super) fn total(&self) -> Option<Duration> {
        None
    }
}
