//! What the handlers of the pages, the API and the plugins' routes share.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;
use uuid::Uuid;

use super::accounts::Accounts;
use super::basic::BasicCache;
use super::client::Proxy;
use super::event_stream::EventStreams;
use super::limits::LoginLimits;
#[cfg(feature = "oidc")]
use super::oidc::OidcProvider;
use super::plugin_answers::PluginAnswers;
use super::refused::RefusedLogins;
use super::runs::Runs;
use super::session::{Sessions, Transport};
use super::token_uses::TokenUses;
use super::verifiers::Callers;
use crate::host::Tenon;
use crate::support::http_client::HttpClientError;

/// Shared by all workers of the server.
#[derive(Debug)]
pub(crate) struct Console {
    pub host: Arc<Tenon>,
    pub accounts: Accounts,
    pub limits: LoginLimits,
    pub refused: RefusedLogins,
    pub basic: BasicCache,
    pub token_uses: TokenUses,
    pub sessions: Sessions,
    /// The identity provider, if there is one.
    #[cfg(feature = "oidc")]
    pub oidc: Option<OidcProvider>,
    pub runs: Runs,
    pub streams: EventStreams,
    pub answers: PluginAnswers,
    /// By what is known who calls a plugin's route.
    pub callers: Callers,
    pub proxy: Proxy,
    pub transport: Transport,
    /// Where work goes that has to outlive a request: a worker's own runtime ends with the worker.
    pub runtime: Handle,
    /// Held while `/readyz` has a check made, so that probes do not pile up checks.
    pub probing: tokio::sync::Mutex<()>,
    /// Whether the host is about to stop: then it is not ready.
    pub draining: AtomicBool,
}

/// The work panicked, or the host is stopping.
#[derive(Debug, thiserror::Error)]
#[error("the work was interrupted")]
pub(crate) struct Interrupted(#[source] tokio::task::JoinError);

impl Console {
    /// The console of a host, whose background work runs where this is called.
    pub(crate) fn new(
        host: Arc<Tenon>,
        accounts: Accounts,
        sessions: Sessions,
    ) -> Result<Self, HttpClientError> {
        let server = &host.config().server;
        let secure = server.tls_cert.is_some() || server.behind_proxy;
        Ok(Self {
            proxy: if server.behind_proxy { Proxy::Trusted } else { Proxy::None },
            transport: if secure { Transport::Secure } else { Transport::Plain },
            accounts,
            sessions,
            #[cfg(feature = "oidc")]
            oidc: host.config().admin.oidc.clone().map(OidcProvider::new).transpose()?,
            limits: LoginLimits::default(),
            refused: RefusedLogins::default(),
            basic: BasicCache::default(),
            token_uses: TokenUses::in_dir(&host.config().state_dir),
            runs: Runs::default(),
            streams: EventStreams::default(),
            answers: PluginAnswers::default(),
            callers: Callers::new(&host.config().callers),
            runtime: Handle::current(),
            probing: tokio::sync::Mutex::default(),
            draining: AtomicBool::new(false),
            host,
        })
    }

    /// Sees to it that a heal stops that does not hear that it shall.
    pub(crate) fn follow_stop(&self, heal: Uuid) {
        if self.host.running_heal().is_none_or(|here| here.heal != Some(heal)) {
            let host = Arc::clone(&self.host);
            self.runtime.spawn(async move { host.cancel_deaf_heal(heal).await });
        }
    }

    /// Runs work of the host to its end, also if the client goes away meanwhile.
    pub(crate) async fn run<F>(&self, work: F) -> Result<F::Output, Interrupted>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.spawn(work).await.map_err(Interrupted)
    }
}
