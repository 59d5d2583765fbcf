//! The HTTP server: where it listens, with or without TLS, and how it stops.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use rustls::ServerConfig as TlsConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::accounts::Accounts;
use super::console::Console;
use super::session::{self, SessionKeyError};
use super::{guard, late, refused, routes};
use crate::config::{ServeRefusal, ServerConfig};
use crate::host::Tenon;
use crate::support::http_client::HttpClientError;

/// How long requests that are being answered may take when the server stops.
const STOP_SECONDS: u64 = 8;

/// A server that answers requests until it is [stopped](Self::stop).
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    handle: ServerHandle,
    stopping: CancellationToken,
    console: web::Data<Console>,
    /// Records refused logins from time to time.
    records: JoinHandle<()>,
    /// Tells other hosts of sessions what they could not be told while the database was away.
    tells: JoinHandle<()>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Refused(#[from] ServeRefusal),
    #[error(
        "could not listen on {address}, which server.listen in the configuration (TENON_SERVER__LISTEN in the environment) names"
    )]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("server.{setting}: {} could not be read", path.display())]
    Pem {
        setting: &'static str,
        path: PathBuf,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    #[error("server.tls_cert: {} holds no certificate", path.display())]
    NoCertificate { path: PathBuf },
    #[error("server.tls_cert and server.tls_key do not go together")]
    Tls {
        #[source]
        source: rustls::Error,
    },
    #[error(transparent)]
    SessionKey(#[from] SessionKeyError),
    #[error("admin.oidc: the identity provider could not be asked")]
    Provider(#[from] HttpClientError),
}

/// Whether the configured address can be had: to be asked before anything is made for a server.
pub fn probe(config: &ServerConfig) -> Result<(), ServeError> {
    let address = config.listen;
    let listener = TcpListener::bind(address);
    listener.map(drop).map_err(|source| ServeError::Listen { address, source })
}

/// Binds the configured address and begins to answer. Heals that begin on the page run in the runtime
/// that this is called in.
pub async fn start(host: Arc<Tenon>, accounts: Accounts) -> Result<Server, ServeError> {
    let config = host.config();
    if let Some(refusal) = config.server.refusal(config.environment) {
        return Err(refusal.into());
    }
    let tls = tls(&config.server)?;
    let sessions = session::open(&config.state_dir)?;
    let listen = config.server.listen;
    let failed = |source| ServeError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let console = web::Data::new(Console::new(host, accounts, sessions)?);
    let stopping = console.streams.stopping();
    let shared = web::Data::clone(&console);
    let server = HttpServer::new(move || app(web::Data::clone(&shared)));
    let server = server.disable_signals().shutdown_timeout(STOP_SECONDS);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls),
        None => server.listen(listener),
    };
    let server = server.map_err(failed)?.run();
    let handle = server.handle();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the web server ended");
        }
    });
    let recording = web::Data::clone(&console);
    let records = tokio::spawn(async move {
        loop {
            tokio::time::sleep(refused::PERIOD).await;
            recording.refused.record(&recording.host).await;
        }
    });
    let telling = web::Data::clone(&console);
    let tells = tokio::spawn(async move {
        let mut checks = telling.host.reports();
        while checks.changed().await.is_ok() {
            if telling.sessions.has_untold() {
                telling.sessions.tell(&telling.host).await;
            }
        }
    });
    Ok(Server { console, records, tells, address, url: format!("{scheme}://{address}/"), handle, stopping })
}

/// What each worker of the server runs.
pub(super) fn app(
    console: web::Data<Console>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let session = session::middleware(console.sessions.clone(), Arc::clone(&console.host), console.transport);
    App::new()
        .app_data(console)
        .wrap(from_fn(late::bodies))
        .wrap(from_fn(guard::catch_panics))
        .configure(|config| routes::configure(config, session))
}

impl Server {
    /// The address it listens on, with the port the system chose if port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a browser finds it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more requests, and waits for those being answered, 8 seconds at most. Logins refused since
    /// the last entry go to the audit log.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.handle.stop(true).await;
        self.records.abort();
        self.tells.abort();
        self.console.refused.record(&self.console.host).await;
    }
}

fn tls(config: &ServerConfig) -> Result<Option<TlsConfig>, ServeError> {
    let (Some(certificate), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(None) };
    let chain = certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(pem("tls_key", key))?;
    // Named here, since a process with two providers in it has no default.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = TlsConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    tls.map(Some).map_err(|source| ServeError::Tls { source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain = chain.map_err(pem("tls_cert", path))?;
    if chain.is_empty() { Err(ServeError::NoCertificate { path: path.to_owned() }) } else { Ok(chain) }
}

fn pem(setting: &'static str, path: &Path) -> impl FnOnce(rustls::pki_types::pem::Error) -> ServeError {
    let path = path.to_owned();
    move |source| ServeError::Pem { setting, path, source }
}
