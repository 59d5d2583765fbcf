//! What happens is counted when it does. What is so at the moment is asked for when somebody reads
//! (`exposition.rs`).
//!
//! Labels are plugins' ids, routes as the manifest spells them and words of ours: never a path, nor anything
//! else that those who ask could make up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::heal::{HealOutcome, Purpose};
use crate::plugin::runtime::CallError;
use crate::plugin::services::fetch::FetchFigures;
use crate::schema::state::Renewal;

/// The upper ends of the latencies that are told apart, in seconds.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The upper ends of the durations of heals that are told apart, in seconds.
const HEAL_BUCKETS: [f64; 12] = [0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0];

type Latencies = Family<OfRoute, Histogram, fn() -> Histogram>;

/// What was counted since the host started.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<OfRequest, Counter>,
    latencies: Latencies,
    panics: Family<OfPlugin, Counter>,
    refused: Family<OfPlugin, Counter>,
    checks: Family<OfCheck, Counter>,
    check_durations: Histogram,
    heals: Family<OfHeal, Counter>,
    heal_durations: Family<OfHeal, Histogram, fn() -> Histogram>,
    notifications: Family<OfNotification, Counter>,
    callers_refused: Family<OfRefusal, Counter>,
    events: Family<OfEvent, Counter>,
    event_lags: Family<OfListener, Histogram, fn() -> Histogram>,
    /// The services count themselves.
    fetches: FetchFigures,
    job_runs: Family<OfJobRun, Counter>,
    job_durations: Family<OfJob, Histogram, fn() -> Histogram>,
    job_lags: Family<OfJob, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            panics: Family::default(),
            refused: Family::default(),
            checks: of_checks(),
            check_durations: Histogram::new(BUCKETS),
            heals: of_heals(),
            heal_durations: Family::new_with_constructor(|| Histogram::new(HEAL_BUCKETS)),
            notifications: Family::default(),
            callers_refused: Family::default(),
            events: Family::default(),
            event_lags: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            fetches: FetchFigures::default(),
            job_runs: Family::default(),
            job_durations: Family::new_with_constructor(|| Histogram::new(HEAL_BUCKETS)),
            job_lags: Family::new_with_constructor(|| Histogram::new(HEAL_BUCKETS)),
        }
    }
}

/// Counters of all kinds of check, each there from the first reading on.
fn of_checks() -> Family<OfCheck, Counter> {
    let family = Family::<OfCheck, Counter>::default();
    let read = [Renewal::Confirmed, Renewal::Unchanged, Renewal::Part, Renewal::Whole].map(Some);
    for renewal in read.into_iter().chain([None]) {
        drop(family.get_or_create(&OfCheck::of(renewal)));
    }
    family
}

/// Counters of the heals that ran, each there before the first one.
fn of_heals() -> Family<OfHeal, Counter> {
    let family = Family::<OfHeal, Counter>::default();
    for result in ["succeeded", "failed", "unclear", "cancelled", "refused"] {
        drop(family.get_or_create(&OfHeal { purpose: "heal", result }));
    }
    family
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfHeal {
    purpose: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfNotification {
    target: Arc<str>,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRefusal {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfPlugin {
    pub(super) plugin: Arc<str>,
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
struct OfJob {
    plugin: Arc<str>,
    name: Arc<str>,
}

/// The job's name is no label `job`: Prometheus has one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfJobRun {
    plugin: Arc<str>,
    name: Arc<str>,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfListener {
    plugin: Arc<str>,
    event: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEvent {
    plugin: Arc<str>,
    event: Arc<str>,
    result: &'static str,
}

/// How a delivery of an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventResult {
    Heard,
    /// Failed, and tried again.
    Failed,
    /// Failed for the last time.
    GivenUp,
}

impl EventResult {
    fn word(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        }
    }
}

/// How an attempt to run a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobResult {
    Succeeded,
    /// Failed, and tried again.
    Failed,
    /// Failed for the last time.
    GivenUp,
    /// The host lost the database.
    Lost,
}

impl JobResult {
    fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Lost => "lost",
        }
    }
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
                Some(Renewal::Confirmed) => "confirmed",
                Some(Renewal::Unchanged) => "unchanged",
                Some(Renewal::Part) => "part",
                Some(Renewal::Whole) => "whole",
                None => "unknown",
            },
        }
    }
}

/// What a request was found to be for; empty as long as nothing was.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub plugin: Arc<str>,
    pub route: Arc<str>,
    /// How many of its statements were refused.
    pub refused: u64,
}

impl Metrics {
    /// With what the services of plugins count themselves.
    pub fn with(fetches: FetchFigures) -> Self {
        Self { fetches, ..Self::default() }
    }

