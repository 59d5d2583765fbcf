//! The host: one value that the page, the API and the command line all speak to.

mod acknowledge;
mod audit_rows;
mod listen;
mod running;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};
use tenon_migrations_core::lock::Lock;
use tenon_migrations_core::migration::{Checksum, MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, Repairs};
use tenon_migrations_core::reading::NOT_COMPARED;

use tokio_postgres::Client;

pub use self::acknowledge::AcknowledgeError;
use crate::config::Config;
use crate::discover::DiscoverError;
use crate::errors::{Unavailable, chain};
use crate::load::Question;
use crate::memory::Memory;
use crate::pipeline::{Compared, compare, plan_baseline, plan_heal, plugin_reports, register};
use crate::postgres::audit::{self, AuditEntry, AuditError, Spool};
use crate::postgres::bounds::{Bounds, Silent};
use crate::postgres::catalog;
use crate::postgres::connect::{ConnectError, Database, Databases};
use crate::postgres::heal::{self, EventSink, HealContext, HealOutcome, HealRequest, Holder};
use crate::postgres::pool::{self, Pool, PooledConnection};
use crate::postgres::rights;
use crate::postgres::state::{self, ReadError, Renewal, Seen, State};
use crate::postgres::weigh::weigh;
use crate::postgres::who::{self, ApartError};
use crate::printed::Printed;
use crate::prove::{ProveError, prove};
use crate::registry::{Library, Registry};
use crate::report::{Announced, DatabaseInfo, HealthReport, Trouble};
use crate::runtime::{CallError, PluginRequest, PluginResponse, call, route};
use crate::unprinted::Unprinted;

pub use audit_rows::AuditRowsError;
use running::Running;
pub use running::RunningHeal;

/// How long the plugins' threads together may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// The host.
pub struct Host {
    config: Config,
    registry: Arc<Registry>,
    /// Why the plugin directory could not be read.
    trouble: Option<DiscoverError>,
    /// What is to be said of lock files that are out of date.
    stale_locks: Vec<String>,
    database: Option<Reach>,
    spool: Spool,
    memory: Memory,
    name: String,
    /// What the last reading saw and what came of it, so that an unchanged database is neither read nor
    /// compared again. Held while reading: who comes meanwhile waits and need not read.
    known: tokio::sync::Mutex<Known>,
    unprinted: Unprinted,
    last: Mutex<Option<Arc<HealthReport>>>,
    /// How many locks the last rehearsal saw the plan of this hash take.
    measured: Mutex<Option<(Checksum, u64)>>,
    running: Running,
}

/// The way to the database.
struct Reach {
    /// For serving and checking.
    database: Database,
    /// For healing and for the audit log, if that is another way.
    healing: Option<Database>,
    pool: Pool,
}

impl Reach {
    /// The way by which it is changed.
    fn healing(&self) -> &Database {
        self.healing.as_ref().unwrap_or(&self.database)
    }
}

/// What is known of the database.
#[derive(Default)]
struct Known {
    seen: Option<Seen>,
    compared: Option<Arc<Compared>>,
}

/// What was read, and what came of it.
type Read = (Arc<State>, Arc<Compared>);

/// A plugin as `plugin list` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct PluginSummary {
    pub id: PluginId,
    pub name: String,
    pub version: String,
    pub file: String,
    pub sha256: String,
    pub requires: Vec<String>,
    pub routes: Vec<String>,
    pub tables: Vec<String>,
    pub migrations: Vec<String>,
    pub problems: Vec<Finding>,
    pub usable: bool,
}

