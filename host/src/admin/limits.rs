//! How often somebody may try to log in.
//!
//! Every attempt that costs a password hash takes one token from the bucket of the client's address
//! and one from that of the name. Buckets refill, so nobody is locked out for good; and an address
//! from which a name has logged in before has a bucket for that name of its own, so that a stranger
//! who keeps guessing cannot keep the rightful owner out.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::lock::LockExt;
use crate::support::rate_limit::{Buckets, Quota};

/// Beyond this many remembered addresses or names, those that are idle are forgotten.
const MANY: usize = 10_000;

type NameKey = (String, Option<IpAddr>);

/// The buckets of one host.
#[derive(Debug)]
pub(crate) struct LoginLimits {
    addresses: Buckets<IpAddr>,
    names: Buckets<NameKey>,
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
        Self::new(
            Quota { burst: 20, every: Duration::from_secs(3) },
            Quota { burst: 10, every: Duration::from_secs(10) },
        )
    }
}

impl LoginLimits {
    fn new(address: Quota, name: Quota) -> Self {
        Self {
            addresses: Buckets::new(address, MANY),
            names: Buckets::new(name, MANY),
            known: Mutex::default(),
        }
    }

    /// Takes the tokens for one attempt.
    pub(crate) fn attempt(&self, address: IpAddr, name: &str) -> Result<(), TooMany> {
        let now = Instant::now();
        let address = network(address);
        let known = self.known.lock_unpoisoned().contains(&(name.to_owned(), address));
        let too_many = |wait| TooMany { wait };
        self.addresses.take(address, now).map_err(too_many)?;
        self.names.take((name.to_owned(), known.then_some(address)), now).map_err(too_many)
    }

    /// Takes the token for one attempt of which no name is known yet.
    #[cfg(feature = "oidc")]
    pub(crate) fn attempt_from(&self, address: IpAddr) -> Result<(), TooMany> {
        let taken = self.addresses.take(network(address), Instant::now());
        taken.map_err(|wait| TooMany { wait })
    }

    /// Remembers that the name logged in from there.
    pub(crate) fn succeeded(&self, address: IpAddr, name: &str) {
        let mut known = self.known.lock_unpoisoned();
        if known.len() < MANY {
            known.insert((name.to_owned(), network(address)));
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";
    const OFFICE: &str = "192.0.2.2";

    fn strict() -> LoginLimits {
        let an_hour = |burst| Quota { burst, every: Duration::from_hours(1) / burst };
        LoginLimits::new(an_hour(3), an_hour(2))
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
