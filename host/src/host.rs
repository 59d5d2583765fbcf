//! The host: one value that the page, the API and the command line all speak to.

mod acknowledge;
mod approve;
mod audit;
mod background;
pub mod backup;
mod calls;
pub mod cards;
mod check;
pub mod counters;
mod doctor;
pub mod events;
pub mod exposition;
pub mod finding_store;
mod former;
mod gauges;
mod graph;
mod heals;
mod history;
mod hosts;
pub mod jobs;
mod last_backup;
mod listen;
mod memory;
mod metrics;
pub mod notify;
mod own_tables;
mod planning;
mod plugin_detail;
mod plugin_pages;
mod plugins;
mod pools;
mod process_figures;
mod quarantine;
mod reports;
mod roles;
mod running;
pub mod saved_settings;
mod shared_quarantine;
pub mod shared_sessions;
pub mod stop;
pub mod trial;
mod verdict;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_schema::Ident;
use tokio_postgres::Client;

use crate::audit::Spool;
use crate::config::{Config, FetchAllowance};
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::connect::{ConnectError, Database, Databases};
use crate::database::pool::{PoolError, PooledConnection};
use crate::database::role_identity::{self, DifferentDatabases};
use crate::database::unavailable::Unavailable;
use crate::heal::decide::AskError;
use crate::heal::plan_costs::PlanCostError;
use crate::host::counters::Metrics;
use crate::host::finding_store::FindingStore;
use crate::plugin::choice::{ChoiceError, IsolationChoice};
use crate::plugin::discover::DiscoverError;
use crate::plugin::faults::{Quarantine, QuarantineCache};
use crate::plugin::isolate::{Enforcement, Layer};
use crate::plugin::load::Relay;
use crate::plugin::register::{Start, register};
use crate::plugin::registry::Registry;
use crate::plugin::services::fetch::{FetchAccess, NewFetches};
use crate::plugin::settings::saved::LoadedSettings;
use crate::report::Trouble;
use crate::schema::catalog;
use crate::schema::compared::Compared;
use crate::schema::state::{CachedState, ReadError};
use crate::scratch::elaboration::ScratchElaboration;
use crate::support::errors::chain;

use crate::support::lock::LockExt;
use crate::support::machine;
pub use acknowledge::AcknowledgeError;
pub use approve::{ApproveError, Approved};
pub use audit::{AuditLog, AuditRowsError, ShownAudit};
use background::BackgroundTask;
pub use former::FormerError;
use history::SeenVerdicts;
pub use history::{HistoryError, VerdictChange, VerdictCounts};
use hosts::OwnHost;
use pools::DatabasePools;
pub use quarantine::WordError;
pub use running::RunningHeal;
use running::{Running, Turns};
use verdict::Verdicts;

/// How many plans are made at one time.
const PLANS: usize = 2;

/// The host.
pub struct Tenon {
    config: Config,
    registry: Arc<Registry>,
    /// What was saved for the plugins when they were loaded.
    saved: LoadedSettings,
    /// Why plugin directories could not be read.
    troubles: Arc<[DiscoverError]>,
    /// How far the kernel holds the plugins to what they may.
    enforcement: Enforcement,
    /// How far the database does, as the last check saw it.
    standing: Mutex<Option<Layer>>,
    /// How many threads hang in plugins.
    hanging: Arc<AtomicUsize>,
    quarantine: Arc<QuarantineCache>,
    /// What is to be said of lock files that are damaged or out of date.
    unused_locks: Vec<String>,
    database: Option<DatabaseAccess>,
    spool: Spool,
    memory: FindingStore,
    notifier: notify::Notifier,
    jobs: Arc<BackgroundTask>,
    events: Arc<BackgroundTask>,
    /// What the plugins' cards showed last.
    cards: cards::CardCache,
    /// What other hosts are told of this one.
    own_host: OwnHost,
    /// The database, whatever its address, once a check has seen it.
    identity: Mutex<Option<String>>,
    seen_verdicts: tokio::sync::Mutex<SeenVerdicts>,
    name: String,
    /// What the last reading saw and what came of it, so that an unchanged database is neither read nor
    /// compared again. Held while reading: who comes meanwhile waits and need not read.
    known: tokio::sync::Mutex<Known>,
    elaboration: Arc<ScratchElaboration>,
    verdicts: Verdicts,
    /// How many locks the last rehearsal saw the plan of this hash take.
    measured: Mutex<Option<(Checksum, u64)>>,
    running: Running,
    turns: Turns,
    /// How many plans are made at one time: each takes a session of its own.
    planning: tokio::sync::Semaphore,
    metrics: Metrics,
    /// What the plugins may ask of others.
    fetches: FetchAccess,
    /// A plugin that the process of a test answers for.
    relay: OnceLock<(PluginId, Arc<Relay>)>,
    /// A way to the host itself, for what its plugins ask of it in the middle of a call.
    myself: OnceLock<Weak<Self>>,
}

