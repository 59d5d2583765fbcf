//! A span of time in whole milliseconds.

use std::time::Duration;

/// In whole milliseconds; the most that fit where there are more.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
