//! The host in the test's own process, as functions that simply return.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tenon_host::audit::{ActionEntry, AuditEntry, LogEntry};
use tenon_host::config::{Config, DatabaseUrl, LoadOptions, Surroundings};
use tenon_host::database::connect::{Databases, install_crypto_provider};
use tenon_host::heal::{HealEvent, HealFailure, HealOutcome, HealRequest, Origin};
use tenon_host::host::{AuditLog, Tenon};
use tenon_host::plugin::load::{PluginRequest, RequestLine};
use tenon_host::plugin::registry::Registry;
use tenon_host::plugin::runtime::{CallError, PluginResponse};
use tenon_host::report::{HealthReport, Trouble};
use tenon_migrations_core::finding::Finding;
use tenon_migrations_core::health::PluginHealth;
use tenon_migrations_core::plan::{Plan, RepairRequest};
use tenon_migrations_core::repair::Hazard;
use tokio::runtime::Runtime;

use crate::isolation::{ISOLATION, SHARED};

/// The audit log by its two kinds of entries, each newest first.
#[derive(Debug)]
pub struct TestAuditLog {
    /// The heals.
    pub entries: Vec<AuditEntry>,
    /// What was done besides.
    pub actions: Vec<ActionEntry>,
    pub trouble: Option<Trouble>,
}

/// The host, and the threads it runs on.
#[derive(Debug)]
pub struct TestHost {
    pub host: Arc<Tenon>,
    runtime: Runtime,
}

impl TestHost {
    /// The host with the configuration in this directory, at that database.
    pub fn of(place: &Path, url: &str, isolation: Option<&str>) -> Self {
        Self::opened(Tenon::open, config(place, url, isolation))
    }

    /// The host with the configuration in this directory, and with its own files elsewhere.
    pub fn with_state_dir(place: &Path, url: &str, isolation: Option<&str>, state_dir: &str) -> Self {
        let config = config(place, url, isolation);
        Self::opened(Tenon::open, Config { state_dir: place.join(state_dir), ..config })
    }

    /// The host of plugins that are registered already.
    pub fn with(place: &Path, url: &str, registry: Arc<Registry>) -> Self {
        let open = |config, database| Arc::new(Tenon::with(config, registry, database));
        Self::opened(open, config(place, url, Some(SHARED)))
    }

    fn opened(open: impl FnOnce(Config, Option<Databases>) -> Arc<Tenon>, config: Config) -> Self {
        install_crypto_provider();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let database = Databases::from_config(&config.database).unwrap();
        let host = runtime.block_on(async { open(config, database) });
        Self { host, runtime }
    }

    /// Waits for something of the host's.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Checks now.
    pub fn check(&self) -> Arc<HealthReport> {
        self.wait(self.host.check())
    }

    /// One plugin's part of a new check.
    pub fn plugin(&self, id: &str) -> PluginHealth {
        let report = self.check();
        report.plugin(&id.parse().unwrap()).unwrap_or_else(|| panic!("{id} is not in the report")).clone()
    }

    /// All findings of a new check.
    pub fn findings(&self) -> Vec<Finding> {
        self.check().findings().cloned().collect()
    }

    /// What a heal would do.
    pub fn plan(&self) -> Plan {
        self.wait(self.host.plan(&BTreeSet::new(), &RepairRequest::default())).unwrap()
    }

    /// Heals whatever is pending, as `ops`.
    pub fn heal(&self) -> HealOutcome {
        self.heal_as(&request())
    }

    /// Heals.
    pub fn heal_as(&self, request: &HealRequest) -> HealOutcome {
        self.wait(self.host.heal(request.clone(), Arc::new(|_| {})))
    }

    /// Heals as an administrator who consents to all that the plan asks for by name.
    pub fn heal_consenting(&self) -> HealOutcome {
        let mut request = request();
        request.repairs.allowed.extend(self.asked());
        self.heal_as(&request)
    }

    /// What the plan wants consent to.
    pub fn asked(&self) -> Vec<Hazard> {
        self.plan().refusals.into_iter().filter_map(|refusal| refusal.allow).collect()
    }

    /// Heals, and gives what it told on the way.
    pub fn heal_listening(&self) -> (HealOutcome, Vec<HealEvent>) {
        let events = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&events);
        let outcome = self
            .wait(self.host.heal(request(), Arc::new(move |event| sink.lock().unwrap().push(event.clone()))));
        let events = events.lock().unwrap().clone();
        (outcome, events)
    }

    /// The audit log.
    pub fn audit(&self) -> TestAuditLog {
        let AuditLog { entries, trouble } = self.wait(self.host.audit(100));
        TestAuditLog {
            entries: entries.iter().filter_map(LogEntry::heal).cloned().collect(),
            actions: entries.iter().filter_map(LogEntry::action).cloned().collect(),
            trouble,
        }
    }

    /// Calls a route of a plugin: `call("inventory", "POST /items", body)`.
    pub fn call(&self, plugin: &str, route: &str, body: &str) -> Result<PluginResponse, CallError> {
        let (method, path) = route.split_once(' ').unwrap();
        let line =
            RequestLine { method, path, user: "ops", request_id: "a-request", ..RequestLine::default() };
        let mut request = PluginRequest::new(line, body.to_owned().into());
        request.push_header("content-type", "application/json");
        self.wait(self.host.call(plugin, request))
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.runtime.block_on(self.host.shutdown());
    }
}

/// The configuration in this directory, for that database, with this word of `plugins.isolation`.
pub fn config(place: &Path, url: &str, isolation: Option<&str>) -> Config {
    let variables = isolation.map(|word| (ISOLATION.to_owned(), word.to_owned())).into_iter().collect();
    let surroundings = Surroundings { variables, directory: place.to_owned(), root: false };
    let file = Some(place.join("tenon.toml"));
    let mut config = Config::load(&LoadOptions { file, surroundings, ..LoadOptions::default() }).unwrap();
    config.database.url = Some(DatabaseUrl { secret: url.into(), origin: "the test".to_owned() });
    config
}

/// Why a heal failed.
pub fn failure_of(outcome: HealOutcome) -> HealFailure {
    match outcome {
        HealOutcome::Failed { failure, .. } => failure,
        other => panic!("{other:#?}"),
    }
}

/// The word of an administrator, without a reviewed plan.
pub fn request() -> HealRequest {
    HealRequest::new("ops", Origin::Cli)
}
