//! Three panics in ten minutes are too many.

use crate::support::lock::LockExt;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const STRIKES: usize = 3;
const WITHIN: Duration = Duration::from_secs(10 * 60);

/// The panics of one plugin, as far as they still count.
#[derive(Debug, Default)]
pub struct PanicCounter(Mutex<VecDeque<Instant>>);

impl PanicCounter {
    /// How many count.
    pub fn count(&self, now: Instant) -> usize {
        let strikes = self.0.lock_unpoisoned();
        strikes.iter().filter(|strike| now.duration_since(**strike) < WITHIN).count()
    }

    /// Counts one, and says whether it was one too many. After that they begin anew.
    pub fn strike(&self, now: Instant) -> bool {
        let mut strikes = self.0.lock_unpoisoned();
        strikes.retain(|strike| now.duration_since(*strike) < WITHIN);
        strikes.push_back(now);
        let out = strikes.len() >= STRIKES;
        if out {
            strikes.clear();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_ten_minutes_are_too_many_and_begin_anew() {
        let (strikes, start) = (PanicCounter::default(), Instant::now());
        let at = |minutes: u64| strikes.strike(start + Duration::from_secs(60 * minutes));
        let told: Vec<_> = [0, 5, 11, 14, 15, 16, 17].map(at).into();
        assert_eq!(told, [false, false, false, true, false, false, true]);
    }
}
