//! The person whom a trusted proxy names in a header (`admin.proxy_user_header`).
//!
//! The header counts only where the connection itself comes from the proxy. From anywhere else it is as if
//! it were not there, whatever `X-Forwarded-For` says.

use actix_web::HttpRequest;

use super::accounts::AccountRole;
use super::named_user::{MOST_BYTES, is_user_name};
use crate::config::ProxyLogin;

/// Somebody whom the proxy has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyUser {
    /// The proxy's own id of them, which the audit log shows.
    pub name: String,
    pub role: AccountRole,
}

/// Why the proxy's word cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyLoginError {
    #[error("the proxy names more than one person in {header}")]
    Several { header: String },
    #[error("what the proxy says in {header} is no name: it is 1 to {MOST_BYTES} visible ASCII characters")]
    Name { header: String },
    #[error("the proxy names {name}, who has no role here: none of their groups is in admin.proxy_roles")]
    NoRole { name: String },
}

/// The person whom the proxy names, if the request comes from it and it names somebody.
pub(crate) fn of(request: &HttpRequest, proxy: &ProxyLogin) -> Option<Result<ProxyUser, ProxyLoginError>> {
    let peer = request.peer_addr()?.ip();
    if !proxy.trusts(peer) || !request.headers().contains_key(&proxy.user_header) {
        return None;
    }
    Some(named(request, proxy))
}

fn named(request: &HttpRequest, proxy: &ProxyLogin) -> Result<ProxyUser, ProxyLoginError> {
    let header = || proxy.user_header.clone();
    let mut values = request.headers().get_all(&proxy.user_header);
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value,
        // One that a client sent may stand beside the proxy's own.
        _ => return Err(ProxyLoginError::Several { header: header() }),
    };
    let name = value.to_str().ok().filter(|name| is_user_name(name));
    let name = name.ok_or_else(|| ProxyLoginError::Name { header: header() })?.to_owned();
    let groups = proxy.groups_header.iter().flat_map(|header| request.headers().get_all(header));
    let groups =
        groups.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split([',', ';', '|']));
    let role = proxy.roles.role_of(groups.map(str::trim)).map(AccountRole::from);
    role.map(|role| ProxyUser { name: name.clone(), role }).ok_or(ProxyLoginError::NoRole { name })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::config::{GrantedRole, GroupRoles};

    fn proxy() -> ProxyLogin {
        ProxyLogin {
            user_header: "x-remote-user".to_owned(),
            trusted: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::1/128".parse().unwrap()],
            groups_header: Some("x-remote-groups".to_owned()),
            roles: GroupRoles {
                by_group: [("dba", GrantedRole::Administrator), ("dev", GrantedRole::Viewer)]
                    .map(|(group, role)| (group.to_owned(), role))
                    .into(),
                everybody: None,
            },
        }
    }

    fn seen(
        peer: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Option<Result<ProxyUser, ProxyLoginError>> {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1000").parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        of(&request.to_http_request(), &proxy())
    }

    #[test]
    fn only_a_connection_from_the_proxy_itself_is_believed() {
        let headers = [("X-Remote-User", "ada"), ("X-Remote-Groups", "dev, dba")];
        let ada = Some(Ok(ProxyUser { name: "ada".to_owned(), role: AccountRole::Administrator }));
        for peer in ["192.0.2.9", "[2001:db8::1]", "[::ffff:192.0.2.9]"] {
            assert_eq!(seen(peer, &headers), ada, "{peer}");
        }
        let forwarded = [("X-Remote-User", "ada"), ("X-Forwarded-For", "192.0.2.9")];
        for peer in ["192.0.3.9", "127.0.0.1", "[2001:db8::2]"] {
            assert_eq!(seen(peer, &headers), None, "{peer}");
            assert_eq!(seen(peer, &forwarded), None, "{peer}");
        }
        assert_eq!(seen("192.0.2.9", &[]), None, "it names nobody");
    }

    #[test]
    fn what_names_nobody_for_certain_is_refused() {
        let refused =
            |headers: &[(&'static str, &'static str)]| seen("192.0.2.9", headers).unwrap().unwrap_err();
        let twice = [("X-Remote-User", "ada"), ("X-Remote-User", "eve"), ("X-Remote-Groups", "dba")];
        assert!(matches!(refused(&twice), ProxyLoginError::Several { .. }));
        for name in ["", "ada via token ci", "a\u{e4}"] {
            assert!(matches!(refused(&[("X-Remote-User", name)]), ProxyLoginError::Name { .. }), "{name}");
        }
        let guest = [("X-Remote-User", "eve"), ("X-Remote-Groups", "guests")];
        assert_eq!(refused(&guest), ProxyLoginError::NoRole { name: "eve".to_owned() });
    }
}
