//! How often something may be done: buckets of tokens that refill at an even pace.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock::LockExt;

/// How many tokens a bucket holds, and how long it takes for one to come back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub burst: u32,
    pub every: Duration,
}

/// A bucket, by the time when it will be full (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a token. Where there is none, says how long it takes for one to come.
    pub(crate) fn take(&mut self, quota: Quota, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + quota.every;
        let wait = (full_at - now).saturating_sub(quota.every * quota.burst);
        if wait.is_zero() {
            self.full_at = full_at;
            Ok(())
        } else {
            Err(wait)
        }
    }

    fn is_full(self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// A bucket for each key.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    quota: Quota,
    /// Beyond so many, those that are full are forgotten.
    many: usize,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(quota: Quota, many: usize) -> Self {
        Self { quota, many, buckets: Mutex::default() }
    }

    /// Takes a token from the key's bucket.
    pub(crate) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock_unpoisoned();
        if buckets.len() > self.many {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        buckets.entry(key).or_insert_with(|| Bucket::full(now)).take(self.quota, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { burst: 3, every: Duration::from_secs(10) };

    #[test]
    fn a_bucket_gives_its_tokens_at_once_and_then_one_at_a_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::full(start);
        assert!((0..3).all(|_| bucket.take(QUOTA, at(0)).is_ok()));
        assert_eq!(bucket.take(QUOTA, at(0)), Err(Duration::from_secs(10)));
        assert_eq!(bucket.take(QUOTA, at(4)), Err(Duration::from_secs(6)));
        assert_eq!(bucket.take(QUOTA, at(10)), Ok(()));
        assert_eq!(bucket.take(QUOTA, at(10)), Err(Duration::from_secs(10)));
        // It never holds more than its burst, however long nobody took any.
        assert!((0..3).all(|_| bucket.take(QUOTA, at(3600)).is_ok()));
        assert!(bucket.take(QUOTA, at(3600)).is_err());
    }

    #[test]
    fn of_many_buckets_only_the_full_ones_are_forgotten() {
        let start = Instant::now();
        let buckets = Buckets::new(QUOTA, 2);
        let held = || buckets.buckets.lock().unwrap().len();
        assert!(["a", "a", "b", "c"].into_iter().all(|key| buckets.take(key, start).is_ok()));
        assert_eq!(held(), 3);
        // By then a token of "a" is still missing.
        let later = start + Duration::from_secs(15);
        assert!(buckets.take("d", later).is_ok());
        assert_eq!(held(), 2);
        assert!(buckets.take("a", later).is_ok() && buckets.take("a", later).is_ok());
        assert_eq!(buckets.take("a", later), Err(Duration::from_secs(5)));
    }
}
