//! The HTTP server: where it listens, with or without TLS, and how it stops.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::accounts::Accounts;
use super::certificate::{Certificate, CertificateError};
use super::console::Console;
use super::session::{self, SessionKeyError};
use super::{closing, guard, late, refused, routes};
use crate::config::{CallersConfig, Config, ServeRefusal, ServerConfig};
use crate::host::Tenon;
use crate::plugin::services::fetch::NewFetches;
use crate::support::http_client::HttpClientError;

/// How long requests that are being answered may take when the server stops.
const STOP_SECONDS: u64 = 8;

/// How long after the last accept a worker may take to have its new connections.
const HANDED_OVER: Duration = Duration::from_millis(50);

/// A server that answers requests until it is [stopped](Self::stop).
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    handle: ServerHandle,
    stopping: CancellationToken,
    /// The sockets that nobody else listens on, until it stops.
    own: Mutex<Vec<TcpListener>>,
    console: web::Data<Console>,
    certificate: Option<Arc<Certificate>>,
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
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    SessionKey(#[from] SessionKeyError),
    #[error("admin.oidc: the identity provider could not be asked")]
    Provider(#[from] HttpClientError),
}

/// Whether the configured address can be had: to be asked before anything is made for a server.
pub fn probe(config: &ServerConfig) -> Result<(), ServeError> {
    bind(config.listen).map(drop)
}

/// Binds the configured address and begins to answer. Heals that begin on the page run in the runtime
/// that this is called in.
pub async fn start(host: Arc<Tenon>, accounts: Accounts) -> Result<Server, ServeError> {
    start_on(host, accounts, Vec::new()).await
}

/// Begins to answer on these sockets that listen already; where there are none, on the configured address.
pub async fn start_on(
    host: Arc<Tenon>,
    accounts: Accounts,
    mut sockets: Vec<(TcpListener, SocketAddr)>,
) -> Result<Server, ServeError> {
    let config = host.config();
    let mut own = Vec::new();
    if sockets.is_empty() {
        refuse_public(config, config.server.listen)?;
        let (listener, address) = bind(config.server.listen)?;
        own.extend(listener.try_clone());
        sockets.push((listener, address));
    }
    for (_, address) in &sockets {
        refuse_public(config, *address)?;
    }
    let certificate = Certificate::of(&config.server)?;
    let sessions = session::open(&config.state_dir)?;
    let address = sockets.first().map_or(config.server.listen, |(_, address)| *address);
    let console = web::Data::new(Console::new(host, accounts, sessions)?);
    let stopping = console.streams.stopping();
    let shared = web::Data::clone(&console);
    let server = HttpServer::new(move || app(web::Data::clone(&shared)));
    let server = server.disable_signals().shutdown_timeout(STOP_SECONDS);
    let mut server = server;
    for (listener, address) in sockets {
        let listens = match &certificate {
            Some(certificate) => server.listen_rustls_0_23(listener, certificate.tls()?),
            None => server.listen(listener),
        };
        server = listens.map_err(|source| ServeError::Listen { address, source })?;
    }
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let server = server.run();
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
    let url = format!("{scheme}://{address}/");
    Ok(Server { own: Mutex::new(own), console, certificate, records, tells, address, url, handle, stopping })
}

fn refuse_public(config: &Config, address: SocketAddr) -> Result<(), ServeRefusal> {
    config.server.refusal(address, config.environment).map_or(Ok(()), Err)
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
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

    /// Whether it speaks TLS.
    pub fn speaks_tls(&self) -> bool {
        self.certificate.is_some()
    }

    /// Reads the certificate again, from where it is configured now. Where there was none at start, or is
    /// none now, nothing changes.
    pub fn reload_certificate(&self, config: &ServerConfig) -> Result<(), ServeError> {
        match &self.certificate {
            Some(certificate) => Ok(certificate.reload(config)?),
            None => Ok(()),
        }
    }

    /// Goes by these callers from now on. The files of keys are read again in any case.
    pub fn reload_callers(&self, config: &CallersConfig) {
        self.console.callers.reload(config);
    }

    /// Lets plugins ask this of others from now on, and nothing else.
    pub fn reload_fetches(&self, new: NewFetches) {
        self.console.host.replace_fetches(new);
    }

    /// Has `/readyz` say that no more requests should come. All that come are answered all the same.
    pub fn drain(&self) {
        self.console.draining.store(true, Ordering::Relaxed);
    }

    /// Takes no more requests, and waits for those being answered, 8 seconds at most. Logins refused since
    /// the last entry go to the audit log.
    pub async fn stop(&self) {
        self.drain();
        self.let_no_more_come().await;
        // What was accepted, and is not yet with a worker, would be closed without an answer.
        self.handle.pause().await;
        tokio::time::sleep(HANDED_OVER).await;
        self.stopping.cancel();
        self.handle.stop(true).await;
        self.records.abort();
        self.tells.abort();
        self.console.refused.record(&self.console.host).await;
    }

    /// Waits for connections that are being made, and has no others begin. A socket of the service manager is
    /// left alone: on that they wait for the next start.
    async fn let_no_more_come(&self) {
        let own = std::mem::take(&mut *self.own.lock().unwrap_or_else(PoisonError::into_inner));
        if own.is_empty() {
            return;
        }
        for listener in own {
            if let Err(error) = closing::pass_over_new(&listener) {
                tracing::debug!(%error, "connections that are made while the port is closed are reset");
            }
        }
        tokio::time::sleep(closing::HANDSHAKE).await;
    }
}
