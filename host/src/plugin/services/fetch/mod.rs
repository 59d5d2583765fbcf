//! `fetch`: a plugin has the host ask another server.
//!
//! What a plugin may ask is what the operator has listed, a method with a place, and nothing without a list.
//! A redirect is a request like any other. `support/destinations.rs` says where a name may lead to. Of what
//! is asked the log has the plugin, method, host and status, and never a path, a query, a header or a body.

mod access;
mod figures;
mod send;

pub use access::{FetchAccess, NewFetches};
pub use figures::FetchFigures;

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::contract::services::{FetchInput, FetchOutput};
use tokio::runtime::Handle;

use self::access::Outlet;
use super::{input, output, wait};
use crate::config::{FETCH_METHODS, FetchAllowance, FetchConfig};
use crate::plugin::load::{Service, ServiceCall, ServiceError};
use crate::support::error_code::ErrorCode;
use crate::support::millis::millis;

/// What belongs to the connection, or to whom it is with: the host sets it.
const OF_THE_HOST: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// How many headers a plugin may send, and how many bytes these may have.
const MOST_HEADERS: usize = 64;
const MOST_HEADER_BYTES: usize = 32 << 10;

/// Asks others for plugins.
#[derive(Debug)]
pub(super) struct FetchService {
    access: FetchAccess,
    runtime: Handle,
}

/// A request that was looked at.
#[derive(Debug)]
struct Wanted {
    method: String,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug)]
struct Received {
    output: FetchOutput,
    body: Vec<u8>,
}

impl FetchService {
    pub(super) fn new(access: FetchAccess, runtime: Handle) -> Self {
        Self { access, runtime }
    }
}

/// Looks at what the plugin wants before anything is sent.
fn check(
    plugin: &PluginId,
    outlet: Option<&Outlet>,
    config: &FetchConfig,
    asked: &FetchInput,
    body: &[u8],
) -> Result<Wanted, ServiceError> {
    if !FETCH_METHODS.contains(&asked.method.as_str()) {
        return Err(refused(format!("the method must be one of {}", FETCH_METHODS.join(", "))));
    }
    let mut url = Url::parse(&asked.url).map_err(|error| refused(format!("the address is none: {error}")))?;
    url.set_fragment(None);
    may_ask(plugin, outlet.map(|outlet| &outlet.allowance), &asked.method, &url)?;
    let most = config.max_body;
    if body.len() as u64 > most {
        return Err(too_large(format!("the body has more than {most} bytes (fetch.max_body)")));
    }
    let headers = headers(&asked.headers)?;
    Ok(Wanted { method: asked.method.clone(), url, headers, body: body.to_vec() })
}

impl Service for FetchService {
    fn name(&self) -> &'static str {
        "fetch"
    }

    fn ask(&self, call: &ServiceCall<'_>, whole: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let began = Instant::now();
        let (asked, body): (FetchInput, _) = input(whole)?;
        let (config, outlet) = self.access.outlet(call.plugin);
        let timeout = asked.timeout_ms.map_or(config.timeout, Duration::from_millis).min(config.timeout);
        let host = Url::parse(&asked.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let checked = check(call.plugin, outlet.as_deref(), &config, &asked, body);
        let received = checked.and_then(|wanted| {
            let outlet = outlet.clone().ok_or_else(|| refused("nothing is allowed".to_owned()))?;
            let (config, plugin) = (Arc::clone(&config), call.plugin.clone());
            let (tell, told) = mpsc::sync_channel(1);
            let (until, deadline) = (began + timeout, call.deadline);
            self.runtime.spawn(async move {
                let work = outlet.send(&config, &plugin, wanted);
                let done = match tokio::time::timeout_at(until.min(deadline).into(), work).await {
                    Ok(done) => done,
                    Err(_) if deadline <= until => Err(ServiceError::deadline()),
                    Err(_) => {
                        Err(failed(format!("there was no whole answer within {} ms", timeout.as_millis())))
                    }
                };
                let _ = tell.send(done);
            });
            wait(call.deadline, &told)
        });
        let (took, plugin) = (began.elapsed(), call.plugin.as_str());
        let outcome = received.as_ref().map_or_else(|error| error.code.as_str(), |_| "ok");
        self.access.figures.count(plugin, outcome, took);
        let (method, host) = (legible(&asked.method), host.unwrap_or_default());
        match received {
            Ok(Received { output: answer, body }) => {
                let (status, ms) = (answer.status, millis(took));
                tracing::info!(plugin, method, host, status, ms, "{plugin} asked {host}: {status}");
                output(&answer, &body)
            }
            Err(error) => {
                tracing::warn!(plugin, method, host, outcome, "{plugin} asked {host} in vain: {error}");
                Err(error)
            }
        }
    }
}

/// Whether the plugin may ask that, there. What it lacks is told as the entry that would allow it.
fn may_ask(
    plugin: &PluginId,
    allowance: Option<&FetchAllowance>,
    method: &str,
    url: &Url,
) -> Result<(), ServiceError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("an address holds no name and no password: send a header".to_owned()));
    }
    if allowance.is_some_and(|allowance| allowance.allows(method, url)) {
        return Ok(());
    }
    let origin = url.origin().ascii_serialization();
    Err(refused(format!(
        "{plugin} may not ask that: `allow = [\"{method} {origin}\"]` in [plugins.fetch.{plugin}] would let it"
    )))
}

/// The headers that a plugin sends, each in the form of one.
fn headers(given: &[(String, String)]) -> Result<HeaderMap, ServiceError> {
    let bytes: usize = given.iter().map(|(name, value)| name.len() + value.len()).sum();
    if given.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        return Err(too_large(format!(
            "more than {MOST_HEADERS} headers, or {MOST_HEADER_BYTES} bytes of them"
        )));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let known = name
            .parse::<HeaderName>()
            .map_err(|_| refused("what a header is called holds what no name can".to_owned()))?;
        if OF_THE_HOST.contains(&known.as_str()) {
            return Err(refused(format!("the header {known} is the host's own to set")));
        }
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| refused(format!("the value of the header {known} holds what no header can")))?;
        headers.append(known, value);
    }
    Ok(headers)
}

/// A method as a log can hold it: the plugin may have sent anything.
fn legible(method: &str) -> &str {
    FETCH_METHODS.iter().copied().find(|known| *known == method).unwrap_or("?")
}

fn refused(message: String) -> ServiceError {
    ServiceError::new(ErrorCode::FetchRefused, 502, message)
}

fn failed(message: String) -> ServiceError {
    ServiceError::new(ErrorCode::FetchFailed, 502, message)
}

fn too_large(message: String) -> ServiceError {
    ServiceError::new(ErrorCode::FetchTooLarge, 502, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_smuggles_another_or_is_the_hosts() {
        let header = |name: &str, value: &str| headers(&[(name.to_owned(), value.to_owned())]);
        assert_eq!(header("X-One", "two").unwrap()["x-one"], "two");
        for (name, value) in [
            ("x-one", "a\r\nx-two: b"),
            ("x-one", "a\nb"),
            ("x-one", "a\0b"),
            ("x-one\r\nx-two", "a"),
            ("x one", "a"),
            ("", "a"),
            ("Host", "evil.example"),
            ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "close"),
        ] {
            assert_eq!(header(name, value).unwrap_err().code, ErrorCode::FetchRefused, "{name:?}: {value:?}");
        }
        let many: Vec<_> = (0..=MOST_HEADERS).map(|at| (format!("x-{at}"), String::new())).collect();
        assert_eq!(headers(&many).unwrap_err().code, ErrorCode::FetchTooLarge);
    }
}
