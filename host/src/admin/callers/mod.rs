//! The caller of a plugin's route: by what the host knows who that is, and whether the route answers them.
//!
//! In this order: a token in `Authorization: Bearer`, one of the plugin's pages (`page_tokens.rs`), of the
//! console's or of an issuer's (`verifiers/jwt.rs`); what a trusted proxy says; the console's session; and,
//! on a host for development, whoever asks from its own machine. The first that says something counts, and
//! what is wrong with it is not mended by another.
//!
//! A credential that is wrong is refused with 401 by public routes too, as Envoy and Spring do it: whoever
//! sends one means to be somebody, and would else be shown what anybody is shown, without being told. A
//! header that no verifier here is for says nothing, and a public route passes it over; so it does with
//! `Authorization` where the plugin asks for that header itself.
//!
//! A browser sends cookies by itself, and a proxy's word comes with every request of it. So neither counts
//! for what another site has made a browser send (`csrf.rs`).

mod refusal;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

pub(crate) use self::refusal::CallerRefusal;

use super::accounts::API_TOKEN_PREFIX;
use super::basic;
use super::client::{self, Proxy};
use super::console::Console;
use super::csrf::{self, Provenance};
use super::page_tokens;
use super::verifiers::Rules;
use super::visitor::{self, Denied, Visitor, Voucher};
use crate::config::CallerProxy;
use crate::plugin::caller::{CallerFacts, KnownCaller, Verifier};
use crate::plugin::routes::{AskedCredentials, RouteAudience};
use crate::support::legible::is_subject;

/// The caller of a route, as far as one is known.
#[derive(Debug)]
pub(super) struct Calling {
    /// The id of whoever is logged in to the console.
    pub(super) user: Option<String>,
    pub(super) caller: Option<Arc<KnownCaller>>,
    /// The proxy that names callers, whose headers are for the host alone.
    pub(super) proxy: Option<CallerProxy>,
}

/// Whether this is, or was, one of the console's API tokens.
pub(super) fn is_api_token(token: &SecretString) -> bool {
    token.expose_secret().starts_with(API_TOKEN_PREFIX)
}

/// The caller of a request, unless the route does not answer them.
pub(super) async fn of_request(
    console: &Console,
    request: &HttpRequest,
    plugin: &str,
    audience: RouteAudience,
    asked: AskedCredentials,
) -> Result<Calling, CallerRefusal> {
    let rules = console.callers.rules();
    if let Some(token) = page_tokens::sent(request) {
        let visitor = page_tokens::visitor(console, plugin, &token).await.map_err(CallerRefusal::Console)?;
        let visitor = visitor.map_err(CallerRefusal::Page)?;
        let caller = rules.config.console.then(|| of_console(&visitor, Verifier::Session));
        let proxy = rules.config.proxy.clone();
        let caller = answered(&rules, audience, caller)?;
        return Ok(Calling { user: Some(visitor.name), caller, proxy });
    }
    let logged_in = LoggedIn::of(console, request, audience).await?;
    let user = match &logged_in {
        LoggedIn::As(visitor) => Some(visitor.name.clone()),
        _ => None,
    };
    let calling = |caller| Calling { user, caller, proxy: rules.config.proxy.clone() };
    if audience == RouteAudience::Unaware {
        return Ok(calling(None));
    }
    let found = match by_token(console, &rules, request).await {
        Ok(Some(caller)) => Ok(Some(caller)),
        Ok(None) => without_token(console, &rules, request, logged_in, audience),
        // The header may be the plugin's own.
        Err(refusal)
            if audience == RouteAudience::Public && asked.authorization && !refusal.is_of_console() =>
        {
            Ok(None)
        }
        Err(refusal) => Err(refusal),
    };
    answered(&rules, audience, found?).map(calling)
}

/// The caller, unless the route does not answer them.
fn answered(
    rules: &Rules,
    audience: RouteAudience,
    found: Option<Arc<KnownCaller>>,
) -> Result<Option<Arc<KnownCaller>>, CallerRefusal> {
    match (audience, found) {
        (RouteAudience::User | RouteAudience::Admin, None) => {
            Err(CallerRefusal::Missing { configured: rules.config.is_configured() })
        }
        (RouteAudience::Admin, Some(caller)) if !caller.admin => {
            Err(CallerRefusal::NotAdministrator { subject: caller.subject.clone() })
        }
        (_, found) => Ok(found),
    }
}

