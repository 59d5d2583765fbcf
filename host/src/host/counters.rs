//! Figures for monitoring, in the text format of OpenMetrics, which Prometheus reads.
//!
//! What happens is counted when it does; what is so at the moment is asked for when somebody reads. Labels
//! are plugins' ids, routes as the manifest spells them and words of ours: never a path, nor anything else
//! that those who ask could make up.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::plugin::runtime::CallError;
use crate::schema::state::Renewal;

/// What OpenMetrics in text is called.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The upper ends of the latencies that are told apart, in seconds.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

type Latencies = Family<OfRoute, Histogram, fn() -> Histogram>;

/// What was counted since the host started.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<OfRequest, Counter>,
    latencies: Latencies,
    panics: Family<OfPlugin, Counter>,
    refused: Family<OfPlugin, Counter>,
    checks: Family<OfCheck, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            panics: Family::default(),
            refused: Family::default(),
            checks: of_checks(),
        }
    }
}

/// Counters of all kinds of check, each there from the first reading on.
fn of_checks() -> Family<OfCheck, Counter> {
    let family = Family::<OfCheck, Counter>::default();
    for renewal in [Some(Renewal::Unchanged), Some(Renewal::Part), Some(Renewal::Whole), None] {
        drop(family.get_or_create(&OfCheck::of(renewal)));
    }
    family
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPlugin {
    plugin: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    plugin: Arc<str>,
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    plugin: Arc<str>,
    route: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCheck {
    read: &'static str,
}

impl OfCheck {
    /// How much of the database was read for it, if it could be.
    fn of(renewal: Option<Renewal>) -> Self {
        Self {
            read: match renewal {
                Some(Renewal::Unchanged) => "unchanged",
                Some(Renewal::Part) => "part",
                Some(Renewal::Whole) => "whole",
                None => "unknown",
            },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPluginAndState {
    plugin: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSystemCall {
    plugin: Arc<str>,
    system_call: &'static str,
}

/// What a request was found to be for; empty as long as nothing was.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub plugin: Arc<str>,
    pub route: Arc<str>,
    /// How many of its statements were refused.
    pub refused: u64,
}

/// How one plugin is at the moment.
#[derive(Debug)]
pub struct PluginNow {
    pub plugin: Arc<str>,
    /// `yes`, or why it does not answer.
    pub serving: &'static str,
    pub waiting: usize,
    pub running: usize,
    pub hanging: usize,
    pub strikes: usize,
    /// The time that its threads have spent on a processor.
    pub cpu: Duration,
    /// What was refused to them, and how often.
    pub refused: Vec<(&'static str, u64)>,
}

impl PluginNow {
    /// One that is not loaded.
    pub fn out(plugin: Arc<str>) -> Self {
        Self {
            plugin,
            serving: "out",
            waiting: 0,
            running: 0,
            hanging: 0,
            strikes: 0,
            cpu: Duration::ZERO,
            refused: Vec::new(),
        }
    }
}

/// How the host is at the moment.
#[derive(Debug, Default)]
pub struct HostNow {
    /// The last check's verdict, in lower case; `None` before the first.
    pub status: Option<&'static str>,
    pub pending: usize,
    /// Seconds since 1970.
    pub checked_at: f64,
    /// How long ago that was, in seconds; `None` before the first check.
    pub check_age: Option<f64>,
    pub connections_in_use: usize,
    pub connections_idle: usize,
    pub connections_most: usize,
    pub callers_waiting: usize,
    pub plugins: Vec<PluginNow>,
}

impl Metrics {
    /// Counts a request to a plugin and how it ended.
    pub fn count<T>(&self, asked: Asked, answer: &Result<T, CallError>, took: Duration) {
        let Asked { plugin, route, refused } = asked;
        let outcome = answer.as_ref().map_or_else(CallError::kind, |_| "ok");
        if outcome == "panic" {
            self.panics.get_or_create(&OfPlugin { plugin: Arc::clone(&plugin) }).inc();
        }
        if refused > 0 {
            self.refused.get_or_create(&OfPlugin { plugin: Arc::clone(&plugin) }).inc_by(refused);
        }
        if !route.is_empty() {
            let of_route = OfRoute { plugin: Arc::clone(&plugin), route: Arc::clone(&route) };
            self.latencies.get_or_create(&of_route).observe(took.as_secs_f64());
        }
        self.requests.get_or_create(&OfRequest { plugin, route, outcome }).inc();
    }

    /// Counts a check, by how it was come by; `None` where the database could not be read.
    pub fn checked(&self, renewal: Option<Renewal>) {
        self.checks.get_or_create(&OfCheck::of(renewal)).inc();
    }

    /// Everything as text.
    pub fn text(&self, now: &HostNow) -> String {
        let mut registry = Registry::with_prefix("tenon");
        self.register(&mut registry);
        of_plugins(&mut registry, &now.plugins);
        of_host(&mut registry, now);
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &registry);
        text
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("plugin_requests", "Requests to plugins, by how they ended", self.requests.clone());
        registry.register_with_unit(
            "plugin_request_duration",
            "How long requests to plugins took",
            Unit::Seconds,
            self.latencies.clone(),
        );
        registry.register("plugin_panics", "Panics of plugins", self.panics.clone());
        let refused = "Statements of plugins that were refused";
        registry.register("plugin_statements_refused", refused, self.refused.clone());
        registry.register("checks", "Checks, by how much had to be read for them", self.checks.clone());
    }
}

fn of_plugins(registry: &mut Registry, plugins: &[PluginNow]) {
    let gauges = |value: fn(&PluginNow) -> usize| {
        let family = Family::<OfPlugin, Gauge>::default();
        for now in plugins {
            let of = OfPlugin { plugin: Arc::clone(&now.plugin) };
            family.get_or_create(&of).set(whole(value(now)));
        }
        family
    };
    let waiting = gauges(|now| now.waiting);
    registry.register("plugin_calls_waiting", "Calls that wait for a thread", waiting);
    registry.register("plugin_calls_running", "Calls that have one", gauges(|now| now.running));
    registry.register("plugin_threads_hanging", "Threads that hang in calls", gauges(|now| now.hanging));
    registry.register("plugin_strikes", "Panics that count towards quarantine", gauges(|now| now.strikes));
    let (cpu, serving) = (
        Family::<OfPlugin, Counter<f64, std::sync::atomic::AtomicU64>>::default(),
        Family::<OfPluginAndState, Gauge>::default(),
    );
    let refused = Family::<OfSystemCall, Counter>::default();
    for now in plugins {
        let plugin = || Arc::clone(&now.plugin);
        cpu.get_or_create(&OfPlugin { plugin: plugin() }).inc_by(now.cpu.as_secs_f64());
        serving.get_or_create(&OfPluginAndState { plugin: plugin(), state: now.serving }).set(1);
        for (system_call, times) in &now.refused {
            refused.get_or_create(&OfSystemCall { plugin: plugin(), system_call }).inc_by(*times);
        }
    }
    registry.register_with_unit("plugin_cpu", "Time of plugins' threads on a processor", Unit::Seconds, cpu);
    registry.register("plugin_serving", "Whether plugins answer, by state", serving);
    registry.register("plugin_refused_system_calls", "System calls refused to plugins", refused);
}

fn of_host(registry: &mut Registry, now: &HostNow) {
    let mut states = |name: &str, help: &str, states: &[(&'static str, usize)]| {
        let family = Family::<OfState, Gauge>::default();
        for (state, value) in states {
            family.get_or_create(&OfState { state }).set(whole(*value));
        }
        registry.register(name, help, family);
    };
    let health = ["healthy", "drifted", "degraded", "unknown"];
    let health = health.map(|status| (status, usize::from(now.status == Some(status))));
    states("health", "The last check's verdict", &health);
    let pool = [("in_use", now.connections_in_use), ("idle", now.connections_idle)];
    states("pool_connections", "Connections of the pool", &pool);
    let mut one = |name: &str, help: &str, value: usize| {
        let gauge = Gauge::<i64>::default();
        gauge.set(whole(value));
        registry.register(name, help, gauge);
    };
    one("pool_connections_most", "Connections that the pool may have", now.connections_most);
    one("pool_callers_waiting", "Callers that wait for a connection", now.callers_waiting);
    one("pending_migrations", "Migrations that were pending at the last check", now.pending);
    let checked_at = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
    checked_at.set(now.checked_at);
    registry.register_with_unit("checked_at", "When the last check was", Unit::Seconds, checked_at);
    if let Some(seconds) = now.check_age {
        let age = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        age.set(seconds);
        registry.register_with_unit("check_age", "How long ago the last check was", Unit::Seconds, age);
    }
}

fn whole(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::load::{CallFailure, Fault};

    #[test]
    fn the_figures_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        let asked = || Asked { plugin: "shop".into(), route: "GET /items/{sku}".into(), refused: 2 };
        metrics.count(asked(), &Ok(()), Duration::from_millis(3));
        let panic = CallError::Plugin(CallFailure::new(Fault::Panicked, 500, "no"));
        metrics.count::<()>(asked(), &Err(panic), Duration::from_millis(30));
        let own =
            CallFailure { fault: None, code: "panic".to_owned(), ..CallFailure::new(Fault::Sql, 409, "no") };
        let own = CallError::Plugin(own);
        metrics.count::<()>(asked(), &Err(own), Duration::from_millis(300));
        metrics.count::<()>(Asked::default(), &Err(CallError::NoPlugin("x".to_owned())), Duration::ZERO);
        metrics.checked(Some(Renewal::Unchanged));
        metrics.checked(None);
        let plugin = PluginNow {
            plugin: "shop".into(),
            serving: "yes",
            waiting: 3,
            running: 4,
            hanging: 1,
            strikes: 2,
            cpu: Duration::from_millis(1500),
            refused: vec![("connect", 2)],
        };
        let now = HostNow {
            status: Some("drifted"),
            pending: 7,
            checked_at: 1_800_000_000.5,
            check_age: Some(12.5),
            connections_in_use: 4,
            connections_idle: 1,
            connections_most: 10,
            callers_waiting: 0,
            plugins: vec![plugin],
        };
        insta::assert_snapshot!(sorted(&metrics.text(&now)));
    }

    /// A family's metrics come in no order.
    fn sorted(text: &str) -> String {
        let mut families: Vec<Vec<&str>> = Vec::new();
        for line in text.lines() {
            match families.last_mut() {
                Some(family) if !line.starts_with("# HELP") => family.push(line),
                _ => families.push(vec![line]),
            }
        }
        for family in &mut families {
            let metrics = family.iter().position(|line| !line.starts_with('#')).unwrap_or(family.len());
            if !family.iter().any(|line| line.contains("_bucket{")) {
                family[metrics..].sort_unstable();
            }
        }
        families.concat().join("\n")
    }
}