/// The audit log as far as it could be read.
#[derive(Debug, Clone, Serialize)]
pub struct AuditLog {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Why the database's part is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why the database could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("no database can be used")]
    NoDatabase,
    #[error("the database cannot be reached")]
    Connect(#[source] pool::PoolError),
    #[error("the database cannot be reached as the role that heals")]
    ConnectHealer(#[source] ConnectError),
    #[error("the database could not be read")]
    Read(#[source] ReadError),
    #[error("the role that heals cannot be used")]
    Apart(#[source] ApartError),
    #[error("it cannot be seen what the role that heals may do")]
    Rights(#[source] tokio_postgres::Error),
    #[error(transparent)]
    Silent(#[from] Silent),
}

impl PlanError {
    /// The kind of trouble.
    pub fn unavailable(&self) -> Unavailable {
        Unavailable::of(self)
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        self.unavailable().remedy().to_owned()
    }

    fn trouble(&self) -> Trouble {
        Trouble { kind: self.unavailable(), message: chain(self), remedy: self.remedy() }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("plugins", &self.registry.plugins.keys()).finish_non_exhaustive()
    }
}

impl Host {
    /// Loads and registers the plugins. Nothing that is wrong with a plugin or with the database keeps the
    /// host from being there to tell of it.
    pub fn open(config: Config, databases: Option<Databases>) -> Arc<Self> {
        let (registry, trouble) = register(&config);
        for out in &registry.out {
            for finding in &out.findings {
                let (plugin, remedy) = (out.id.as_str(), finding.remedy.as_deref());
                tracing::warn!(plugin, remedy, "plugin is out: {}", finding.message);
            }
        }
        Self { trouble, ..Self::with(config, Arc::new(registry), databases) }.into()
    }

    /// A host of plugins that are registered already.
    pub fn with(config: Config, registry: Arc<Registry>, databases: Option<Databases>) -> Self {
        let stale_locks = registry.stale_locks(catalog::queries());
        stale_locks.iter().for_each(|stale| tracing::warn!("{stale}"));
        let reach = databases.map(|Databases { serving: database, healing }| {
            let pool = pool::pool(&database, config.database.pool_size);
            Reach { database, healing, pool }
        });
        Self {
            spool: Spool::in_dir(&config.state_dir),
            memory: Memory::in_dir(&config.state_dir),
            registry,
            trouble: None,
            stale_locks,
            database: reach,
            name: host_name(),
            known: tokio::sync::Mutex::default(),
            unprinted: Unprinted::default(),
            last: Mutex::default(),
            measured: Mutex::default(),
            running: Running::default(),
            config,
        }
    }

    /// The configuration that the host runs under.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// All plugins, the host itself first, then by id; those that are out too.
    pub fn plugins(&self) -> Vec<PluginSummary> {
        let registry = &self.registry;
        let mut plugins: Vec<_> = registry
            .plugins
            .values()
            .map(|plugin| {
                let library = plugin.library.as_ref();
                let requires = plugin.info.requires.iter().map(|(id, range)| format!("{id} {range}"));
                let migrations = registry.migrations.iter();
                let migrations = migrations.filter(|migration| migration.id.plugin == plugin.info.id);
                PluginSummary {
                    id: plugin.info.id.clone(),
                    name: plugin.info.name.clone(),
                    version: plugin.info.version.to_string(),
                    file: library.map(|library| library.file.display().to_string()).unwrap_or_default(),
                    sha256: library.map(|library| library.sha256.to_string()).unwrap_or_default(),
                    requires: requires.collect(),
                    routes: library.map(|library| library.routes.clone()).unwrap_or_default(),
                    tables: plugin.descriptors.tables.iter().map(|table| table.name.to_string()).collect(),
                    migrations: migrations.map(|migration| migration.id.filename.clone()).collect(),
                    problems: Vec::new(),
                    usable: true,
                }
            })
            .collect();
        plugins.extend(registry.out.iter().map(|out| PluginSummary {
            id: out.id.clone(),
            name: out.name.clone(),
            version: out.version.clone(),
            file: out.file.display().to_string(),
            sha256: String::new(),
            requires: Vec::new(),
            routes: Vec::new(),
            tables: Vec::new(),
            migrations: Vec::new(),
            problems: out.findings.clone(),
            usable: false,
        }));
        plugins.sort_by(|a, b| b.id.is_core().cmp(&a.id.is_core()).then(a.id.cmp(&b.id)));
        plugins
    }

    /// The last check's report, if there was a check.
    pub fn health(&self) -> Option<Arc<HealthReport>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the database and compares. Writes nothing, and never fails: what cannot be found out is
    /// Unknown.
    pub async fn check(&self) -> Arc<HealthReport> {
        let began = Instant::now();
        let (read, running) = self.read_beside().await;
        let read = match (read, &self.database) {
            (Ok((state, compared)), Some(reach)) => {
                let compared =
                    self.unprinted.complete(compared, &self.registry, &state, &reach.database).await;
                Ok((state, compared))
            }
            (read, _) => read,
        };
        let mut report = self.report(read.as_ref(), began);
        report.database.running_heal = running.map(|holder| holder.to_string());
        let report = Arc::new(report);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&report));
        report
    }

    fn report(&self, read: Result<&Read, &PlanError>, began: Instant) -> HealthReport {
        let mut database = DatabaseInfo { address: self.address(), ..DatabaseInfo::default() };
        let (mut unmanaged, mut announced) = (Vec::new(), Vec::new());
        let mut plugins = match read {
            Ok((state, compared)) => {
                database.server_version.clone_from(&state.ledger.server_version);
                unmanaged = compared.assessment.unmanaged.iter().map(ToString::to_string).collect();
                let told = state.announced.iter();
                announced = told.map(|(kind, names)| Announced::of(kind, names, &self.registry)).collect();
                plugin_reports(&self.registry, Ok(compared), self.trouble.as_ref())
            }
            Err(error) => {
                let trouble = error.trouble();
                let plugins = plugin_reports(&self.registry, Err(&trouble.message), self.trouble.as_ref());
                database.trouble = Some(trouble);
                plugins
            }
        };
        let checked_at = Timestamp::now();
        let findings = plugins.iter_mut().flat_map(|plugin| &mut plugin.findings);
        let recalled = self.memory.recall(&database.address, findings, checked_at);
        plugins.iter_mut().for_each(PluginHealth::judge);
        HealthReport {
            format: 1,
            status: Status::of(plugins.iter().flat_map(|plugin| &plugin.findings)),
            environment: self.config.environment,
            checked_at,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            database,
            plugins,
            unmanaged,
            announced,
            warnings: recalled
                .err()
                .iter()
                .map(|error| chain(error))
                .chain(self.stale_locks.clone())
                .collect(),
            not_compared: NOT_COMPARED.iter().map(|kind| (*kind).to_owned()).collect(),
        }
    }

    /// Which database it is, without its password; empty where there is none.
    fn address(&self) -> String {
        self.database.as_ref().map(|reach| reach.database.redacted()).unwrap_or_default()
    }

    /// Compares at start-up: one `WARN` event for each plugin that is out of step, and not a byte written
    /// to any schema.
    pub async fn check_at_start(&self) -> Arc<HealthReport> {
        let report = self.check().await;
        if let Some(trouble) = &report.database.trouble {
            tracing::warn!(kind = ?trouble.kind, remedy = trouble.remedy, "the database could not be read: {}", trouble.message);
            return report;
        }
        for plugin in report.plugins.iter().filter(|plugin| plugin.status != Status::Healthy) {
            let (id, version) = (plugin.id.as_str(), plugin.version.as_str());
            let (pending, drifted) = (plugin.count(Cause::Pending), plugin.count(Cause::Drifted));
            tracing::warn!(
                plugin = id,
                version,
                pending,
                drifted,
                findings = plugin.findings.len(),
                "{}",
                plugin.line
            );
        }
        report
    }

    /// Decides what a heal would do now.
    pub async fn plan(&self, without: &BTreeSet<PluginId>, repairs: &Repairs) -> Result<Plan, PlanError> {
        let (state, _) = self.read().await?;
        let mut plan = plan_heal(&self.registry, &state, without, repairs);
        let bounds = self.database.as_ref().map(|reach| reach.database.bounds()).unwrap_or_default();
        let connection = self.connection().await?;
        weigh(&connection, bounds, &mut plan, &repairs.allowed, &self.config.heal).await;
        drop(connection);
        if let Some((_, locks)) = self.measured().filter(|(hash, _)| *hash == plan.hash) {
            plan.measured(locks);
        }
        if !plan.is_empty() && !state.ledger.standby {
            let (healer, adopt) = (self.healer().await?, BTreeSet::new());
            let lacking = rights::lacking(&healer, &self.registry, &state, &plan, &adopt);
            let lacking = bounds.answered(lacking).await?;
            plan.refusals.extend(lacking.map_err(PlanError::Rights)?);
        }
        Ok(plan)
    }

    /// Decides what it takes to record these migrations as applied without running them.
    pub async fn plan_baseline(&self, adopt: &BTreeSet<MigrationId>) -> Result<Plan, PlanError> {
        let (state, _) = self.read().await?;
        Ok(plan_baseline(&self.registry, &state, adopt))
    }

    /// A connection as the role that heals.
    async fn healer(&self) -> Result<Client, PlanError> {
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        let (client, _) = reach.healing().connect().await.map_err(PlanError::ConnectHealer)?;
        if let Some(healing) = &reach.healing {
            who::serving_role(&client, healing, &reach.database).await.map_err(PlanError::Apart)?;
        }
        Ok(client)
    }

    /// Heals, on an administrator's word, or shows how a heal would go. The heal is a task of its own: whoever asked may go away.
    pub async fn heal(self: &Arc<Self>, request: HealRequest, on: EventSink) -> HealOutcome {
        let Some(reach) = &self.database else {
            return HealOutcome::Unavailable { message: PlanError::NoDatabase.to_string() };
        };
        let context = HealContext {
            database: reach.healing().clone(),
            serving: reach.healing.is_some().then(|| reach.database.clone()),
            registry: Arc::clone(&self.registry),
            config: self.config.heal.clone(),
            spool: self.spool.clone(),
            host: self.name.clone(),
            seen: Arc::new(Mutex::new(self.known.lock().await.seen.clone())),
            measured: self.measured(),
        };
        let ticket = self.running.begin(&request.admin);
        let host = Arc::clone(self);
        let task = tokio::spawn(async move {
            self::close_open_entries(&context).await;
            let outcome = heal::heal(&context, &request, &ticket.watched(on), ticket.cancel()).await;
            drop(ticket);
            if let HealOutcome::Rehearsed { plan, .. } = &outcome
                && plan.locks.measured
            {
                let measured = Some((plan.hash, plan.locks.needed));
                *host.measured.lock().unwrap_or_else(PoisonError::into_inner) = measured;
            }
            // The check has to read only what has changed since.
            let seen = context.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
            *host.known.lock().await = Known { seen, compared: None };
            host.check().await;
            outcome
        });
        // If it panicked the audit entry stays open, and is closed, truthfully, at the next start.
        task.await.unwrap_or_else(|error| HealOutcome::Unavailable {
            message: format!("the heal's own code failed: {error}"),
        })
    }

    fn measured(&self) -> Option<(Checksum, u64)> {
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The heal that runs on this database, whoever's it is.
    pub async fn heal_elsewhere(&self) -> Option<Holder> {
        let connection = self.connection().await.ok()?;
        self.bounds().answered(heal::running(&connection)).await.ok()?.ok().flatten()
    }

    /// Proves a plugin in a scratch database of the configured server, and gives its lock, which takes over from
    /// the former one what still speaks for the plugin.
    pub async fn prove(&self, plugin: &PluginId, former: Option<&Lock>) -> Result<Lock, ProveError> {
        let reach = self.database.as_ref().ok_or(ProveError::NoDatabase)?;
        prove(&self.registry, plugin, former, &reach.database).await
    }

    /// What a plugin says is its own, as each server major prints it that is known: the readings of its lock
    /// file where that speaks for it, else its proof in a scratch database of the configured server.
    pub async fn expected(
        &self,
        plugin: &PluginId,
        server_major: Option<i32>,
    ) -> Result<Vec<Printed>, ProveError> {
        let registered =
            self.registry.plugins.get(plugin).ok_or_else(|| ProveError::NoPlugin(plugin.clone()))?;
        let locked = registered.lock.as_ref().map(Printed::of_lock).unwrap_or_default();
        let speaks = |one: &Printed| {
            one.printer.queries == catalog::queries()
                && server_major.is_none_or(|major| major == one.printer.server_major)
                && registered.locked(one.printer).is_some()
        };
        let locked: Vec<_> = locked.into_iter().filter(speaks).collect();
        if locked.is_empty() { Ok(Printed::of_lock(&self.prove(plugin, None).await?)) } else { Ok(locked) }
    }

    /// Closes audit entries that a dead process left open.
    pub async fn close_open_entries(&self) {
        if let Some(reach) = &self.database {
            close_open(reach.healing(), &self.spool).await;
        }
    }

    /// The latest entries of the audit log, the local spool's among them.
    pub async fn audit(&self, limit: usize) -> AuditLog {
        let connection = self.connection().await;
        let (client, trouble) = match &connection {
            Ok(connection) => (Some(&***connection), None),
            Err(error) => (None, Some(error.trouble())),
        };
        let entries = async {
            match client {
                Some(client) => self.bounds().within(client, self.entries(Some(client), limit)).await,
                None => self.entries(None, limit).await,
            }
        };
        match entries.await {
            Ok(entries) => AuditLog { entries, trouble },
            Err(error) => {
                let kind = Unavailable::of(&error);
                let remedy = "see the log, and try `tenon audit list` again".to_owned();
                let trouble = Trouble { kind, message: chain(&error), remedy };
                let entries = audit::latest(None, &self.spool, limit).await.unwrap_or_default();
                AuditLog { entries, trouble: Some(trouble) }
            }
        }
    }

    async fn entries(&self, client: Option<&Client>, limit: usize) -> Result<Vec<AuditEntry>, AuditError> {
        let client = match client {
            Some(client) if audit::exists(client).await? => Some(client),
            _ => None,
        };
        audit::latest(client, &self.spool, limit).await
    }

    /// Hands a request to a plugin.
    pub async fn call(&self, plugin: &str, request: PluginRequest) -> Result<PluginResponse, CallError> {
        let library = self.serving(plugin)?;
        let PluginRequest { method, path, query, headers, body, user, request_id } = request;
        let matched = route(plugin, &library.routes, &method, &path)?;
        let (route, params) = (matched.route, matched.params);
        let question = Question { method, route, path, query, params, headers, body, user, request_id };
        let reach = self.database.as_ref();
        let reach = reach.ok_or_else(|| CallError::NoDatabase(PlanError::NoDatabase.to_string()))?;
        let connection = self.connection().await.map_err(|error| CallError::NoDatabase(chain(&error)))?;
        let limit = self.config.plugins.call_timeout;
        let answer = call(plugin, &library.worker, &reach.database, connection, question, limit).await?;
        Ok(PluginResponse { status: answer.status, headers: answer.headers, body: answer.body.into() })
    }

    /// The plugin's library, if its routes answer.
    fn serving(&self, plugin: &str) -> Result<&Library, CallError> {
        let nobody = || CallError::NoPlugin(plugin.to_owned());
        let id: PluginId = plugin.parse().map_err(|_| nobody())?;
        if let Some(out) = self.registry.out.iter().find(|out| out.id == id) {
            let reasons: Vec<_> = out.findings.iter().map(|finding| finding.message.as_str()).collect();
            return Err(CallError::Held { reason: format!("{} is out: {}", out.name, reasons.join("; ")) });
        }
        let library = self.registry.plugins.get(&id).and_then(|plugin| plugin.library.as_ref());
        let library = library.ok_or_else(nobody)?;
        let held = self.health().and_then(|report| {
            let plugin = report.plugin(&id)?;
            (plugin.serving == Serving::Held).then(|| plugin.held_because())
        });
        match held {
            Some(reason) => Err(CallError::Held { reason }),
            None => Ok(library),
        }
    }

    /// Lets the plugins clean up, within a bound.
    pub async fn shutdown(&self) {
        let libraries = self.registry.plugins.values().filter_map(|plugin| plugin.library.as_ref());
        let ends = libraries.filter_map(|library| {
            let end = library.worker.submit(|made| {
                if let Ok(context) = made
                    && let Err(problem) = context.module.shutdown(&context.host)
                {
                    tracing::warn!("a plugin's shutdown failed: {problem}");
                }
            });
            end.ok()
        });
        let all = futures_util::future::join_all(ends);
        if tokio::time::timeout(SHUTDOWN, all).await.is_err() {
            tracing::warn!("not every plugin ended within {} s", SHUTDOWN.as_secs());
        }
        if let Some(reach) = &self.database {
            reach.pool.close();
        }
    }

    /// How long what is asked of the database may take.
    fn bounds(&self) -> Bounds {
        self.database.as_ref().map(|reach| reach.database.bounds()).unwrap_or_default()
    }

    async fn connection(&self) -> Result<PooledConnection, PlanError> {
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        reach.pool.get().await.map_err(PlanError::Connect)
    }

    /// What a check reads: also the heal that runs beside it.
    async fn read_beside(&self) -> (Result<Read, PlanError>, Option<Holder>) {
        let known = &mut *self.known.lock().await;
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => return (Err(error), None),
        };
        // Before the reading: a heal that ends in between is told of, and not one that ended before.
        let running = match self.bounds().answered(heal::running(&connection)).await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => {
                tracing::debug!("it cannot be seen whether a heal is running: {}", chain(&error));
                None
            }
            Err(silent) => return (Err(silent.into()), None),
        };
        (self.read_over(&connection, known).await, running)
    }

    async fn read(&self) -> Result<Read, PlanError> {
        let known = &mut *self.known.lock().await;
        self.read_over(&self.connection().await?, known).await
    }

    /// Reads what can have changed, and compares if something has.
    async fn read_over(&self, connection: &PooledConnection, known: &mut Known) -> Result<Read, PlanError> {
        let bounds = self.bounds();
        let schemas = self.registry.schemas();
        let renewal = state::read(connection, bounds, &schemas, &mut known.seen).await;
        let renewal = renewal.map_err(PlanError::Read)?;
        let state = known.seen.as_ref().map(|seen| Arc::clone(&seen.state)).unwrap_or_default();
        let compared = known.compared.take().filter(|_| renewal == Renewal::Unchanged);
        let compared = compared.unwrap_or_else(|| Arc::new(compare(&self.registry, &state)));
        known.compared = Some(Arc::clone(&compared));
        Ok((state, compared))
    }

    /// Forgets what the last reading saw: the next one reads everything.
    pub async fn forget(&self) {
        *self.known.lock().await = Known::default();
    }
}

async fn close_open_entries(context: &HealContext) {
    close_open(&context.database, &context.spool).await;
}

async fn close_open(database: &Database, spool: &Spool) {
    let closed = match database.connect().await {
        Ok((client, _)) => audit::close_open(&client, database.bounds(), spool).await,
        // The report says that the database cannot be reached; the entries stay open until it can.
        Err(_) => return,
    };
    match closed {
        Ok(0) => {}
        Ok(closed) => tracing::warn!(closed, "audit entries that a dead process left open were closed"),
        Err(error) => tracing::warn!("open audit entries could not be closed: {}", chain(&error)),
    }
}

fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{name}:{}", std::process::id())
}
