mod recheck;
mod reload;
mod service;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use super::app::App;
use super::documents::Served;
use super::exit::Exit;
use super::failure::Failure;
use super::heal;
use super::signals::{Asked, Signals, within_bound};
use super::start::Started;
use crate::admin::accounts::{Accounts, FirstAccount};
use crate::admin::server::{self, Server};
use crate::host::Tenon;
use crate::report::{HealthReport, json};
use crate::support::command_code::CommandCode;
use crate::support::machine;
use crate::support::service_manager::{ServiceManager, passed_sockets};
use reload::Reloads;
use service::Service;

/// Serve the administration page, the API and the plugins' routes
///
/// Compares the database with what the plugins expect, and changes nothing. A database that cannot be reached
/// does not keep it from serving: the page says so, and it recovers by itself. Ends in order on Ctrl-C, on
/// SIGTERM and when its terminal is closed, after `server.drain`; a second one ends that wait, and the next
/// one the process. A service's SIGHUP has certificates, callers, log filter, `server.drain` and what plugins
/// may ask of others read again. Other signals, such as SIGUSR1, are logged and change nothing. Serves on the
/// sockets that systemd passes.
#[derive(Debug, Args)]
pub(super) struct Serve {}

/// How long the first check may keep the page waiting.
const PATIENCE: Duration = Duration::from_secs(3);

/// What helps where the port is taken.
const OTHER_PORT: &str = "see who listens there (`ss -ltnp`), or choose another port: `listen = \"127.0.0.1:8081\"` below \
                          [server] in the configuration, or TENON_SERVER__LISTEN=127.0.0.1:8081";

/// What helps where the service manager passed something else.
const OTHER_SOCKET: &str = "in the socket unit (tenon.socket) write ListenStream= with an address and a port, such as 127.0.0.1:8420, \
                            and nothing else";

impl Serve {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_as_configured()?;
        for warning in &app.config.warnings {
            tracing::warn!("{warning}");
        }
        for (part, means) in machine::MISSING {
            tracing::warn!(part, "off on this system: {part}; {means}");
        }
        let sockets = passed_sockets(app.secrets())
            .map_err(|error| Failure::refused_by(CommandCode::BadSocket, &error).hint(OTHER_SOCKET))?;
        let configured = [app.config.server.listen];
        let passed: Vec<_> = sockets.iter().map(|(_, address)| *address).collect();
        for address in if passed.is_empty() { configured.as_slice() } else { &passed } {
            if let Some(refusal) = app.config.server.refusal(*address, app.config.environment) {
                return Err(Failure::refused_by(CommandCode::ListenRefused, &refusal));
            }
        }
        let service = ServiceManager::of(app.secrets()).unwrap_or_else(|error| {
            tracing::warn!("the service manager that NOTIFY_SOCKET names cannot be told: {error}");
            ServiceManager::default()
        });
        let service = Service::new(service);
        let signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "cannot wait for signals").because(&error))?;
        if passed.is_empty() {
            server::probe(&app.config.server).map_err(|error| {
                Failure::of(Exit::Failed, &error).code(CommandCode::ListenFailed).hint(OTHER_PORT)
            })?;
        } else {
            tracing::info!("the service manager listens on {passed:?}: server.listen is not used");
        }
        let (accounts, first) = Accounts::open(&app.config.admin.accounts_file)
            .map_err(|error| Failure::refused_by(error.code(), &error))?;
        if let Some(first) = first {
            introduce(&first, app);
        }
        let started = Started::open_anyway(app).await?;
        let served = serve(app, &started.host, accounts, sockets, signals, &service).await;
        started.stop().await;
        served
    }
}

