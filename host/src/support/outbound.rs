//! The way to other servers: what is connected to was looked at before, also where a proxy is between.
//!
//! Without a proxy the addresses that a name leads to are looked at, and one of them is connected to. With
//! one the host looks the name up all the same. Over TLS the proxy is then told an address that was looked at
//! (`tunnel.rs`), so that a name cannot lead elsewhere meanwhile. Without TLS the proxy needs the name and
//! looks it up again. Where it alone can look up names, the configuration says so, and it decides.

mod tunnel;

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Request, Response, Url};
use tokio::net::TcpStream;
use url::Host;

use self::tunnel::Tunnels;
pub use self::tunnel::{TunnelError, connect_to};
use super::destinations::{Destinations, ForbiddenAddress};
use super::http_client::{HttpClientError, client_tls, http_client_resolving};

/// How long a server may take to be connected to, where only that is asked.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a way to other servers is made of.
#[derive(Debug)]
pub struct OutboundSettings<'a> {
    pub timeout: Duration,
    /// A PEM file with the authorities to trust instead of the system's.
    pub authorities: Option<&'a Path>,
    pub proxy: Option<&'a str>,
    /// Whether the proxy alone looks up names.
    pub proxy_resolves: bool,
    pub destinations: Destinations,
}

/// Why there is no answer. None of these holds the address that was asked, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error(transparent)]
    Forbidden(#[from] ForbiddenAddress),
    #[error("its name cannot be looked up here, and the proxy does not decide (proxy_resolves)")]
    LookUp(#[source] io::Error),
    #[error(transparent)]
    NoAnswer(reqwest::Error),
    #[error(transparent)]
    Tunnel(#[from] TunnelError),
    #[error("nobody can be connected to there")]
    Unreachable(#[source] io::Error),
    #[error("there was none within {} s", .0.as_secs_f32())]
    TooLong(Duration),
}

/// A client that goes to allowed addresses alone.
#[derive(Debug)]
pub struct Outbound {
    client: reqwest::Client,
    timeout: Duration,
    destinations: Arc<Destinations>,
    has_proxy: bool,
    /// With a proxy that is told what to connect to.
    tunnels: Option<Tunnels>,
}

impl Outbound {
    pub fn new(settings: OutboundSettings<'_>) -> Result<Self, HttpClientError> {
        let OutboundSettings { timeout, authorities, proxy, proxy_resolves, destinations } = settings;
        let (tls, destinations) = (client_tls(authorities)?, Arc::new(destinations));
        let proxy_url = proxy.and_then(|proxy| Url::parse(proxy).ok());
        let proxy_host = proxy_url.as_ref().and_then(|proxy| proxy.host_str().map(str::to_owned));
        let names = CheckedNames { destinations: Arc::clone(&destinations), proxy: proxy_host };
        let tunnels = proxy_url.filter(|_| !proxy_resolves).map(|proxy| Tunnels::new(proxy, tls.clone()));
        let client = http_client_resolving(timeout, tls, proxy, Arc::new(names))?;
        Ok(Self { client, timeout, destinations, has_proxy: proxy.is_some(), tunnels })
    }

    /// What requests are made with.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Sends a request that the client has made, and follows no redirect.
    pub async fn send(&self, request: Request) -> Result<Response, OutboundError> {
        let sent = tokio::time::timeout(self.timeout, self.sent(request));
        sent.await.unwrap_or(Err(OutboundError::TooLong(self.timeout)))
    }

    async fn sent(&self, request: Request) -> Result<Response, OutboundError> {
        let addresses = self.addresses(request.url()).await?;
        match &self.tunnels {
            Some(tunnels) if request.url().scheme() == "https" => {
                Ok(tunnels.send(&addresses, request).await?)
            }
            _ => self.client.execute(request).await.map_err(no_answer),
        }
    }

    /// Looks whether the server of an address can be connected to, as far as no proxy is between. Sends
    /// nothing.
    pub async fn reach(&self, url: &Url) -> Result<(), OutboundError> {
        let patience = self.timeout.min(PATIENCE);
        let reached = tokio::time::timeout(patience, self.reached(url));
        reached.await.unwrap_or(Err(OutboundError::TooLong(patience)))
    }

    async fn reached(&self, url: &Url) -> Result<(), OutboundError> {
        let mut addresses = self.addresses(url).await?;
        if self.has_proxy {
            return Ok(());
        }
        if addresses.is_empty() {
            let host = url.host_str().unwrap_or_default();
            let found = look_up(host).await.map_err(OutboundError::Unreachable)?;
            addresses.extend(found.iter().map(SocketAddr::ip));
            self.destinations.refuse(host, &addresses)?;
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let places: Vec<_> = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        TcpStream::connect(&*places).await.map(drop).map_err(OutboundError::Unreachable)
    }

    /// The addresses of the server, as far as somebody else does not look at them: all may be connected to.
    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, OutboundError> {
        let host = url.host_str().unwrap_or_default();
        let addresses = match url.host() {
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            _ if self.tunnels.is_none() => return Ok(Vec::new()),
            _ => look_up(host).await.map_err(OutboundError::LookUp)?.iter().map(SocketAddr::ip).collect(),
        };
        self.destinations.refuse(host, &addresses)?;
        Ok(addresses)
    }
}

/// Looks up the names that are connected to, and leaves out what is not allowed.
#[derive(Debug)]
struct CheckedNames {
    destinations: Arc<Destinations>,
    /// The host of the proxy, which the operator has chosen.
    proxy: Option<String>,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let destinations = Arc::clone(&self.destinations);
        let is_proxy = self.proxy.as_deref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(checked(destinations, name, is_proxy))
    }
}

async fn checked(
    destinations: Arc<Destinations>,
    name: Name,
    is_proxy: bool,
) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found = look_up(name.as_str()).await?;
    if !is_proxy {
        let addresses: Vec<_> = found.iter().map(SocketAddr::ip).collect();
        destinations.refuse(name.as_str(), &addresses)?;
    }
    Ok(Box::new(found.into_iter()))
}

/// The addresses of a name: one at least.
async fn look_up(host: &str) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
    if found.is_empty() { Err(io::Error::other("the name has no address")) } else { Ok(found) }
}

fn no_answer(error: reqwest::Error) -> OutboundError {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if let Some(found) = one.downcast_ref::<ForbiddenAddress>() {
            return OutboundError::Forbidden(found.clone());
        }
        cause = one.source();
    }
    OutboundError::NoAnswer(error)
}
