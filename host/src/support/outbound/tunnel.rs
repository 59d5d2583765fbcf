//! A request over TLS through a proxy that is told an address, and never the name.
//!
//! The name stays between the host and the server: it is what the certificate is verified by, and what the
//! request asks for.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, HOST, HeaderValue, USER_AGENT as USER_AGENT_HEADER};
use hyper_util::rt::TokioIo;
use reqwest::{Request, Response, Url};
use rustls::ClientConfig;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Position;

use crate::support::http_client::USER_AGENT;

/// Why there is no answer through a proxy.
#[derive(Debug, thiserror::Error)]
pub enum TunnelError {
    #[error("the proxy cannot be reached")]
    Unreachable(#[source] io::Error),
    #[error("the proxy did not answer as one does")]
    NoProxy,
    #[error("the proxy does not connect to that: it answered {0}")]
    Refused(u16),
    #[error("TLS with the server failed")]
    Tls(#[source] io::Error),
    #[error("its name is none that a certificate can have")]
    Name(#[source] InvalidDnsNameError),
    #[error("the request cannot be sent so")]
    Request(#[source] hyper::http::Error),
    #[error("the server gave no answer")]
    Server(#[source] hyper::Error),
}

/// How long the head of a proxy's answer may be.
const MOST_HEAD: usize = 16 << 10;

/// How many addresses of one name are tried.
const MOST_TRIED: usize = 4;

/// The port of https.
const HTTPS: u16 = 443;

/// Makes a tunnel for each request.
pub(super) struct Tunnels {
    proxy: Url,
    tls: TlsConnector,
}

impl std::fmt::Debug for Tunnels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tunnels").finish_non_exhaustive()
    }
}

impl Tunnels {
    pub(super) fn new(proxy: Url, tls: ClientConfig) -> Self {
        Self { proxy, tls: TlsConnector::from(Arc::new(tls)) }
    }

    /// Sends the request to one of these addresses of its server.
    pub(super) async fn send(&self, addresses: &[IpAddr], request: Request) -> Result<Response, TunnelError> {
        let url = request.url();
        let name = ServerName::try_from(bare(url).to_owned()).map_err(TunnelError::Name)?;
        let port = url.port_or_known_default().unwrap_or(HTTPS);
        let asked = plain(&request)?;
        let mut last = TunnelError::NoProxy;
        for address in addresses.iter().take(MOST_TRIED) {
            let stream = match self.connected(SocketAddr::new(*address, port)).await {
                Ok(stream) => stream,
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            let secure = self.tls.connect(name, stream).await.map_err(TunnelError::Tls)?;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(secure))
                .await
                .map_err(TunnelError::Server)?;
            // It ends with the answer, or with whoever waits for that.
            tokio::spawn(connection);
            let answer = sender.send_request(asked).await.map_err(TunnelError::Server)?;
            return Ok(Response::from(answer.map(reqwest::Body::wrap)));
        }
        Err(last)
    }

    /// A connection of the proxy's to this address.
    async fn connected(&self, address: SocketAddr) -> Result<TcpStream, TunnelError> {
        let mut stream = connect_to(&self.proxy).await.map_err(TunnelError::Unreachable)?;
        let asked =
            format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {USER_AGENT}\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.map_err(TunnelError::Unreachable)?;
        let mut head = Vec::new();
        // The server says nothing before it is spoken to, so that nothing of its own is read here.
        while !head.ends_with(b"\r\n\r\n") {
            let mut more = [0; 1024];
            let length = stream.read(&mut more).await.map_err(TunnelError::Unreachable)?;
            head.extend(more.iter().take(length));
            if length == 0 || head.len() > MOST_HEAD {
                break;
            }
        }
        match status(&head).ok_or(TunnelError::NoProxy)? {
            200..=299 if head.ends_with(b"\r\n\r\n") => Ok(stream),
            200..=299 => Err(TunnelError::NoProxy),
            status => Err(TunnelError::Refused(status)),
        }
    }
}

/// Connects to where an address leads that the operator has written down.
pub async fn connect_to(url: &Url) -> io::Result<TcpStream> {
    TcpStream::connect((bare(url), url.port_or_known_default().unwrap_or_default())).await
}

/// The host of an address, without the brackets of IPv6.
fn bare(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

/// The status in the first line of an answer.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
}

/// The request as it stands on a connection to its server.
fn plain(request: &Request) -> Result<hyper::Request<Full<Bytes>>, TunnelError> {
    let url = request.url();
    let body = request.body().and_then(reqwest::Body::as_bytes).map(Bytes::copy_from_slice);
    let mut made = hyper::Request::builder()
        .method(request.method().clone())
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .body(Full::new(body.unwrap_or_default()))
        .map_err(TunnelError::Request)?;
    let headers = made.headers_mut();
    headers.insert(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    for name in request.headers().keys() {
        headers.remove(name);
    }
    for (name, value) in request.headers() {
        headers.append(name, value.clone());
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_proxy_is_read_and_nothing_else_is_one() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 403\r\n"), Some(403));
        for other in [&b"SSH-2.0-x\r\n"[..], b"", b"HTTP/1.1 nothing\r\n", b"\xff\xfe"] {
            assert_eq!(status(other), None);
        }
    }

    #[test]
    fn the_server_is_asked_by_its_name_and_without_the_fragment() {
        let client = reqwest::Client::new();
        let request = client.put("https://a.example:8443/x?y=z#f").header("x-a", "b").header("accept", "c");
        let asked = plain(&request.body("text").build().unwrap()).unwrap();
        assert_eq!((asked.uri().to_string().as_str(), asked.method().as_str()), ("/x?y=z", "PUT"));
        let values = |name: &str| asked.headers().get_all(name).iter();
        let header = |name: &str| values(name).map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(header("host"), ["a.example:8443"]);
        assert_eq!((header("x-a"), header("accept")), (vec!["b"], vec!["c"]));
    }
}
