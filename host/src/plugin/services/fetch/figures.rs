//! How often plugins asked others, how it ended and how long it took.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::support::lock::LockExt;

/// The upper ends of the durations that are told apart, in seconds.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFetch {
    plugin: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAsker {
    plugin: Arc<str>,
}

/// What was counted since the start. Clones count together.
#[derive(Debug, Clone)]
pub struct FetchFigures {
    outcomes: Family<OfFetch, Counter>,
    durations: Family<OfAsker, Histogram, fn() -> Histogram>,
    /// By plugin, then by outcome.
    counts: Arc<Mutex<BTreeMap<String, BTreeMap<&'static str, u64>>>>,
}

impl Default for FetchFigures {
    fn default() -> Self {
        Self {
            outcomes: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            counts: Arc::default(),
        }
    }
}

impl FetchFigures {
    pub(crate) fn count(&self, plugin: &str, outcome: &'static str, took: Duration) {
        let of: Arc<str> = plugin.into();
        self.durations.get_or_create(&OfAsker { plugin: Arc::clone(&of) }).observe(took.as_secs_f64());
        self.outcomes.get_or_create(&OfFetch { plugin: of, outcome }).inc();
        let mut counts = self.counts.lock_unpoisoned();
        *counts.entry(plugin.to_owned()).or_default().entry(outcome).or_default() += 1;
    }

    /// How often a plugin's requests ended in each way.
    pub fn of(&self, plugin: &str) -> BTreeMap<&'static str, u64> {
        self.counts.lock_unpoisoned().get(plugin).cloned().unwrap_or_default()
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let fetches = "Requests that plugins had the host send, by how they ended";
        registry.register("plugin_fetches", fetches, self.outcomes.clone());
        let durations = "How long requests that plugins had the host send took";
        registry.register_with_unit(
            "plugin_fetch_duration",
            durations,
            Unit::Seconds,
            self.durations.clone(),
        );
    }
}
