//! The addresses to which the host connects for others: one rule for what plugins ask and for webhooks.
//!
//! What is link-local, or where a cloud tells its machines their secrets, is connected to only where the
//! configuration names just that. A network that merely holds it does not.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// How far a request goes without anybody naming its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To what is given out for public use.
    Public,
    /// To private networks and this machine, too: the operator has written down where it goes.
    Private,
}

/// The addresses that may be connected to.
#[derive(Debug, Clone)]
pub struct Destinations {
    pub reach: Reach,
    /// The addresses and networks that the configuration names.
    pub named: Vec<IpNet>,
}

/// An address that may not be connected to, and the host that led there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForbiddenAddress {
    pub host: String,
    pub address: IpAddr,
}

impl ForbiddenAddress {
    /// What is wrong with the address.
    pub fn reason(&self) -> &'static str {
        if guarded(self.address).is_some() {
            "a link-local address, or one of a metadata service"
        } else {
            "no public address"
        }
    }
}

impl fmt::Display for ForbiddenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} leads to {}, which is {}", self.host, self.address, self.reason())
    }
}

impl Error for ForbiddenAddress {}

impl Destinations {
    /// Whether the address may be connected to.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match guarded(address) {
            Some((block, meant)) => {
                self.named.iter().any(|named| block.contains(named) && named.contains(&meant))
            }
            None => {
                self.reach == Reach::Private
                    || is_public(address)
                    || self.named.iter().any(|named| named.contains(&address))
            }
        }
    }

    /// The first of the addresses of a host that may not be connected to, if there is one.
    pub fn refuse(&self, host: &str, addresses: &[IpAddr]) -> Result<(), ForbiddenAddress> {
        match addresses.iter().find(|address| !self.allows(**address)) {
            Some(address) => Err(ForbiddenAddress { host: host.to_owned(), address: address.to_canonical() }),
            None => Ok(()),
        }
    }
}

/// What is reached on the own wire alone, and the services by which clouds tell a machine who it is.
const GUARDED: [IpNet; 6] = [
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)), 32),
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)), 32),
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)), 128),
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)), 128),
];

/// The guarded block in which an address is, or the one of IPv4 that it stands for, with that address.
fn guarded(address: IpAddr) -> Option<(IpNet, IpAddr)> {
    let stands_for = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => stands_for(address).map(IpAddr::V4),
    };
    [Some(address), stands_for].into_iter().flatten().find_map(|address| {
        GUARDED.into_iter().find(|block| block.contains(&address)).map(|block| (block, address))
    })
}

/// The address of IPv4 that a translator, a tunnel or an old program makes of one.
fn stands_for(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match [a, b, c, d, e, f] {
        [0x64, 0xff9b, 0, 0, 0, 0] | [0x64, 0xff9b, 1, ..] | [0, 0, 0, 0, 0, 0 | 0xffff] => Some(of(g, h)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// Whether an address is reached over the Internet: one that is given out, and stands for no other.
fn is_public(address: IpAddr) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: Reach, named: &[&str], address: &str) -> bool {
        let named = named.iter().map(|text| text.parse().unwrap()).collect();
        Destinations { reach, named }.allows(address.parse().unwrap())
    }

    /// Link-local, and services of clouds.
    const LINK_LOCAL: [&str; 11] = [
        "169.254.0.1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "::a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "100.100.100.200",
        "168.63.129.16",
        "fe80::1",
        "febf::1",
        "fd00:ec2::254",
    ];

    #[test]
    fn what_is_not_given_out_is_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
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
            "fd00:ec2::253",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!allows(Reach::Public, &[], address), "{address}");
            assert!(allows(Reach::Private, &[], address), "{address}");
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
            assert!(allows(Reach::Public, &[], address), "{address}");
        }
    }

    #[test]
    fn what_is_named_is_reached_as_well() {
        let reached = |address: &str| allows(Reach::Public, &["10.0.0.0/30"], address);
        assert!(reached("10.0.0.3") && reached("::ffff:10.0.0.3") && reached("8.8.8.8"));
        assert!(!reached("10.0.0.4") && !reached("127.0.0.1"));
    }

    #[test]
    fn what_is_link_local_is_reached_where_just_that_is_named() {
        for address in LINK_LOCAL {
            for reach in [Reach::Public, Reach::Private] {
                assert!(!allows(reach, &[], address), "{address}");
                assert!(!allows(reach, &["128.0.0.0/1", "fc00::/6", "64.0.0.0/2"], address), "{address}");
            }
        }
        for (named, address) in [
            ("169.254.169.254/32", "169.254.169.254"),
            ("169.254.0.0/16", "::ffff:169.254.169.254"),
            ("169.254.169.254/32", "64:ff9b::a9fe:a9fe"),
            ("fe80::/10", "fe80::1"),
            ("168.63.129.16/32", "168.63.129.16"),
        ] {
            assert!(allows(Reach::Public, &[named], address), "{address}");
        }
    }

    #[test]
    fn one_address_that_is_forbidden_forbids_the_host() {
        let public = Destinations { reach: Reach::Public, named: Vec::new() };
        let addresses = ["8.8.8.8", "::ffff:10.0.0.1"].map(|text| text.parse().unwrap());
        let told = public.refuse("a.example", &addresses).unwrap_err().to_string();
        assert_eq!(told, "a.example leads to 10.0.0.1, which is no public address");
        assert_eq!(public.refuse("a.example", &addresses[..1]), Ok(()));
    }
}
