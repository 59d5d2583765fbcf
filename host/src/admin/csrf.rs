//! Refusing what another site makes a browser send: by `Sec-Fetch-Site`, with `Origin` as fallback.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, ResponseError, web};

use super::client::{self, Proxy};
use super::console::Console;
use super::visitor::Denied;

/// Where a request came from, as far as the browser tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// A page of ours, or the browser's user.
    Ours,
    /// A page of another site.
    Foreign,
    /// The sender said nothing: not a browser of these days.
    Untold,
}

/// Reads the provenance from the headers, which a page cannot forge.
pub(crate) fn provenance(request: &HttpRequest, proxy: Proxy) -> Provenance {
    let value = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = value("sec-fetch-site") {
        // `same-site` is another host of the domain: not ours.
        return if matches!(site, "same-origin" | "none") { Provenance::Ours } else { Provenance::Foreign };
    }
    let Some(origin) = value(header::ORIGIN.as_str()) else { return Provenance::Untold };
    let origin = origin.to_ascii_lowercase();
    let Some((_, origin_host)) = origin.split_once("://") else { return Provenance::Foreign };
    let ours = client::hosts(request, proxy).iter().any(|host| host == origin_host);
    if ours { Provenance::Ours } else { Provenance::Foreign }
}

/// Whether the request may act. Reading always may; a sender that tells nothing has to bring its own
/// credentials, since a browser attaches cookies by itself, and never an `Authorization` header
/// without also telling where the request came from.
fn may_act(request: &HttpRequest, proxy: Proxy) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    match provenance(request, proxy) {
        Provenance::Ours => true,
        Provenance::Foreign => false,
        Provenance::Untold => request.headers().contains_key(header::AUTHORIZATION),
    }
}

/// Refuses what another site made a browser send, with this error.
pub(super) async fn refuse_cross_site<E: From<Denied> + ResponseError>(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let proxy = request.app_data::<web::Data<Console>>().map(|console| console.proxy);
    if proxy.is_some_and(|proxy| may_act(request.request(), proxy)) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let refusal = E::from(Denied::CrossSite).error_response();
    Ok(request.into_response(refusal))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn acts(method: Method, headers: &[(&'static str, &'static str)], proxy: Proxy) -> bool {
        let mut request = TestRequest::default().method(method).insert_header(("Host", "tenon.example:8080"));
        for header in headers {
            request = request.insert_header(*header);
        }
        may_act(&request.to_http_request(), proxy)
    }

    #[test]
    fn only_our_own_pages_and_senders_with_credentials_may_act() {
        let post = |headers: &[(&'static str, &'static str)]| acts(Method::POST, headers, Proxy::None);
        for (headers, expected) in [
            (&[("Sec-Fetch-Site", "same-origin")][..], true),
            (&[("Sec-Fetch-Site", "none")], true),
            (&[("Sec-Fetch-Site", "same-site")], false),
            (&[("Sec-Fetch-Site", "cross-site")], false),
            (&[("Sec-Fetch-Site", "cross-site"), ("Authorization", "Basic eA==")], false),
            (&[("Origin", "http://tenon.example:8080")], true),
            (&[("Origin", "https://TENON.example:8080")], true),
            (&[("Origin", "http://tenon.example:8081")], false),
            (&[("Origin", "http://evil.example")], false),
            (&[("Origin", "null")], false),
            (&[], false),
            (&[("Authorization", "Basic eA==")], true),
        ] {
            assert_eq!(post(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn reading_is_free() {
        assert!(acts(Method::GET, &[("Sec-Fetch-Site", "cross-site")], Proxy::None));
        assert!(!acts(Method::DELETE, &[("Sec-Fetch-Site", "cross-site")], Proxy::None));
    }

    #[test]
    fn the_host_a_proxy_was_asked_for_counts_only_if_the_proxy_is_trusted() {
        let headers = [("Origin", "https://public.example"), ("X-Forwarded-Host", "public.example")];
        assert!(acts(Method::POST, &headers, Proxy::Trusted));
        assert!(!acts(Method::POST, &headers, Proxy::None));
    }
}
