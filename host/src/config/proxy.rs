//! `[admin] proxy_…`: a proxy that authenticates people, and says who they are in a header.

use std::net::IpAddr;

use ipnet::IpNet;

use super::group_roles::{GroupRoles, RoleKeys};
use super::origin::Origin;
use super::reader::Section;

/// A proxy in front of the console that has authenticated whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    /// The header with the name of who asks, in lower case.
    pub user_header: String,
    /// The networks of the proxy. From any other the header says nothing.
    pub trusted: Vec<IpNet>,
    /// The header with the groups of who asks, in lower case.
    pub groups_header: Option<String>,
    /// What those may do whom the proxy names.
    pub roles: GroupRoles,
}

impl ProxyLogin {
    /// Whether it is a header of the proxy's own, by its name in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        name == self.user_header || self.groups_header.as_deref() == Some(name)
    }

    /// Whether a connection from there is the proxy's.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted.iter().any(|network| network.contains(&peer))
    }
}

const ROLES: RoleKeys = RoleKeys {
    main: "proxy_user_header",
    role: "proxy_role",
    roles: "proxy_roles",
    groups: "proxy_groups_header",
};

/// Reads the keys. Without the header's name there is no such proxy, and the others would do nothing.
pub(super) fn read(section: &mut Section<'_, '_>) -> Option<ProxyLogin> {
    let user_header = header(section, "proxy_user_header");
    let groups_header = header(section, "proxy_groups_header");
    let trusted = section.optional::<Vec<String>>("proxy_trusted");
    let written = ROLES.read(section);
    let others = [
        ("proxy_groups_header", groups_header.as_ref().map(|(_, origin)| origin)),
        ("proxy_trusted", trusted.as_ref().map(|(_, origin)| origin)),
        ("proxy_roles", written.roles.as_ref().map(|(_, origin)| origin)),
        ("proxy_role", written.role.as_ref().map(|(_, origin)| origin)),
    ];
    let Some((user_header, origin)) = user_header else {
        for (key, origin) in others {
            if let Some(origin) = origin {
                section.problem(key, origin, "needs admin.proxy_user_header beside it");
            }
        }
        return None;
    };
    let trusted = trusted.map(|(texts, origin)| networks(section, "proxy_trusted", &texts, &origin));
    let trusted = trusted.unwrap_or_default();
    if trusted.is_empty() {
        let told =
            "needs admin.proxy_trusted beside it: the networks of the proxy, such as [\"127.0.0.1/32\"]";
        section.problem("proxy_user_header", &origin, told);
    }
    let groups = groups_header.as_ref().map(|(_, origin)| origin);
    let roles = ROLES.check(section, written, &origin, groups);
    Some(ProxyLogin { user_header, trusted, groups_header: groups_header.map(|(header, _)| header), roles })
}

/// The name of a header that only a proxy sets: none that browsers send themselves.
pub(super) fn header(section: &mut Section<'_, '_>, key: &'static str) -> Option<(String, Origin)> {
    let (name, origin) = section.optional::<String>(key)?;
    let name = name.to_ascii_lowercase();
    let shaped = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !shaped {
        section.problem(key, &origin, "must be the name of a header, such as \"X-Remote-User\"");
    } else if ["authorization", "cookie", "host", "origin"].contains(&name.as_str()) {
        section.problem(key, &origin, "must be a header that the proxy alone sets");
    }
    Some((name, origin))
}

/// The networks of a proxy: none that is everybody.
pub(super) fn networks(
    section: &mut Section<'_, '_>,
    key: &str,
    texts: &[String],
    origin: &Origin,
) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in texts {
        match text
            .parse::<IpNet>()
            .or_else(|error| text.parse::<IpAddr>().map(IpNet::from).map_err(|_| error))
        {
            Ok(network) if network.prefix_len() == 0 => {
                let told = format!("\"{text}\" is everybody: anybody could say who they are");
                section.problem(key, origin, told);
            }
            Ok(network) => networks.push(network),
            Err(_) => {
                let told = format!("\"{text}\" is neither an address nor a network such as \"10.0.0.0/24\"");
                section.problem(key, origin, told);
            }
        }
    }
    networks
}
