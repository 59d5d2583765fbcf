//! What monitoring is told.

use std::time::Instant;

use jiff::Timestamp;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;

use super::Tenon;
use crate::database::pool::PoolStatus;
use crate::host::counters::{HostNow, PluginNow};
use crate::plugin::registry::{Library, Registered};
use crate::plugin::runtime::CallError;

impl Tenon {
    /// The figures of this host and its plugins, as text.
    pub fn metrics(&self) -> String {
        let report = self.health();
        let status = report.as_ref().map(|report| match report.status {
            Status::Healthy => "healthy",
            Status::Drifted => "drifted",
            Status::Degraded => "degraded",
            Status::Unknown => "unknown",
        });
        let checked_at = report.as_ref().map(|report| report.checked_at);
        let check_age = checked_at.map(|at| Timestamp::now().duration_since(at).as_secs_f64().max(0.0));
        let pending = report
            .as_ref()
            .map(|report| report.findings().filter(|finding| finding.cause == Cause::Pending).count());
        let pool = self.database.as_ref().map(|reach| reach.pools.pool().status());
        let of_pool = |figure: fn(&PoolStatus) -> usize| pool.as_ref().map(figure).unwrap_or_default();
        let libraries = self.registry.plugins.values();
        let libraries = libraries.filter_map(|plugin| Some((plugin, plugin.library.as_ref()?)));
        let out = self.registry.out.iter().map(|out| PluginNow::out(out.id.as_str().into()));
        self.metrics.text(&HostNow {
            status,
            pending: pending.unwrap_or_default(),
            checked_at: checked_at.map(|at| at.as_duration().as_secs_f64()).unwrap_or_default(),
            check_age,
            connections_in_use: of_pool(|pool| pool.size.saturating_sub(pool.available)),
            connections_idle: of_pool(|pool| pool.available.min(pool.size)),
            connections_most: of_pool(|pool| pool.max_size),
            callers_waiting: of_pool(|pool| pool.waiting),
            plugins: libraries.map(|(plugin, library)| self.plugin_now(plugin, library)).chain(out).collect(),
        })
    }

    fn plugin_now(&self, plugin: &Registered, library: &Library) -> PluginNow {
        let refused = library.attempts.all();
        PluginNow {
            plugin: plugin.info.id.as_str().into(),
            serving: self.serving(plugin.info.id.as_str()).err().as_ref().map_or("yes", CallError::kind),
            waiting: library.worker.waiting(),
            running: library.worker.running(),
            hanging: library.worker.hung(),
            strikes: library.strikes.count(Instant::now()),
            cpu: library.worker.spent(),
            refused: refused.iter().map(|one| (one.system_call, one.times)).collect(),
        }
    }
}
