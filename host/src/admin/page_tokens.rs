//! The tokens by which a plugin's page calls its plugin's routes for whoever looks at it.
//!
//! A page has no origin, so no cookie comes with what its scripts ask for. The console, which frames it,
//! gives it a token instead. It is sealed with the key of the sessions, which all hosts of a database have,
//! and so works on each of them. It names the plugin and the session, is good for five minutes, for the
//! routes of that plugin and for nothing else, and ends with its session. It says nothing of a role: what
//! somebody may is looked up with each call.
//!
//! Its calls come from the origin `null`. Such a request is answered with what lets the page read the answer
//! if it brings one of these tokens, and never with credentials.

use actix_session::Session;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::accounts::AccountRole;
use super::basic;
use super::console::Console;
use super::session::SessionMark;
use super::visitor::{self, Denied, Visitor, Voucher};

/// What each begins with; no API token does.
const PREFIX: &str = "tenon-page_";
/// How long each is good, in seconds.
pub(super) const SECONDS: i64 = 300;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Grant {
    plugin: String,
    /// In seconds since 1970.
    until: i64,
    person: Person,
}

/// For whom a page acts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Person {
    /// The owner of this session.
    Session(SessionMark),
    /// Somebody whom a trusted proxy named when the token was made.
    Proxy { name: String, role: AccountRole },
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageTokenFault {
    #[error("it was not made here")]
    Unknown,
    #[error("it is for the pages of another plugin")]
    OtherPlugin,
    #[error("it has expired")]
    Expired,
    #[error("whoever it was made for is not logged in any more")]
    Ended,
}

/// Whether a text is one of these, good or bad.
pub(super) fn is_page_token(token: &SecretString) -> bool {
    token.expose_secret().starts_with(PREFIX)
}

/// The token that a request brings, if it brings one.
pub(super) fn sent(request: &HttpRequest) -> Option<SecretString> {
    basic::token(request).filter(is_page_token)
}

/// A token for the pages of a plugin, for somebody who is logged in.
pub(super) fn make(console: &Console, session: &Session, visitor: &Visitor, plugin: &str) -> Option<String> {
    let person = match visitor.vouched {
        Voucher::Proxy => Person::Proxy { name: visitor.name.clone(), role: visitor.role },
        Voucher::Account | Voucher::Provider => Person::Session(SessionMark::of(session)?),
    };
    let until = Timestamp::now().as_second().saturating_add(SECONDS);
    let grant = Grant { plugin: plugin.to_owned(), until, person };
    let sealed = console.sessions.seal_token(serde_json::to_string(&grant).ok()?);
    Some(format!("{PREFIX}{sealed}"))
}

/// The visitor for whom a page of this plugin acts by a token.
pub(super) async fn visitor(
    console: &Console,
    plugin: &str,
    token: &SecretString,
) -> Result<Result<Visitor, PageTokenFault>, Denied> {
    let sealed = token.expose_secret().strip_prefix(PREFIX).unwrap_or_default();
    let opened = console.sessions.open_token(&console.host, sealed).await;
    let grant = opened.and_then(|text| serde_json::from_str::<Grant>(&text).ok());
    let Some(Grant { plugin: its, until, person }) = grant else { return Ok(Err(PageTokenFault::Unknown)) };
    if its != plugin {
        return Ok(Err(PageTokenFault::OtherPlugin));
    }
    if until <= Timestamp::now().as_second() {
        return Ok(Err(PageTokenFault::Expired));
    }
    let visitor = match person {
        Person::Proxy { name, role } => {
            let is_trusted = console.host.config().admin.proxy.is_some();
            is_trusted.then(|| Visitor::vouched(name, role, Voucher::Proxy))
        }
        Person::Session(mark) => match console.sessions.recall_marked(&console.host, mark).await {
            Some(owner) => visitor::of_owner(console, owner).await?,
            None => None,
        },
    };
    Ok(visitor.ok_or(PageTokenFault::Ended))
}

/// The answer to a browser that asks whether a page may call a route of its plugin.
pub(super) fn preflight(console: &Console, request: &HttpRequest, plugin: &str) -> Option<HttpResponse> {
    let headers = request.headers();
    let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS)?;
    let names_token = asked.to_str().is_ok_and(|names| {
        names.split(',').any(|name| name.trim().eq_ignore_ascii_case(header::AUTHORIZATION.as_str()))
    });
    let is_of_page = *request.method() == Method::OPTIONS
        && has_no_origin(headers)
        && names_token
        && console.host.has_page_files(plugin);
    is_of_page.then(|| {
        let mut response = HttpResponseBuilder::new(StatusCode::NO_CONTENT)
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, method.clone()))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
            .finish();
        let_read(response.headers_mut());
        response
    })
}

/// Lets a page read the answer to what it asked for with its token.
pub(super) fn let_page_read(request: &HttpRequest, response: &mut HttpResponse) {
    if has_no_origin(request.headers()) && sent(request).is_some() {
        let_read(response.headers_mut());
    }
}

fn let_read(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("null"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn has_no_origin(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() == b"null")
}
