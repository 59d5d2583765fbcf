//! `fetch`: a plugin has the host ask another server.
//!
//! What a plugin may ask is what the operator has listed, a method with a place, and nothing without a list.
//! A redirect is a request like any other. `addresses.rs` says where a name may lead to. Of what is asked the
//! log has the plugin, method, host and status, and never a path, a query, a header or a body.

mod addresses;
mod figures;
mod send;

pub use figures::FetchFigures;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::contract::services::{FetchInput, FetchOutput};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use self::addresses::CheckedNames;
use super::{input, output, wait};
use crate::config::{Config, FETCH_METHODS, FetchAllowance, FetchConfig};
use crate::plugin::load::{Service, ServiceCall, ServiceError};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::http_client::http_client_resolving;
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
    config: Arc<FetchConfig>,
    access: FetchAccess,
    runtime: Handle,
}

/// What plugins may ask of others, and what was counted of it. Clones are of one host.
#[derive(Debug, Clone, Default)]
pub struct FetchAccess {
    pub figures: FetchFigures,
    outlets: Arc<RwLock<BTreeMap<PluginId, Arc<Outlet>>>>,
}

impl FetchAccess {
    /// By the configuration.
    pub fn configured(config: &Config) -> Self {
        let access = Self::default();
        for (plugin, allowance) in &config.plugins.fetch {
            access.allow(plugin.clone(), allowance.clone());
        }
        access
    }

    /// Lets a plugin ask this from now on, and nothing else.
    pub fn allow(&self, plugin: PluginId, allowance: FetchAllowance) {
        let outlet = Outlet { allowance: Arc::new(allowance), client: OnceCell::new() };
        self.outlets.write().unwrap_or_else(PoisonError::into_inner).insert(plugin, Arc::new(outlet));
    }

    /// The way out of a plugin.
    fn outlet(&self, plugin: &PluginId) -> Option<Arc<Outlet>> {
        self.outlets.read().unwrap_or_else(PoisonError::into_inner).get(plugin).cloned()
    }
}

/// The way out of one plugin: what it may, and a client that looks up names for it alone.
#[derive(Debug)]
struct Outlet {
    allowance: Arc<FetchAllowance>,
    client: OnceCell<reqwest::Client>,
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
    pub(super) fn new(config: &Config, access: FetchAccess, runtime: Handle) -> Self {
        Self { config: Arc::new(config.fetch.clone()), access, runtime }
    }

    /// Looks at what the plugin wants before anything is sent.
    fn check(
        &self,
        plugin: &PluginId,
        outlet: Option<&Outlet>,
        asked: &FetchInput,
        body: &[u8],
    ) -> Result<Wanted, ServiceError> {
        if !FETCH_METHODS.contains(&asked.method.as_str()) {
            return Err(refused(format!("the method must be one of {}", FETCH_METHODS.join(", "))));
        }
        let mut url =
            Url::parse(&asked.url).map_err(|error| refused(format!("the address is none: {error}")))?;
        url.set_fragment(None);
        may_ask(plugin, outlet.map(|outlet| &*outlet.allowance), &asked.method, &url)?;
        if body.len() as u64 > self.config.max_body {
            return Err(too_large(format!(
                "the body has more than {} bytes (fetch.max_body)",
                self.config.max_body
            )));
        }
        let headers = headers(&asked.headers)?;
        Ok(Wanted { method: asked.method.clone(), url, headers, body: body.to_vec() })
    }
}

impl Service for FetchService {
    fn name(&self) -> &'static str {
        "fetch"
    }

    fn ask(&self, call: &ServiceCall<'_>, whole: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let began = Instant::now();
        let (asked, body): (FetchInput, _) = input(whole)?;
        let timeout =
            asked.timeout_ms.map_or(self.config.timeout, Duration::from_millis).min(self.config.timeout);
        let host = Url::parse(&asked.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let outlet = self.access.outlet(call.plugin);
        let received = self.check(call.plugin, outlet.as_deref(), &asked, body).and_then(|wanted| {
            let outlet = outlet.clone().ok_or_else(|| refused("nothing is allowed".to_owned()))?;
            let (config, plugin) = (Arc::clone(&self.config), call.plugin.clone());
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

impl Outlet {
    async fn client(&self, config: &FetchConfig) -> Result<&reqwest::Client, ServiceError> {
        let make = async || {
            let proxy = config.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
            let proxy = proxy.and_then(|proxy| proxy.host_str().map(str::to_owned));
            let names = CheckedNames { allowance: Arc::clone(&self.allowance), proxy };
            http_client_resolving(
                config.timeout,
                config.tls_root_cert.as_deref(),
                config.proxy.as_deref(),
                Arc::new(names),
            )
        };
        self.client.get_or_try_init(make).await.map_err(|error| failed(chain(&error)))
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
