//! What monitoring is told.

use std::time::Instant;

use jiff::Timestamp;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::PluginHealth;

use super::Tenon;
use super::exposition::{self, CheckedNow, ConnectionsNow, FindingsNow, HostNow, PluginNow};
use super::process_figures::ProcessFigures;
use crate::database::pool::PoolStatus;
use crate::plugin::registry::{Library, Registered};
use crate::report::HealthReport;

impl Tenon {
    /// The figures of this host and its plugins, as text.
    pub async fn metrics(&self) -> String {
        let pool = self.database.as_ref().map(|reach| reach.pools.pool().status());
        let heal = self.running_heal();
        let spooled = self.spool.read().await.ok().map(|events| events.len());
        let libraries = self.registry.plugins.values();
        let libraries = libraries.filter_map(|plugin| Some((plugin, plugin.library.as_ref()?)));
        let out = self.registry.out.iter().map(|out| PluginNow::out(out.id.as_str().into()));
        let now = HostNow {
            checked: self.health().as_deref().map(checked_now),
            connections: pool.as_ref().map(connections_now),
            heal: heal.and_then(|heal| Some((heal.purpose?, since_1970(heal.since?)))),
            spooled,
            notifications: self.notifier.figures(),
            hosts: self.own_host.seen(),
            process: ProcessFigures::now(),
            plugins: libraries.map(|(plugin, library)| self.plugin_now(plugin, library)).chain(out).collect(),
        };
        exposition::text(&self.metrics, &now)
    }

    /// What was counted since the host started, as text.
    pub(super) fn counted(&self) -> String {
        exposition::text(&self.metrics, &HostNow::default())
    }

    fn plugin_now(&self, plugin: &Registered, library: &Library) -> PluginNow {
        let refused = library.attempts.all();
        PluginNow {
            plugin: plugin.info.id.as_str().into(),
            serving: self
                .serving(plugin.info.id.as_str())
                .err()
                .as_ref()
                .map_or("yes", |error| error.kind().as_str()),
            waiting: library.worker.waiting(),
            running: library.worker.running(),
            hanging: library.worker.hung(),
            strikes: library.strikes.count(Instant::now()),
            cpu: library.worker.spent(),
            refused: refused.iter().map(|one| (one.system_call, one.times)).collect(),
        }
    }
}

fn checked_now(report: &HealthReport) -> CheckedNow {
    let of_plugin = |plugin: &PluginHealth| FindingsNow {
        plugin: plugin.id.as_str().into(),
        findings: plugin.findings.iter().map(|one| (one.severity, one.acknowledged.is_some())).collect(),
        pending: plugin.findings.iter().filter(|finding| finding.cause == Cause::Pending).count(),
    };
    CheckedNow {
        status: report.status,
        at: since_1970(report.checked_at),
        plugins: report.plugins.iter().map(of_plugin).collect(),
    }
}

fn connections_now(pool: &PoolStatus) -> ConnectionsNow {
    ConnectionsNow {
        in_use: pool.size.saturating_sub(pool.available),
        idle: pool.available.min(pool.size),
        most: pool.max_size,
        callers_waiting: pool.waiting,
    }
}

fn since_1970(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