/// The visitor who is logged in to the console.
enum LoggedIn {
    Nobody,
    As(Visitor),
    /// Somebody, but the request is another site's.
    ByAnotherSite,
}

impl LoggedIn {
    async fn of(
        console: &Console,
        request: &HttpRequest,
        audience: RouteAudience,
    ) -> Result<Self, CallerRefusal> {
        if !request.headers().contains_key(header::COOKIE) && !visitor::is_named_by_proxy(console, request) {
            return Ok(Self::Nobody);
        }
        let is_ours = reads(request) || csrf::provenance(request, console.proxy) == Provenance::Ours;
        if !is_ours && !audience.needs_caller() {
            return Ok(Self::Nobody);
        }
        match visitor::of_browser(console, request).await {
            Ok(Some(visitor)) if is_ours => Ok(Self::As(visitor)),
            Ok(Some(_)) => Ok(Self::ByAnotherSite),
            Err(denied @ Denied::Accounts(_)) if audience.needs_caller() => {
                Err(CallerRefusal::Console(denied))
            }
            Ok(None) | Err(_) => Ok(Self::Nobody),
        }
    }
}

fn reads(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The caller whom a token names, if one was sent that is for a verifier here.
async fn by_token(
    console: &Console,
    rules: &Rules,
    request: &HttpRequest,
) -> Result<Option<Arc<KnownCaller>>, CallerRefusal> {
    let Some(token) = basic::token(request) else { return Ok(None) };
    if request.headers().get_all(header::AUTHORIZATION).count() > 1 {
        return Err(CallerRefusal::SeveralTokens);
    }
    if is_api_token(&token) {
        if !rules.config.console {
            return Err(CallerRefusal::Console(Denied::WrongToken));
        }
        let visitor = visitor::by_token(console, request, &token).await.map_err(CallerRefusal::Console)?;
        return Ok(Some(of_console(&visitor, Verifier::Token)));
    }
    if rules.issuers.is_empty() {
        return Ok(None);
    }
    rules.issuers.verify(token.expose_secret()).map(Some).map_err(CallerRefusal::Token)
}

/// The caller by anything else than a token.
fn without_token(
    console: &Console,
    rules: &Rules,
    request: &HttpRequest,
    logged_in: LoggedIn,
    audience: RouteAudience,
) -> Result<Option<Arc<KnownCaller>>, CallerRefusal> {
    let cross_site = || {
        if audience.needs_caller() { Err(CallerRefusal::Console(Denied::CrossSite)) } else { Ok(None) }
    };
    let is_foreign = !reads(request) && csrf::provenance(request, console.proxy) == Provenance::Foreign;
    if let Some(caller) = rules.config.proxy.as_ref().and_then(|proxy| by_proxy(proxy, request)) {
        return if is_foreign { cross_site() } else { caller.map(Some) };
    }
    if rules.config.console {
        match logged_in {
            LoggedIn::As(visitor) => {
                let how = if visitor.vouched == Voucher::Proxy { Verifier::Proxy } else { Verifier::Session };
                return Ok(Some(of_console(&visitor, how)));
            }
            LoggedIn::ByAnotherSite => return cross_site(),
            LoggedIn::Nobody => {}
        }
    }
    match &rules.config.development {
        Some(subject) if is_of_this_machine(request) => {
            if is_foreign {
                cross_site()
            } else {
                Ok(Some(developer(subject)))
            }
        }
        _ => Ok(None),
    }
}

/// Somebody with an account of the console, or whom it knows by a proxy or a provider.
fn of_console(visitor: &Visitor, how: Verifier) -> Arc<KnownCaller> {
    let subject = visitor.account.as_ref().unwrap_or(&visitor.name).clone();
    let scopes = visitor.scopes().map(str::to_owned).collect();
    let admin = visitor.may_administer();
    Arc::new(
        CallerFacts { name: Some(subject.clone()), subject, scopes, claims: Map::new(), how, admin }.into(),
    )
}

fn developer(subject: &str) -> Arc<KnownCaller> {
    let (subject, how) = (subject.to_owned(), Verifier::Development);
    let facts =
        CallerFacts { subject, name: None, scopes: Vec::new(), claims: Map::new(), how, admin: false };
    Arc::new(facts.into())
}

/// Whether both ends of the connection are this machine, and the request was meant for it: a name that
/// somebody has made to lead here is not.
fn is_of_this_machine(request: &HttpRequest) -> bool {
    let is_here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let hosts = client::hosts(request, Proxy::None);
    let is_local = |host: &String| {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(host.as_str(), |(name, _)| name);
        name == "localhost"
            || name
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    };
    is_here && !hosts.is_empty() && hosts.iter().all(is_local)
}

/// The caller whom the proxy names, if the request comes from it and it names somebody.
fn by_proxy(proxy: &CallerProxy, request: &HttpRequest) -> Option<Result<Arc<KnownCaller>, CallerRefusal>> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let is_trusted = proxy.trusted.iter().any(|network| network.contains(&peer));
    if !is_trusted || !request.headers().contains_key(&proxy.user_header) {
        return None;
    }
    let one = |header: &str| {
        let mut values = request.headers().get_all(header);
        // One that a client sent may stand beside the proxy's own.
        let value = values.next().filter(|_| values.next().is_none())?;
        std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned)
    };
    let Some(subject) = one(&proxy.user_header).filter(|subject| is_subject(subject)) else {
        return Some(Err(CallerRefusal::Proxy { header: proxy.user_header.clone() }));
    };
    let groups = proxy.groups_header.iter().flat_map(|header| request.headers().get_all(header));
    let groups =
        groups.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split([',', ';', '|']));
    let scopes: Vec<_> =
        groups.map(|group| group.trim().to_owned()).filter(|group| !group.is_empty()).collect();
    let admin = scopes.iter().any(|scope| proxy.admin_groups.contains(scope));
    let name = proxy.name_header.as_deref().and_then(one);
    let facts = CallerFacts {
        subject,
        name,
        scopes,
        claims: Map::<String, Value>::new(),
        how: Verifier::Proxy,
        admin,
    };
    Some(Ok(Arc::new(facts.into())))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn proxy() -> CallerProxy {
        CallerProxy {
            user_header: "x-caller".to_owned(),
            name_header: Some("x-name".to_owned()),
            groups_header: Some("x-groups".to_owned()),
            trusted: vec!["192.0.2.0/24".parse().unwrap()],
            admin_groups: vec!["ops".to_owned()],
        }
    }

    fn seen(
        peer: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Option<Result<Arc<KnownCaller>, CallerRefusal>> {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1000").parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        by_proxy(&proxy(), &request.to_http_request())
    }

    #[test]
    fn the_proxys_word_counts_from_the_proxy_alone_and_names_one_caller() {
        let headers = [("X-Caller", "ada"), ("X-Name", "Ada L."), ("X-Groups", "dev, ops")];
        let ada = seen("192.0.2.7", &headers).unwrap().unwrap();
        assert!(ada.admin);
        assert_eq!(
            ada.told,
            r#"{"subject":"ada","name":"Ada L.","scopes":["dev","ops"],"claims":{},"how":"proxy","admin":true}"#
        );
        assert!(seen("192.0.3.7", &headers).is_none());
        assert!(seen("192.0.2.7", &[("X-Name", "ada")]).is_none());
        for forged in
            [&[("X-Caller", "ada"), ("X-Caller", "eve")][..], &[("X-Caller", "")], &[("X-Caller", " ")]]
        {
            assert!(
                matches!(seen("192.0.2.7", forged), Some(Err(CallerRefusal::Proxy { .. }))),
                "{forged:?}"
            );
        }
    }

    #[test]
    fn a_name_that_was_made_to_lead_to_this_machine_is_not_this_machine() {
        let is_here = |peer: &str, host: &'static str| {
            let request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
            is_of_this_machine(&request.insert_header(("Host", host)).to_http_request())
        };
        for host in ["localhost", "localhost:8420", "127.0.0.1:8420", "[::1]:8420"] {
            assert!(is_here("127.0.0.1", host), "{host}");
            assert!(!is_here("192.0.2.1", host), "{host}");
        }
        for host in ["evil.example:8420", "localhost.evil.example", "192.0.2.1:8420"] {
            assert!(!is_here("127.0.0.1", host), "{host}");
        }
    }
}