    /// How often a plugin's requests to others ended in each way.
    pub fn fetches_of(&self, plugin: &str) -> BTreeMap<&'static str, u64> {
        self.fetches.of(plugin)
    }

    /// Counts a request to a plugin and how it ended.
    pub fn count<T>(&self, asked: Asked, answer: &Result<T, CallError>, took: Duration) {
        let Asked { plugin, route, refused } = asked;
        let outcome = answer.as_ref().map_or_else(|error| error.kind().as_str(), |_| "ok");
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
    pub fn checked(&self, renewal: Option<Renewal>, took: Duration) {
        self.checks.get_or_create(&OfCheck::of(renewal)).inc();
        self.check_durations.observe(took.as_secs_f64());
    }

    /// Counts a heal that was asked of this host, or a trial of one.
    pub fn healed(&self, purpose: Purpose, outcome: &HealOutcome, took: Duration) {
        let of_heal = OfHeal { purpose: purpose.word(), result: outcome.word() };
        self.heals.get_or_create(&of_heal).inc();
        self.heal_durations.get_or_create(&of_heal).observe(took.as_secs_f64());
    }

    /// Counts an attempt to deliver a message: `delivered`, `failed`, or `given_up` if it was the last one.
    pub fn notified(&self, target: &str, result: &'static str) {
        self.notifications.get_or_create(&OfNotification { target: target.into(), result }).inc();
    }

    /// Counts a request to a route that was refused for what its caller is, or is not.
    pub fn refused_caller(&self, reason: &'static str) {
        self.callers_refused.get_or_create(&OfRefusal { reason }).inc();
    }

    /// Has the counters of a job there before the first attempt, so that the first failure is seen as one.
    pub fn job_declared(&self, plugin: &str, job: &str) {
        let (plugin, name): (Arc<str>, Arc<str>) = (plugin.into(), job.into());
        for result in [JobResult::Succeeded, JobResult::Failed, JobResult::GivenUp, JobResult::Lost] {
            let (plugin, name, result) = (Arc::clone(&plugin), Arc::clone(&name), result.word());
            drop(self.job_runs.get_or_create(&OfJobRun { plugin, name, result }));
        }
    }

    /// Counts an attempt to run a job: how it ended, how long it took, and how long after its time it began.
    pub fn job_ran(&self, plugin: &str, job: &str, result: JobResult, took: Duration, late: Duration) {
        let (plugin, name): (Arc<str>, Arc<str>) = (plugin.into(), job.into());
        let of_job = OfJob { plugin: Arc::clone(&plugin), name: Arc::clone(&name) };
        self.job_durations.get_or_create(&of_job).observe(took.as_secs_f64());
        self.job_lags.get_or_create(&of_job).observe(late.as_secs_f64());
        self.job_runs.get_or_create(&OfJobRun { plugin, name, result: result.word() }).inc();
    }

    /// Has the counters of what a plugin hears there before the first delivery.
    pub fn listener_declared(&self, plugin: &str, event: &str) {
        let (plugin, event): (Arc<str>, Arc<str>) = (plugin.into(), event.into());
        for result in [EventResult::Heard, EventResult::Failed, EventResult::GivenUp] {
            let (plugin, event, result) = (Arc::clone(&plugin), Arc::clone(&event), result.word());
            drop(self.events.get_or_create(&OfEvent { plugin, event, result }));
        }
    }

    /// Counts an event that a plugin has heard, so long after it was emitted.
    pub fn event_heard(&self, plugin: &str, event: &str, lag: Duration) {
        let (plugin, event): (Arc<str>, Arc<str>) = (plugin.into(), event.into());
        let listener = OfListener { plugin: Arc::clone(&plugin), event: Arc::clone(&event) };
        self.event_lags.get_or_create(&listener).observe(lag.as_secs_f64());
        self.events.get_or_create(&OfEvent { plugin, event, result: EventResult::Heard.word() }).inc();
    }

    /// Counts a delivery of an event that failed.
    pub fn event_failed(&self, plugin: &str, event: &str, result: EventResult) {
        let (plugin, event, result) = (plugin.into(), event.into(), result.word());
        self.events.get_or_create(&OfEvent { plugin, event, result }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
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
        registry.register_with_unit(
            "check_duration",
            "How long checks took",
            Unit::Seconds,
            self.check_durations.clone(),
        );
        registry.register("heals", "Heals asked of this host, by how they ended", self.heals.clone());
        registry.register_with_unit(
            "heal_duration",
            "How long heals took, waiting included",
            Unit::Seconds,
            self.heal_durations.clone(),
        );
        let notifications = "Attempts of this host to deliver messages, by how they ended";
        registry.register("notifications", notifications, self.notifications.clone());
        let callers = "Requests to plugins that were refused for who calls, by the reason";
        registry.register("callers_refused", callers, self.callers_refused.clone());
        let events = "Deliveries of events to plugins by this host, by how they ended";
        registry.register("event_deliveries", events, self.events.clone());
        let lags = "How long after they were emitted events were heard";
        registry.register_with_unit("event_lag", lags, Unit::Seconds, self.event_lags.clone());
        self.fetches.register(registry);
        let runs = "Attempts of this host to run jobs of plugins, by how they ended";
        registry.register("job_runs", runs, self.job_runs.clone());
        let durations = "How long attempts to run jobs took";
        registry.register_with_unit("job_run_duration", durations, Unit::Seconds, self.job_durations.clone());
        let lags = "How long after their time attempts to run jobs began";
        registry.register_with_unit("job_lag", lags, Unit::Seconds, self.job_lags.clone());
    }
}
