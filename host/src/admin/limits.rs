//! How often somebody may try to log in.
//!
//! Every attempt that costs a password hash takes one token from the bucket of the client's address
//! and one from that of the name. Buckets refill, so nobody is locked out for good; and an address
//! from which a name has logged in before has a bucket for that name of its own, so that a stranger
//! who keeps guessing cannot keep the rightful owner out.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use crate::support::lock::LockExt;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Beyond this many remembered addresses or names, those that are idle are forgotten.
const MANY: usize = 10_000;

type NameKey = (String, Option<IpAddr>);

/// The buckets of one host.
#[derive(Debug)]
pub(crate) struct LoginLimits {
    clock: DefaultClock,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    names: DefaultKeyedRateLimiter<NameKey>,
    known: Mutex<HashSet<(String, IpAddr)>>,
}

/// Too many attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// When the next attempt may be made.
    pub wait: Duration,
}

impl Default for LoginLimits {
    /// 20 attempts at once and 20 a minute for an address, 10 and 6 for a name.
    fn default() -> Self {
        Self::new(Quota::per_minute(tokens(20)), Quota::per_minute(tokens(6)).allow_burst(tokens(10)))
    }
}

impl LoginLimits {
    fn new(address: Quota, name: Quota) -> Self {
        Self {
            clock: DefaultClock::default(),
            addresses: RateLimiter::keyed(address),
            names: RateLimiter::keyed(name),
            known: Mutex::default(),
        }
    }

    /// Takes the tokens for one attempt.
    pub(crate) fn attempt(&self, address: IpAddr, name: &str) -> Result<(), TooMany> {
        self.forget_idle();
        let address = network(address);
        let known = self.known.lock_unpoisoned().contains(&(name.to_owned(), address));
        let too_many = |wait| TooMany { wait };
        if let Err(not_yet) = self.addresses.check_key(&address) {
            return Err(too_many(not_yet.wait_time_from(self.clock.now())));
        }
        let key = (name.to_owned(), known.then_some(address));
        self.names.check_key(&key).map_err(|not_yet| too_many(not_yet.wait_time_from(self.clock.now())))
    }

    /// Remembers that the name logged in from there.
    pub(crate) fn succeeded(&self, address: IpAddr, name: &str) {
        let mut known = self.known.lock_unpoisoned();
        if known.len() < MANY {
            known.insert((name.to_owned(), network(address)));
        }
    }

    fn forget_idle(&self) {
        if self.addresses.len() > MANY {
            self.addresses.retain_recent();
        }
        if self.names.len() > MANY {
            self.names.retain_recent();
        }
    }
}

/// One subscriber commonly has a whole IPv6 /64, so that counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

const fn tokens(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";
    const OFFICE: &str = "192.0.2.2";

    fn strict() -> LoginLimits {
        LoginLimits::new(Quota::per_hour(tokens(3)), Quota::per_hour(tokens(2)))
    }

    fn tried(limits: &LoginLimits, address: &str, name: &str) -> bool {
        limits.attempt(address.parse().unwrap(), name).is_ok()
    }

    #[test]
    fn an_address_that_tries_many_names_has_to_wait() {
        let limits = strict();
        assert!(["a", "b", "c"].into_iter().all(|name| tried(&limits, HOME, name)));
        let wait = limits.attempt(HOME.parse().unwrap(), "d").unwrap_err().wait;
        assert!(wait > Duration::from_secs(1000) && wait <= Duration::from_secs(1200), "{wait:?}");
        assert!(tried(&limits, OFFICE, "d"));
    }

    #[test]
    fn a_name_that_is_guessed_from_many_addresses_has_to_wait() {
        let limits = strict();
        assert!(tried(&limits, "192.0.2.7", "admin") && tried(&limits, "192.0.2.8", "admin"));
        assert!(!tried(&limits, "192.0.2.9", "admin"));
        assert!(tried(&limits, "192.0.2.9", "other"));
    }

    #[test]
    fn who_logged_in_before_is_not_kept_out_by_strangers() {
        let limits = strict();
        limits.succeeded(HOME.parse().unwrap(), "admin");
        for stranger in ["192.0.2.7", "192.0.2.8", "192.0.2.9"] {
            tried(&limits, stranger, "admin");
        }
        assert!(!tried(&limits, OFFICE, "admin"));
        assert!(tried(&limits, HOME, "admin"));
    }

    #[test]
    fn all_addresses_of_one_ipv6_subscriber_count_as_one() {
        let limits = strict();
        for host in 1..=3 {
            assert!(tried(&limits, &format!("2001:db8:0:1::{host}"), &format!("n{host}")));
        }
        assert!(!tried(&limits, "2001:db8:0:1:ffff::9", "n"));
        assert!(tried(&limits, "2001:db8:0:2::1", "n"));
    }
}
