//! The client of a request, as far as the network tells: address, scheme and host.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header;

/// Whether a proxy of the operator's stands in front, whose headers may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proxy {
    None,
    Trusted,
}

/// The address of the client. Behind a proxy the one that the proxy saw: the last of
/// `X-Forwarded-For`, since all before it are what the client claims.
pub(crate) fn address(request: &HttpRequest, proxy: Proxy) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if proxy == Proxy::None {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").last();
    let forwarded = forwarded.and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|value| value.rsplit(',').next()).map(str::trim);
    last.and_then(parse_address).unwrap_or(peer)
}

/// The hosts that this request may have been addressed to by its sender, with their ports.
pub(crate) fn hosts(request: &HttpRequest, proxy: Proxy) -> Vec<String> {
    let value = |name: &str| request.headers().get(name)?.to_str().ok().map(str::to_ascii_lowercase);
    let host = value(header::HOST.as_str()).or_else(|| request.uri().authority().map(ToString::to_string));
    let forwarded = if proxy == Proxy::Trusted { value("x-forwarded-host") } else { None };
    host.into_iter().chain(forwarded).collect()
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    bare.or_else(|| text.parse().ok().map(|with_port: std::net::SocketAddr| with_port.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(forwarded: &str, proxy: Proxy) -> String {
        let request = TestRequest::default()
            .peer_addr("192.0.2.1:1000".parse().unwrap())
            .insert_header(("X-Forwarded-For", forwarded))
            .to_http_request();
        address(&request, proxy).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_added_itself() {
        assert_eq!(seen("203.0.113.5", Proxy::None), "192.0.2.1");
        assert_eq!(seen("10.0.0.1, 203.0.113.5", Proxy::Trusted), "203.0.113.5");
        assert_eq!(seen("203.0.113.5:4711", Proxy::Trusted), "203.0.113.5");
        assert_eq!(seen("[2001:db8::1]", Proxy::Trusted), "2001:db8::1");
        assert_eq!(seen("unknown", Proxy::Trusted), "192.0.2.1");
    }
}
