//! Figures for monitoring, in the text format of OpenMetrics, which Prometheus reads, under the names that
//! its conventions give them (<https://prometheus.io/docs/practices/naming/>).
//!
//! A state is a series for each state there is, 1 for the one that is so and 0 for the others: an alert on
//! one sees it end. What is not known is no series at all.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::health::Status;

use super::counters::{Metrics, OfPlugin};
use super::gauges::{one, seconds, states, whole};
use super::process_figures::ProcessFigures;
use crate::heal::Purpose;
use crate::support::version::version;

/// What OpenMetrics in text is called.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether a plugin's routes answer: `yes`, or why not ([`crate::plugin::runtime::CallError::kind`]).
const SERVING: [&str; 5] = ["yes", "held", "quarantined", "disabled", "out"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPluginAndState {
    plugin: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFindings {
    plugin: Arc<str>,
    severity: &'static str,
    acknowledged: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSystemCall {
    plugin: Arc<str>,
    system_call: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPurpose {
    purpose: &'static str,
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
    pub cpu: Option<Duration>,
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
            cpu: Some(Duration::ZERO),
            refused: Vec::new(),
        }
    }
}

/// What the last check found of one plugin.
#[derive(Debug)]
pub struct FindingsNow {
    pub plugin: Arc<str>,
    /// Of each finding how bad it is, and whether somebody has acknowledged it.
    pub findings: Vec<(Severity, bool)>,
    pub pending: usize,
}

/// What the last check came to.
#[derive(Debug)]
pub struct CheckedNow {
    pub status: Status,
    /// Seconds since 1970.
    pub at: f64,
    pub plugins: Vec<FindingsNow>,
}

/// The pool's connections.
#[derive(Debug, Default)]
pub struct ConnectionsNow {
    pub in_use: usize,
    pub idle: usize,
    pub most: usize,
    pub callers_waiting: usize,
}

/// The hosts of the database, as they were known at the last check.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostsNow {
    pub serving: usize,
    pub silent: usize,
    pub differences: usize,
}

/// How the host is at the moment.
#[derive(Debug, Default)]
pub struct HostNow {
    /// Absent before the first check.
    pub checked: Option<CheckedNow>,
    /// Absent without a database.
    pub connections: Option<ConnectionsNow>,
    /// What the heal of this process is for that has not ended, and since when, in seconds since 1970.
    pub heal: Option<(Purpose, f64)>,
    /// How many audit events wait for the database; absent where they cannot be read.
    pub spooled: Option<usize>,
    /// Of each target of messages how many wait for it, and how many were given up.
    pub notifications: Vec<(Arc<str>, usize, usize)>,
    /// How many hosts serve the database, how many have fallen silent, and in how many ways the others differ
    /// from this one.
    pub hosts: HostsNow,
    /// Absent where the system does not tell.
    pub process: Option<ProcessFigures>,
    pub plugins: Vec<PluginNow>,
}

/// Everything as text.
pub fn text(metrics: &Metrics, now: &HostNow) -> String {
    let mut all = Registry::default();
    if let Some(process) = &now.process {
        process.register(&mut all);
    }
    let registry = all.sub_registry_with_prefix("tenon");
    registry.register("build", "What runs", Info::new([("version", version().to_string())]));
    metrics.register(registry);
    of_plugins(registry, &now.plugins);
    if let Some(checked) = &now.checked {
        of_check(registry, checked);
    }
    of_host(registry, now);
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = encode(&mut text, &all);
    text
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
    let cpu = Family::<OfPlugin, Counter<f64, AtomicU64>>::default();
    let serving = Family::<OfPluginAndState, Gauge>::default();
    let refused = Family::<OfSystemCall, Counter>::default();
    for now in plugins {
        let plugin = || Arc::clone(&now.plugin);
        if let Some(spent) = now.cpu {
            cpu.get_or_create(&OfPlugin { plugin: plugin() }).inc_by(spent.as_secs_f64());
        }
        for state in SERVING {
            let of_state = OfPluginAndState { plugin: plugin(), state };
            serving.get_or_create(&of_state).set(i64::from(state == now.serving));
        }
        for (system_call, times) in &now.refused {
            refused.get_or_create(&OfSystemCall { plugin: plugin(), system_call }).inc_by(*times);
        }
    }
    registry.register_with_unit("plugin_cpu", "Time of plugins' threads on a processor", Unit::Seconds, cpu);
    registry.register("plugin_serving", "Whether plugins answer, by state", serving);
    registry.register("plugin_refused_system_calls", "System calls refused to plugins", refused);
}

fn of_check(registry: &mut Registry, checked: &CheckedNow) {
    let health = Status::ALL.map(|status| (status.word(), usize::from(status == checked.status)));
    states(registry, "health", "The last check's verdict", &health);
    seconds(registry, "last_check_timestamp", "When the last check was", checked.at);
    let (findings, pending) = (Family::<OfFindings, Gauge>::default(), Family::<OfPlugin, Gauge>::default());
    for now in &checked.plugins {
        for severity in Severity::ALL {
            for (acknowledged, word) in [(false, "false"), (true, "true")] {
                let found = now.findings.iter().filter(|one| **one == (severity, acknowledged)).count();
                let of = OfFindings {
                    plugin: Arc::clone(&now.plugin),
                    severity: severity.noun(),
                    acknowledged: word,
                };
                findings.get_or_create(&of).set(whole(found));
            }
        }
        pending.get_or_create(&OfPlugin { plugin: Arc::clone(&now.plugin) }).set(whole(now.pending));
    }
    registry.register("findings", "What the last check found", findings);
    registry.register("pending_migrations", "Migrations that were pending at the last check", pending);
}

fn of_host(registry: &mut Registry, now: &HostNow) {
    if let Some(pool) = &now.connections {
        let by_state = [("in_use", pool.in_use), ("idle", pool.idle)];
        states(registry, "pool_connections", "Connections of the pool", &by_state);
        one(registry, "pool_connections_max", "Connections that the pool may have", pool.most);
        one(registry, "pool_callers_waiting", "Callers that wait for a connection", pool.callers_waiting);
    }
    let running = Family::<OfPurpose, Gauge>::default();
    for purpose in [Purpose::Heal, Purpose::DryRun, Purpose::Rehearsal] {
        let runs = now.heal.is_some_and(|(running, _)| running == purpose);
        running.get_or_create(&OfPurpose { purpose: purpose.word() }).set(i64::from(runs));
    }
    registry.register("heal_running", "Whether a heal of this host has not ended", running);
    if let Some((_, since)) = now.heal {
        seconds(registry, "heal_start_timestamp", "When the heal that runs was asked for", since);
    }
    if let Some(spooled) = now.spooled {
        one(registry, "audit_spool_events", "Audit events that wait for the database", spooled);
    }
    let hosts = [("serving", now.hosts.serving), ("silent", now.hosts.silent)];
    states(registry, "hosts", "Hosts of the database, as the last check saw them", &hosts);
    let differ = "Ways in which other hosts' plugins or versions differ from this one's";
    one(registry, "host_differences", differ, now.hosts.differences);
    let undelivered = Family::<OfTarget, Gauge>::default();
    for (target, pending, given_up) in &now.notifications {
        for (state, number) in [("pending", pending), ("given_up", given_up)] {
            let of = OfTarget { target: Arc::clone(target), state };
            undelivered.get_or_create(&of).set(whole(*number));
        }
    }
    let told = "Messages of all hosts that a target has not taken, in the last 30 days";
    registry.register("notifications_undelivered", told, undelivered);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::counters::{Asked, EventResult, JobResult};
    use super::*;
    use crate::heal::HealOutcome;
    use crate::plugin::load::{CallFailure, Fault};
    use crate::plugin::runtime::CallError;
    use crate::plugin::services::fetch::FetchFigures;
    use crate::schema::state::Renewal;

    fn all() -> String {
        let fetches = FetchFigures::default();
        fetches.count("shop", "ok", Duration::from_millis(30));
        let metrics = Metrics::with(fetches);
        let asked = || Asked { plugin: "shop".into(), route: "GET /items/{sku}".into(), refused: 2 };
        metrics.count(asked(), &Ok(()), Duration::from_millis(3));
        let panic = CallError::Plugin(CallFailure::new(Fault::Panicked, 500, "no"));
        metrics.count::<()>(asked(), &Err(panic), Duration::from_millis(30));
        let own =
            CallFailure { fault: None, code: "panic".to_owned(), ..CallFailure::new(Fault::Sql, 409, "no") };
        let own = CallError::Plugin(own);
        metrics.count::<()>(asked(), &Err(own), Duration::from_millis(300));
        metrics.count::<()>(Asked::default(), &Err(CallError::NoPlugin("x".to_owned())), Duration::ZERO);
        metrics.checked(Some(Renewal::Unchanged), Duration::from_millis(3));
        metrics.checked(None, Duration::from_secs(4));
        metrics.healed(Purpose::Heal, &HealOutcome::NothingToDo, Duration::from_secs(2));
        metrics.notified("ops", "delivered");
        metrics.refused_caller("missing");
        let (took, late) = (Duration::from_secs(2), Duration::from_millis(20));
        metrics.event_heard("shop", "orders.placed", Duration::from_millis(20));
        metrics.event_failed("shop", "orders.placed", EventResult::GivenUp);
        metrics.job_ran("shop", "tidy", JobResult::Succeeded, took, late);
        let plugin = PluginNow {
            plugin: "shop".into(),
            serving: "yes",
            waiting: 3,
            running: 4,
            hanging: 1,
            strikes: 2,
            cpu: Some(Duration::from_millis(1500)),
            refused: vec![("connect", 2)],
        };
        let findings = FindingsNow {
            plugin: "shop".into(),
            findings: vec![
                (Severity::Warning, false),
                (Severity::Warning, false),
                (Severity::Breaking, true),
            ],
            pending: 7,
        };
        let now = HostNow {
            checked: Some(CheckedNow {
                status: Status::Drifted,
                at: 1_800_000_000.5,
                plugins: vec![findings],
            }),
            connections: Some(ConnectionsNow { in_use: 4, idle: 1, most: 10, callers_waiting: 0 }),
            heal: Some((Purpose::Heal, 1_800_000_001.0)),
            spooled: Some(3),
            hosts: HostsNow { serving: 3, silent: 1, differences: 2 },
            notifications: vec![("ops".into(), 2, 1)],
            process: Some(ProcessFigures {
                cpu: 1.25,
                started: 1_799_999_000.0,
                resident_bytes: 1 << 20,
                virtual_bytes: 1 << 30,
                threads: 12,
                open_files: Some(40),
                most_files: Some(1024),
            }),
            plugins: vec![plugin],
        };
        text(&metrics, &now)
    }

    #[test]
    fn the_figures_as_prometheus_reads_them() {
        insta::assert_snapshot!(sorted(&all()));
    }

    #[test]
    fn alert_rules_and_dashboard_name_metrics_that_there_are() {
        let all = all();
        let known: BTreeSet<_> = all
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split(['{', ' ']).next())
            .collect();
        for (file, content) in [
            ("alerts.yml", include_str!("../../../dist/monitoring/alerts.yml")),
            ("alerts.test.yml", include_str!("../../../dist/monitoring/alerts.test.yml")),
            ("grafana-dashboard.json", include_str!("../../../dist/monitoring/grafana-dashboard.json")),
            ("README.md", include_str!("../../../dist/README.md")),
        ] {
            let words = content.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let named = |word: &&str| {
                let ends = ["_total", "_seconds", "_bucket", "_count", "_info", "_max", "_fds", "_bytes"];
                let of_ours = word.starts_with("tenon_") || word.starts_with("process_");
                of_ours && ends.iter().any(|end| word.ends_with(end)) || word.starts_with("tenon_plugin_")
            };
            let histogram = |word: &str| known.contains(format!("{word}_bucket").as_str());
            let unknown: BTreeSet<_> =
                words.filter(named).filter(|word| !known.contains(word) && !histogram(word)).collect();
            assert_eq!(unknown, BTreeSet::new(), "{file}");
        }
    }

    #[test]
    fn whatever_keeps_a_plugin_from_serving_is_a_state_of_its_own() {
        let text = String::new;
        for why in [
            CallError::Disabled { name: text() },
            CallError::Out { name: text(), reason: text() },
            CallError::Held { reason: text() },
            CallError::NotChecked { name: text() },
            CallError::Quarantined { name: text(), reason: text(), remedy: text() },
        ] {
            assert!(SERVING.contains(&why.kind().as_str()), "{why}");
        }
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
