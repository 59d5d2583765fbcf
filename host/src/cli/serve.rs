mod recheck;

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
use super::signals::{Signals, within_bound};
use super::start::Started;
use crate::admin::accounts::{Accounts, FirstAccount};
use crate::admin::server;
use crate::host::Tenon;
use crate::report::{HealthReport, json};

/// Serve the administration page, the API and the plugins' routes
///
/// Compares the database with what the plugins expect, and changes nothing. A database that cannot be reached
/// does not keep it from serving: the page says so, and it recovers by itself. Ends in order on Ctrl-C, on
/// SIGTERM and when its terminal is closed; a second one ends it at once. Other signals, such as SIGUSR1 or a
/// service's SIGHUP, are logged and change nothing.
#[derive(Debug, Args)]
pub(super) struct Serve {}

/// How long the first check may keep the page waiting.
const PATIENCE: Duration = Duration::from_secs(3);

/// What helps where the port is taken.
const OTHER_PORT: &str = "see who listens there (`ss -ltnp`), or choose another port: `listen = \"127.0.0.1:8081\"` below \
                          [server] in the configuration, or TENON_SERVER__LISTEN=127.0.0.1:8081";

impl Serve {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_as_configured()?;
        for warning in &app.config.warnings {
            tracing::warn!("{warning}");
        }
        if let Some(refusal) = app.config.server.refusal(app.config.environment) {
            return Err(Failure::of(Exit::Refused, &refusal));
        }
        let stop = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "cannot wait for signals").because(&error))?;
        server::probe(&app.config.server)
            .map_err(|error| Failure::of(Exit::Failed, &error).hint(OTHER_PORT))?;
        let (accounts, first) = Accounts::open(&app.config.admin.accounts_file)
            .map_err(|error| Failure::of(Exit::Refused, &error))?;
        if let Some(first) = first {
            introduce(&first, app);
        }
        let started = Started::open_anyway(app).await?;
        let served = serve(app, &started.host, accounts, stop).await;
        started.stop().await;
        served
    }
}

async fn serve(app: &App, host: &Arc<Tenon>, accounts: Accounts, stop: Signals) -> Result<Exit, Failure> {
    let first = Arc::clone(host);
    let mut first = tokio::spawn(async move { first.check_at_start().await });
    // A database that does not answer takes as long as its timeout; the page must not wait for it.
    let checked = tokio::time::timeout(PATIENCE, &mut first).await.is_ok();
    let server =
        server::start(Arc::clone(host), accounts).await.map_err(|error| Failure::of(Exit::Failed, &error))?;
    announce(server.url(), app);
    let goes_on = tokio::spawn(go_on((!checked).then_some(first), Arc::clone(host)));
    let listening = Arc::clone(host);
    let listens = tokio::spawn(async move { listening.follow_heals().await });
    let notifies = tokio::spawn(Arc::clone(host).notify());
    let is_known = tokio::spawn(Arc::clone(host).be_known());
    stop.first().await;
    goes_on.abort();
    listens.abort();
    notifies.abort();
    is_known.abort();
    if host.cancel_heals("the host, which is stopping") > 0 {
        tracing::info!("a heal is being committed: waiting for that");
    }
    within_bound("a heal", host.healed()).await;
    within_bound("the web server", server.stop()).await;
    tokio::join!(host.release_targets(), host.be_forgotten());
    Ok(Exit::Done)
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
