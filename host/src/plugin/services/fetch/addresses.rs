//! The addresses that a plugin may have connected to: what is public, and what the operator has named.
//!
//! Names are looked up here and nowhere else, and what is connected to is what was looked at.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::FetchAllowance;

/// A name that leads nowhere where the plugin may go.
#[derive(Debug, Clone)]
pub(super) struct NotPublic {
    pub(super) host: String,
    pub(super) address: IpAddr,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} leads to {}, which is no public address", self.host, self.address)
    }
}

impl Error for NotPublic {}

/// Whether an address is reached over the Internet: one that is given out, and stands for no other.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// All but what the registry of special addresses holds.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!((a, b, c), |(0 | 10 | 127, ..)| (100, 64..=127, _)
        | (169, 254, _)
        | (172, 16..=31, _)
        | (192, 0, 0 | 2)
        | (192, 31, 196)
        | (192, 52, 193)
        | (192, 88, 99)
        | (192, 168, _)
        | (192, 175, 48)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113));
    !special && a < 224
}

/// Global unicast, without what is for protocols, for documents, or stands for an address of IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff))
        || (a == 0x2620 && b == 0x4f && address.segments()[2] == 0x8000);
    (0x2000..=0x3fff).contains(&a) && !special
}

/// Whether a plugin may have it connected to.
pub(super) fn may_be_reached(address: IpAddr, allowance: &FetchAllowance) -> bool {
    is_public(address) || allowance.names(address.to_canonical())
}

/// Looks up the names that one plugin asks for.
#[derive(Debug)]
pub(super) struct CheckedNames {
    pub(super) allowance: Arc<FetchAllowance>,
    /// The host of the proxy, which the operator has chosen.
    pub(super) proxy: Option<String>,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allowance = Arc::clone(&self.allowance);
        let is_proxy = self.proxy.as_deref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if !is_proxy && let Some(address) = found.iter().find(|one| !may_be_reached(one.ip(), &allowance))
            {
                let refused: Box<dyn Error + Send + Sync> = NotPublic { host, address: address.ip() }.into();
                return Err(refused);
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_out_is_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2606:4700::1",
            "2a00:1450::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_named_is_reached_as_well() {
        let allowance =
            FetchAllowance { private: vec!["10.0.0.0/30".parse().unwrap()], ..FetchAllowance::default() };
        let reached = |address: &str| may_be_reached(address.parse().unwrap(), &allowance);
        assert!(reached("10.0.0.3") && reached("::ffff:10.0.0.3") && reached("8.8.8.8"));
        assert!(!reached("10.0.0.4") && !reached("127.0.0.1"));
    }
}
