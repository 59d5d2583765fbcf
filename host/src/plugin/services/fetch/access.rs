//! What plugins may ask of others, as it is configured now: a reload puts another in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use tenon_migrations_core::migration::PluginId;
use tokio::sync::OnceCell;

use super::figures::FetchFigures;
use crate::config::{Config, FetchAllowance, FetchConfig};
use crate::support::destinations::{Destinations, Reach};
use crate::support::http_client::HttpClientError;
use crate::support::outbound::{Outbound, OutboundSettings};

/// What plugins may ask of others, and what was counted of it. Clones are of one host.
#[derive(Debug, Clone, Default)]
pub struct FetchAccess {
    pub figures: FetchFigures,
    current: Arc<RwLock<Current>>,
}

#[derive(Debug, Default)]
struct Current {
    config: Arc<FetchConfig>,
    outlets: BTreeMap<PluginId, Arc<Outlet>>,
}

/// What a configuration allows that was looked at, and is not gone by yet.
#[derive(Debug)]
pub struct NewFetches(Current);

/// The way out of one plugin: what it may, and a client that looks up names for it alone.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) allowance: FetchAllowance,
    way: OnceCell<Outbound>,
}

impl Outlet {
    fn new(allowance: FetchAllowance) -> Arc<Self> {
        Arc::new(Self { allowance, way: OnceCell::new() })
    }

    /// The way, which is made when it is needed first.
    pub(super) async fn way(&self, config: &FetchConfig) -> Result<&Outbound, HttpClientError> {
        self.way.get_or_try_init(async || outbound(config, &self.allowance)).await
    }
}

fn outbound(config: &FetchConfig, allowance: &FetchAllowance) -> Result<Outbound, HttpClientError> {
    Outbound::new(OutboundSettings {
        timeout: config.timeout,
        authorities: config.tls_root_cert.as_deref(),
        proxy: config.proxy.as_deref(),
        proxy_resolves: config.proxy_resolves,
        destinations: Destinations { reach: Reach::Public, named: allowance.private.clone() },
    })
}

impl Current {
    fn of(config: &Config) -> Self {
        let outlets = config.plugins.fetch.iter();
        Self {
            config: Arc::new(config.fetch.clone()),
            outlets: outlets.map(|(id, allowance)| (id.clone(), Outlet::new(allowance.clone()))).collect(),
        }
    }
}

impl FetchAccess {
    /// By the configuration.
    pub fn configured(config: &Config) -> Self {
        let current = Arc::new(RwLock::new(Current::of(config)));
        Self { figures: FetchFigures::default(), current }
    }

    /// Lets a plugin ask this from now on, and nothing else.
    pub fn allow(&self, plugin: PluginId, allowance: FetchAllowance) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.outlets.insert(plugin, Outlet::new(allowance));
    }

    /// Looks whether others can be asked by this configuration.
    ///
    /// # Errors
    ///
    /// Why there would be no client.
    pub fn prepare(config: &Config) -> Result<NewFetches, HttpClientError> {
        outbound(&config.fetch, &FetchAllowance::default())?;
        Ok(NewFetches(Current::of(config)))
    }

    /// Goes by this from now on. What has begun ends as it began.
    pub fn replace(&self, new: NewFetches) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, new.0);
        tell(&old.outlets, &current.outlets);
    }

    /// What holds of all, and the way out of a plugin.
    pub(super) fn outlet(&self, plugin: &PluginId) -> (Arc<FetchConfig>, Option<Arc<Outlet>>) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&current.config), current.outlets.get(plugin).cloned())
    }

    /// What a plugin may ask, as it is written.
    pub fn told(&self, plugin: &PluginId) -> Vec<String> {
        self.outlet(plugin).1.map(|outlet| outlet.allowance.told()).unwrap_or_default()
    }
}

/// Has the log say what each plugin may ask that it could not ask before, and the other way about.
fn tell(old: &BTreeMap<PluginId, Arc<Outlet>>, new: &BTreeMap<PluginId, Arc<Outlet>>) {
    let ids: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let listed = |of: &BTreeMap<PluginId, Arc<Outlet>>| of.get(id).map(entries).unwrap_or_default();
        let (old, new) = (listed(old), listed(new));
        let but = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).cloned().collect::<Vec<_>>().join(", ")
        };
        let changes = [("now", but(&new, &old)), ("no longer", but(&old, &new))];
        for (since, what) in changes.into_iter().filter(|(_, what)| !what.is_empty()) {
            tracing::info!(plugin = id.as_str(), "{id} may {since} ask others so: {what}");
        }
    }
}

/// The entries of both lists.
fn entries(outlet: &Arc<Outlet>) -> BTreeSet<String> {
    let private = outlet.allowance.private.iter().map(|network| format!("private {network}"));
    outlet.allowance.told().into_iter().chain(private).collect()
}
