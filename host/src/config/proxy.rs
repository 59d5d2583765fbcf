//! `[admin] proxy_…`: a proxy that authenticates people, and says who they are in a header.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::reader::{Origin, Section};
use super::values::ProxyRole;

/// A proxy in front of the console that has authenticated whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    /// The header with the name of who asks, in lower case.
    pub user_header: String,
    /// The networks of the proxy. From any other the header says nothing.
    pub trusted: Vec<IpNet>,
    /// The header with the groups of who asks, in lower case.
    pub groups_header: Option<String>,
    /// What those of a group may do.
    pub roles: BTreeMap<String, ProxyRole>,
    /// What everybody may do whom the proxy names.
    pub role: Option<ProxyRole>,
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

/// Reads the keys. Without the header's name there is no such proxy, and the others would do nothing.
pub(super) fn read(section: &mut Section<'_, '_>) -> Option<ProxyLogin> {
    let user_header = header(section, "proxy_user_header");
    let groups_header = header(section, "proxy_groups_header");
    let trusted = section.optional::<Vec<String>>("proxy_trusted");
    let roles = section.optional::<Vec<String>>("proxy_roles");
    let role = section.optional::<ProxyRole>("proxy_role");
    let others = [
        ("proxy_groups_header", groups_header.as_ref().map(|(_, origin)| origin)),
        ("proxy_trusted", trusted.as_ref().map(|(_, origin)| origin)),
        ("proxy_roles", roles.as_ref().map(|(_, origin)| origin)),
        ("proxy_role", role.as_ref().map(|(_, origin)| origin)),
    ];
    let Some((user_header, origin)) = user_header else {
        for (key, origin) in others {
            if let Some(origin) = origin {
                section.problem(key, origin, "needs admin.proxy_user_header beside it");
            }
        }
        return None;
    };
    let trusted = trusted.map(|(texts, origin)| networks(section, &texts, &origin)).unwrap_or_default();
    if trusted.is_empty() {
        let told =
            "needs admin.proxy_trusted beside it: the networks of the proxy, such as [\"127.0.0.1/32\"]";
        section.problem("proxy_user_header", &origin, told);
    }
    match (&groups_header, &roles) {
        (Some((_, origin)), None) => {
            section.problem("proxy_groups_header", origin, "needs admin.proxy_roles beside it");
        }
        (None, Some((_, origin))) => {
            section.problem("proxy_roles", origin, "needs admin.proxy_groups_header beside it");
        }
        _ => {}
    }
    if roles.is_none() && role.is_none() {
        let told = "needs admin.proxy_role beside it, or admin.proxy_groups_header and admin.proxy_roles: \
                    nobody would have a role";
        section.problem("proxy_user_header", &origin, told);
    }
    Some(ProxyLogin {
        user_header,
        trusted,
        groups_header: groups_header.map(|(header, _)| header),
        roles: roles.map(|(texts, origin)| by_group(section, &texts, &origin)).unwrap_or_default(),
        role: role.map(|(role, _)| role),
    })
}

/// The name of a header that only a proxy sets: none that browsers send themselves.
fn header(section: &mut Section<'_, '_>, key: &'static str) -> Option<(String, Origin)> {
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

fn networks(section: &mut Section<'_, '_>, texts: &[String], origin: &Origin) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in texts {
        match text
            .parse::<IpNet>()
            .or_else(|error| text.parse::<IpAddr>().map(IpNet::from).map_err(|_| error))
        {
            Ok(network) if network.prefix_len() == 0 => {
                let told = format!("\"{text}\" is everybody: anybody could say who they are");
                section.problem("proxy_trusted", origin, told);
            }
            Ok(network) => networks.push(network),
            Err(_) => {
                let told = format!("\"{text}\" is neither an address nor a network such as \"10.0.0.0/24\"");
                section.problem("proxy_trusted", origin, told);
            }
        }
    }
    networks
}

fn by_group(section: &mut Section<'_, '_>, texts: &[String], origin: &Origin) -> BTreeMap<String, ProxyRole> {
    let mut roles = BTreeMap::new();
    for text in texts {
        let Some((group, role)) = text.rsplit_once('=').filter(|(group, _)| !group.trim().is_empty()) else {
            let told = format!("\"{text}\" is not GROUP=ROLE, such as \"dba=administrator\"");
            section.problem("proxy_roles", origin, told);
            continue;
        };
        match role.trim().parse() {
            Ok(role) => _ = roles.insert(group.trim().to_owned(), role),
            Err(told) => section.problem("proxy_roles", origin, format!("\"{text}\": the role {told}")),
        }
    }
    roles
}