/// The way to the database.
struct DatabaseAccess {
    /// For serving and checking.
    database: Database,
    /// For healing and for the audit log, if that is another way.
    healing: Option<Database>,
    pools: DatabasePools,
    /// Whether the roles by which it is reached are the host's to see to.
    managed: bool,
}

impl DatabaseAccess {
    /// The way by which it is changed.
    fn healing(&self) -> &Database {
        self.healing.as_ref().unwrap_or(&self.database)
    }

    /// The role that serves, where it is the host's to see to.
    fn own_role(&self) -> Option<Ident> {
        self.database.role().filter(|_| self.managed).map(Ident::from)
    }
}

/// What is known of the database.
#[derive(Default)]
struct Known {
    cached_state: Option<CachedState>,
    compared: Option<Arc<Compared>>,
}

/// Why the database could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("no database can be used")]
    NoDatabase,
    #[error("the database cannot be reached")]
    Connect(#[source] PoolError),
    #[error("the database cannot be reached as the role that heals")]
    ConnectHealer(#[source] ConnectError),
    #[error("the database could not be read")]
    Read(#[source] ReadError),
    #[error("the role that heals cannot be used")]
    Apart(#[source] DifferentDatabases),
    #[error("the plugins' login roles could not be read")]
    Roles(#[source] tokio_postgres::Error),
    #[error(transparent)]
    Weigh(PlanCostError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

impl PlanError {
    /// The kind of trouble.
    pub fn unavailable(&self) -> Unavailable {
        Unavailable::of(self)
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        Unavailable::remedy_of(self)
    }

    fn trouble(&self) -> Trouble {
        Trouble { kind: self.unavailable(), message: chain(self), remedy: self.remedy() }
    }
}

impl std::fmt::Debug for Tenon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("plugins", &self.registry.plugins.keys()).finish_non_exhaustive()
    }
}

impl Tenon {
    /// Loads and registers the plugins. Nothing that is wrong with a plugin or with the database keeps the
    /// host from being there to tell of it.
    pub fn open(config: Config, databases: Option<Databases>) -> Arc<Self> {
        Self::open_with(config, databases, LoadedSettings::default())
    }

    /// Opens the host like [`open`](Self::open), with what is [saved](saved_settings::read) for the plugins.
    pub fn open_with(config: Config, databases: Option<Databases>, saved: LoadedSettings) -> Arc<Self> {
        let Start { registry, enforcement, hanging, fetches, troubles } = register(&config, &saved);
        enforcement.log();
        for out in &registry.out {
            for finding in &out.findings {
                let (plugin, remedy) = (out.id.as_str(), finding.remedy.as_deref());
                let what = if out.beside.is_some() { "file is out" } else { "plugin is out" };
                tracing::warn!(plugin, remedy, "{what}: {}", finding.message);
            }
        }
        let host = Self {
            saved,
            troubles: troubles.into(),
            enforcement,
            hanging,
            metrics: Metrics::with(fetches.figures.clone()),
            fetches,
            ..Self::with(config, Arc::new(registry), databases)
        };
        host.tell_of_unknown_settings();
        if let Some(choice) = host.choice() {
            Layer::login_roles(Some(choice)).log();
        }
        host.shared()
    }

    /// A host of the same plugins for another database, with files of its own in this directory. Its plugins
    /// run on the threads of this one, which are ended with this one.
    pub fn for_database(&self, databases: Databases, state_dir: PathBuf) -> Arc<Self> {
        let mut config = self.config.clone();
        config.state_dir = state_dir;
        // Many databases are looked at side by side, and each by one session.
        config.database.pool_size = NonZeroUsize::MIN;
        Self {
            saved: self.saved.clone(),
            troubles: Arc::clone(&self.troubles),
            enforcement: self.enforcement.clone(),
            hanging: Arc::clone(&self.hanging),
            quarantine: Arc::clone(&self.quarantine),
            elaboration: Arc::clone(&self.elaboration),
            metrics: Metrics::with(self.fetches.figures.clone()),
            fetches: self.fetches.clone(),
            ..Self::with(config, Arc::clone(&self.registry), Some(databases))
        }
        .shared()
    }

    /// The host, for all who ask it: from now on its plugins can call each other.
    pub(crate) fn shared(self) -> Arc<Self> {
        let shared = Arc::new(self);
        // Nobody else has it yet.
        let _ = shared.myself.set(Arc::downgrade(&shared));
        shared
    }

    /// Lets a plugin ask this of others from now on, for a test.
    pub fn allow_fetch(&self, plugin: PluginId, allowance: FetchAllowance) {
        self.fetches.allow(plugin, allowance);
    }

    /// Lets plugins ask this of others from now on, and nothing else.
    pub fn replace_fetches(&self, new: NewFetches) {
        self.fetches.replace(new);
    }

    /// Closes the sessions of a host [for another database](Self::for_database), and leaves the plugins.
    pub fn close(&self) {
        if let Some(reach) = &self.database {
            reach.pools.close();
        }
    }

    /// A host of plugins that are registered already.
    pub fn with(config: Config, registry: Arc<Registry>, databases: Option<Databases>) -> Self {
        let unused_locks = registry.unused_locks(catalog::queries());
        unused_locks.iter().for_each(|stale| tracing::warn!("{stale}"));
        let reach = databases.map(|databases| {
            let pools = DatabasePools::new(&config, &registry, &databases);
            let Databases { serving: database, healing, managed } = databases;
            DatabaseAccess { database, healing, pools, managed }
        });
        Self {
            spool: Spool::in_dir(&config.state_dir),
            memory: FindingStore::in_dir(&config.state_dir),
            notifier: notify::Notifier::in_dir(&config.state_dir),
            jobs: Arc::default(),
            events: Arc::default(),
            cards: cards::CardCache::default(),
            own_host: OwnHost::default(),
            identity: Mutex::default(),
            seen_verdicts: tokio::sync::Mutex::new(SeenVerdicts::in_dir(&config.state_dir)),
            registry,
            saved: LoadedSettings::default(),
            troubles: Arc::default(),
            enforcement: Enforcement::default(),
            standing: Mutex::default(),
            hanging: Arc::default(),
            quarantine: Arc::new(QuarantineCache::new(Quarantine::in_dir(&config.state_dir))),
            unused_locks,
            database: reach,
            name: host_name(),
            known: tokio::sync::Mutex::default(),
            elaboration: Arc::default(),
            verdicts: Verdicts::default(),
            measured: Mutex::default(),
            running: Running::default(),
            turns: Turns::default(),
            planning: tokio::sync::Semaphore::new(PLANS),
            metrics: Metrics::default(),
            fetches: FetchAccess::default(),
            relay: OnceLock::new(),
            myself: OnceLock::new(),
            config,
        }
    }

    /// The configuration that the host runs under.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How far the kernel and the database hold the plugins to what they may; without layers where none was
    /// loaded.
    pub fn enforcement(&self) -> Enforcement {
        if self.enforcement.layers.is_empty() {
            return self.enforcement.clone();
        }
        let standing = self.standing.lock_unpoisoned().clone();
        self.enforcement.clone().with(Some(Layer::login_roles(self.choice()))).with(standing)
    }

    /// The choice of the roles as which plugins' statements run, once that is settled.
    fn choice(&self) -> Option<&IsolationChoice> {
        self.database.as_ref()?.pools.choice()
    }

    /// A connection as the role that heals.
    async fn healer(&self) -> Result<Client, PlanError> {
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        let (client, _) = reach.healing().connect().await.map_err(PlanError::ConnectHealer)?;
        if let Some(healing) = &reach.healing {
            let role = role_identity::serving_role(&client, healing, &reach.database);
            self.bounds().answered(role).await.map_err(PlanError::Apart)?;
        }
        Ok(client)
    }

    /// How long what is asked of the database may take.
    fn bounds(&self) -> Bounds {
        self.database.as_ref().map(|reach| reach.database.bounds()).unwrap_or_default()
    }

    async fn connection(&self) -> Result<PooledConnection, PlanError> {
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        reach.pools.session(None).await
    }
}

fn host_name() -> String {
    format!("{}:{}", machine::host_name(), std::process::id())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::database::inactivity::with_inactivity_timeout;

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_told_as_that_whoever_asked_it() {
        let silent = async || {
            let never = std::future::pending::<()>();
            with_inactivity_timeout(Some(Duration::from_millis(1)), never).await.unwrap_err()
        };
        for error in [
            PlanError::NoResponse(silent().await),
            PlanError::Read(ReadError::NoResponse(silent().await)),
            PlanError::Weigh(PlanCostError::NoResponse(silent().await)),
            PlanError::Ask(AskError::NoResponse(silent().await)),
            PlanError::Choice(ChoiceError::NoResponse(silent().await)),
        ] {
            assert_eq!(error.unavailable(), Unavailable::TimedOut, "{error:?}");
            assert_eq!(chain(&error).matches("did not answer").count(), 1, "{}", chain(&error));
        }
    }
}