async fn serve(
    app: &App,
    host: &Arc<Tenon>,
    accounts: Accounts,
    sockets: Vec<(TcpListener, SocketAddr)>,
    signals: Signals,
    service: &Service,
) -> Result<Exit, Failure> {
    let first = Arc::clone(host);
    let mut first = tokio::spawn(async move { first.check_at_start().await });
    // A database that does not answer takes as long as its timeout; the page must not wait for it.
    let checked = tokio::time::timeout(PATIENCE, &mut first).await.is_ok();
    let server = server::start_on(Arc::clone(host), accounts, sockets)
        .await
        .map_err(|error| Failure::of(Exit::Failed, &error).code(CommandCode::ListenFailed))?;
    announce(server.url(), app);
    service.ready();
    let listening = Arc::clone(host);
    let background = [
        Some(tokio::spawn(go_on((!checked).then_some(first), Arc::clone(host)))),
        Some(tokio::spawn(async move { listening.follow_heals().await })),
        Some(tokio::spawn(Arc::clone(host).notify())),
        Some(tokio::spawn(Arc::clone(host).be_known())),
        service.follow_verdicts(host),
    ];
    let jobs = tokio::spawn(Arc::clone(host).run_jobs());
    let events = tokio::spawn(Arc::clone(host).deliver_events());
    until_stopped(app, host, &server, signals, service).await;
    background.into_iter().flatten().for_each(|task| task.abort());
    if host.cancel_heals("the host, which is stopping") > 0 {
        tracing::info!("a heal is being committed: waiting for that");
    }
    // Its port is closed at once; calls, and a heal that is being committed, have their time to end.
    tokio::join!(
        within_bound("the web server", server.stop()),
        within_bound("a heal", host.healed()),
        within_bound("a job", jobs),
        within_bound("the delivery of an event", events)
    );
    // One may have come in before the port was closed.
    host.cancel_heals("the host, which is stopping");
    within_bound("a heal", host.healed()).await;
    tokio::join!(host.release_targets(), host.be_forgotten());
    Ok(Exit::Done)
}

/// Reloads whenever that is asked for, until the host is to stop and has drained.
async fn until_stopped(app: &App, host: &Tenon, server: &Server, mut signals: Signals, service: &Service) {
    let mut reloads = Reloads::new(app);
    let signal = loop {
        match signals.asked().await {
            Asked::End(signal) => break signal,
            Asked::Reload => {
                service.reloading();
                reloads.reload(server);
                service.ready();
            }
        }
    };
    tracing::info!("stopping: {signal}");
    let drain = reloads.drain();
    service.stopping(drain);
    server.drain();
    host.stop_jobs();
    host.stop_events();
    if !drain.is_zero() {
        tracing::info!("/readyz says that the host is not ready; it goes on answering for {drain:?}");
        if let Ok(signal) = tokio::time::timeout(drain, signals.next()).await {
            tracing::info!("not waiting any longer: {signal}");
        }
    }
    signals.insist();
}

/// Awaits the first check if it goes on, tells the truth about heals whose process died, heals if a
/// development configuration says so, and goes on checking by itself.
async fn go_on(first: Option<JoinHandle<Arc<HealthReport>>>, host: Arc<Tenon>) {
    if let Some(first) = first {
        let _ = first.await;
    }
    host.close_open_entries().await;
    if host.config().heal.on_start {
        heal::at_start(&host).await;
    }
    recheck::by_itself(&host).await;
}

/// The one time that the first administrator's password is shown.
fn introduce(first: &FirstAccount, app: &App) {
    let (name, password) = (&first.name, first.password.expose_secret());
    let text = if app.options.json {
        json::line(&Served::Administrator { name, password })
    } else {
        let file = app.config.admin.accounts_file.display();
        format!(
            "An administrator was made, in {file}. The password is shown this once:\n\n  name      {name}\n  password  {password}\n\n"
        )
    };
    app.terminal.data(&text);
}

fn announce(url: &str, app: &App) {
    let text = if app.options.json {
        json::line(&Served::Serving(url))
    } else {
        format!("Tenon is serving {url}\n")
    };
    app.terminal.data(&text);
}
