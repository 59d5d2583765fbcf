//! The HTTP client with which the host asks others: TLS by rustls with ring, no redirect followed, no proxy
//! of the environment used, and no answer longer than it may be.
//!
//! Errors of `reqwest` hold the address, which may be a secret: they are shown without it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// What the host calls itself.
pub const USER_AGENT: &str = concat!("tenon/", env!("CARGO_PKG_VERSION"));

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    #[error("cannot read certificates from {}", .file.display())]
    Authorities {
        file: PathBuf,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    #[error("{} holds no certificate", .0.display())]
    NoAuthority(PathBuf),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("the proxy {0} cannot be used")]
    Proxy(String, #[source] reqwest::Error),
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpBodyError {
    #[error("the answer did not come to its end")]
    Read(#[source] reqwest::Error),
    #[error("the answer is longer than {most} bytes")]
    TooLong { most: usize },
}

/// A client whose requests, with their answers, take no longer than this. It trusts the authorities of a PEM
/// file, or the system's.
pub fn http_client(
    timeout: Duration,
    authorities: Option<&Path>,
) -> Result<reqwest::Client, HttpClientError> {
    built(builder(timeout, client_tls(authorities)?))
}

/// A client over this TLS that has names looked up by this, and asks through a proxy, if there is one.
pub fn http_client_resolving<R: Resolve + 'static>(
    timeout: Duration,
    tls: ClientConfig,
    proxy: Option<&str>,
    names: Arc<R>,
) -> Result<reqwest::Client, HttpClientError> {
    let mut client = builder(timeout, tls).dns_resolver(names);
    if let Some(proxy) = proxy {
        let through = reqwest::Proxy::all(proxy);
        client = client.proxy(through.map_err(|error| HttpClientError::Proxy(proxy.to_owned(), error))?);
    }
    built(client)
}

/// TLS that trusts the authorities of a PEM file, or the system's.
pub fn client_tls(authorities: Option<&Path>) -> Result<ClientConfig, HttpClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(HttpClientError::Tls)?;
    Ok(builder.with_root_certificates(roots(authorities)?).with_no_client_auth())
}

fn built(client: reqwest::ClientBuilder) -> Result<reqwest::Client, HttpClientError> {
    client.build().map_err(HttpClientError::Client)
}

fn builder(timeout: Duration, tls: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .no_proxy()
        .redirect(Policy::none())
        .timeout(timeout)
        .connect_timeout(timeout / 2)
        .user_agent(USER_AGENT)
}

/// The body of an answer, if it is no longer than this.
pub async fn body_within(mut answer: reqwest::Response, most: usize) -> Result<Vec<u8>, HttpBodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| HttpBodyError::Read(error.without_url()))? {
        if body.len() + chunk.len() > most {
            return Err(HttpBodyError::TooLong { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without a file the system's, of which there may be none: then no server can be asked over TLS.
fn roots(file: Option<&Path>) -> Result<RootCertStore, HttpClientError> {
    let certificates = match file {
        Some(file) => {
            let read = || CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>();
            read().map_err(|source| HttpClientError::Authorities { file: file.to_owned(), source })?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    match file {
        Some(file) if store.is_empty() => Err(HttpClientError::NoAuthority(file.to_owned())),
        _ => Ok(store),
    }
}
