//! What the host asks of others: whose lists there are, and whether proxies and webhooks can be reached.
//!
//! Nothing is sent: a connection is made, and closed.

use std::collections::BTreeSet;
use std::time::Duration;

use tenon_migrations_core::migration::PluginId;
use url::Url;

use crate::config::Config;
use crate::host::Tenon;
use crate::report::doctor::DoctorLine;
use crate::support::outbound::connect_to;

const FETCH: &str = "fetch";
const WEBHOOKS: &str = "webhooks";

/// How long a proxy may take to be connected to.
const PATIENCE: Duration = Duration::from_secs(3);

/// `installed` are the plugins whose files are there.
pub(super) async fn lines(host: &Tenon, installed: &BTreeSet<PluginId>) -> Vec<DoctorLine> {
    let mut lines = fetch(&host.config, installed).await;
    lines.extend(webhooks(host).await);
    lines
}

async fn fetch(config: &Config, installed: &BTreeSet<PluginId>) -> Vec<DoctorLine> {
    let lists = &config.plugins.fetch;
    let mut lines = Vec::new();
    for id in lists.keys().filter(|id| !installed.contains(*id)) {
        let told = format!(
            "[plugins.fetch.{id}] says what plugin {id} may ask of others, and there is no such plugin"
        );
        let remedy =
            "`tenon plugin list` shows those that are there; take the table away, or give it the right id";
        lines.push(DoctorLine::warning(FETCH, told, remedy));
    }
    lines.extend(proxy(FETCH, "fetch.proxy", config.fetch.proxy.as_deref()).await);
    if lines.is_empty() {
        let named: Vec<_> = lists.keys().map(PluginId::as_str).collect();
        let told = match named.as_slice() {
            [] => "no plugin may ask others".to_owned(),
            named => format!("plugins that may ask others: {}", named.join(", ")),
        };
        lines.push(DoctorLine::ok(FETCH, told));
    }
    lines
}

async fn webhooks(host: &Tenon) -> Vec<DoctorLine> {
    let notify = &host.config.notify;
    let mut lines = Vec::from_iter(proxy(WEBHOOKS, "notify.proxy", notify.proxy.as_deref()).await);
    let reached = host.reach_webhooks().await;
    let count = reached.len();
    for (name, why) in reached {
        if let Some(why) = why {
            let remedy = format!("`tenon notify test {name}` sends a message there, once that is settled");
            lines.push(DoctorLine::problem(
                WEBHOOKS,
                format!("webhook {name} cannot be reached: {why}"),
                remedy,
            ));
        }
    }
    if lines.is_empty() {
        let told = match count {
            0 => "there is no webhook".to_owned(),
            1 => "the server of the webhook can be reached".to_owned(),
            many => format!("the servers of {many} webhooks can be reached"),
        };
        lines.push(DoctorLine::ok(WEBHOOKS, told));
    }
    lines
}

/// What is wrong with a proxy, if there is one.
async fn proxy(topic: &'static str, key: &str, proxy: Option<&str>) -> Option<DoctorLine> {
    let url = Url::parse(proxy?).ok()?;
    let why = match tokio::time::timeout(PATIENCE, connect_to(&url)).await {
        Ok(Ok(_)) => return None,
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("it did not answer within {} s", PATIENCE.as_secs()),
    };
    let told = format!("the proxy {} ({key}) cannot be reached: {why}", proxy?);
    Some(DoctorLine::problem(topic, told, format!("see whether the proxy runs, and what {key} says")))
}
