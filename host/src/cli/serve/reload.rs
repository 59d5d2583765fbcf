//! SIGHUP of a service: what can be read again is, and what cannot is named.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use super::super::app::App;
use crate::admin::server::Server;
use crate::config::{Config, SetKey, changed_keys};
use crate::plugin::services::fetch::FetchAccess;
use crate::support::errors::chain;
use crate::support::telemetry;

/// The keys that take effect without a start. The files of certificates and keys are read again in any case.
const RELOADED: [&str; 5] = ["callers", "log.filter", "server.drain", "server.tls_cert", "server.tls_key"];

/// What the keys begin with that take effect without a start: what plugins may ask of others.
const RELOADED_BELOW: [&str; 2] = ["fetch.", "plugins.fetch."];

/// The configuration that a running host goes by, as far as that can change.
pub(super) struct Reloads<'a> {
    app: &'a App,
    /// What was last read without a problem.
    current: (Config, Vec<SetKey>),
}

impl<'a> Reloads<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self { app, current: (app.config.clone(), app.set.clone()) }
    }

    /// How long the host goes on answering after it was told to stop.
    pub(super) fn drain(&self) -> Duration {
        self.current.0.server.drain
    }

    /// Reads the configuration again. One that is wrong changes nothing, and the log has all that is.
    pub(super) fn reload(&mut self, server: &Server) {
        let new = match self.app.read_again() {
            Ok(new) => new,
            Err(error) => return nothing_reloaded(&error),
        };
        // All that can fail comes before the first thing that changes.
        let fetches = match FetchAccess::prepare(&new.0) {
            Ok(fetches) => fetches,
            Err(error) => return nothing_reloaded(&error),
        };
        if let Err(error) = server.reload_certificate(&new.0.server) {
            return nothing_reloaded(&error);
        }
        server.reload_fetches(fetches);
        server.reload_callers(&new.0.callers);
        if let Err(error) = telemetry::set_filter(self.app.filter(&new.0)) {
            tracing::error!("the log goes on as before: {}", chain(&error));
        }
        for warning in new.0.warnings.iter().filter(|warning| !self.current.0.warnings.contains(warning)) {
            tracing::warn!("{warning}");
        }
        let told = |keys: &BTreeSet<String>| keys.iter().cloned().collect::<Vec<_>>().join(", ");
        let current = (&self.current.0, &*self.current.1);
        let (app, read) = (self.app, (&new.0, &*new.1));
        let takes_effect = |key: &String| is_reloaded(key, &app.config, &new.0);
        let mut changed = changed_keys(current, read);
        changed.retain(takes_effect);
        // What cannot be reloaded differs from what the host was started with.
        let mut waiting = changed_keys((&app.config, &app.set), read);
        waiting.retain(|key| !takes_effect(key));
        let has_certificate = server.speaks_tls() && new.0.server.tls_cert.is_some();
        let certificate = if has_certificate { "; the certificate was read again" } else { "" };
        match told(&changed) {
            keys if keys.is_empty() => tracing::info!("the configuration was read again{certificate}"),
            keys => tracing::info!("the configuration was read again, and changed: {keys}{certificate}"),
        }
        if !waiting.is_empty() {
            tracing::warn!(
                "what else was changed needs a restart: {}; run `systemctl restart tenon`",
                told(&waiting)
            );
        }
        self.current = new;
    }
}

fn nothing_reloaded(error: &dyn Error) {
    tracing::error!("nothing was reloaded, and the former configuration stays: {}", chain(error));
}

/// Whether this key takes effect at once. TLS is switched on or off by a start alone.
fn is_reloaded(key: &str, old: &Config, new: &Config) -> bool {
    let switched = old.server.tls_cert.is_some() != new.server.tls_cert.is_some();
    let below = RELOADED_BELOW.iter().any(|start| key.starts_with(start));
    (below || RELOADED.contains(&key)) && !(switched && key.starts_with("server.tls"))
}
