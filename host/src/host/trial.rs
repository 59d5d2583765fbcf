//! A trial: the plugins of this host in a database made for one purpose, with everything applied.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::repair::{Hazard, HazardRule};
use tokio_postgres::SimpleQueryMessage;

use super::events::{EventError, FailedDelivery};
use super::{PlanError, Tenon};
use crate::config::{CallerProxy, CallersConfig, Config, Environment, Isolation};
use crate::database::connect::{ConnectError, Database};
use crate::heal::{HealOutcome, HealRequest, Origin, Purpose};
use crate::plugin::load::Relay;
use crate::plugin::registry::Registry;
use crate::plugin::runtime::CallError;
use crate::report::{Remaining, remaining};
use crate::scratch::database::{ScratchError, in_scratch};

/// How long a call may take whose plugin may stand at a breakpoint.
const AT_A_BREAKPOINT: Duration = Duration::from_secs(24 * 60 * 60);

/// A host of the same plugins, and its database.
#[derive(Debug, Clone)]
pub struct Trial {
    pub host: Arc<Tenon>,
    database: Database,
}

/// Why there is no trial.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("no database can be used")]
    NoDatabase,
    #[error("no folder could be made for what the trial's host keeps")]
    Folder(#[source] std::io::Error),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error("it cannot be seen what a heal would do")]
    Plan(#[source] PlanError),
    #[error("the migrations could not be applied")]
    Heal(Box<HealOutcome>),
    #[error("the events of the plugins could not be made known")]
    Events(#[source] EventError),
    /// What keeps plugins from answering.
    #[error("not every plugin is at work")]
    Remaining(Vec<Remaining>),
}

/// Why SQL in a trial's database has no result.
#[derive(Debug, thiserror::Error)]
pub enum TrialSqlError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Sql(#[from] tokio_postgres::Error),
}

impl Tenon {
    /// Does some work in a trial, and drops its database whatever comes of it. All plugins' statements run
    /// as the role that owns the database; what reaches out of it is allowed. With a relay the process of a
    /// test answers for a plugin, which may take as long as somebody looks at it in a debugger.
    pub async fn in_trial<T, W: Future<Output = T>>(
        &self,
        accounts_file: &Path,
        relay: Option<(PluginId, Arc<Relay>)>,
        work: impl FnOnce(Trial) -> W,
    ) -> Result<T, TrialError> {
        let server = self.database.as_ref().ok_or(TrialError::NoDatabase)?.healing();
        let folder = tempfile::tempdir().map_err(TrialError::Folder)?;
        let mut config = for_trial(self.config.clone(), folder.path());
        config.admin.accounts_file = accounts_file.to_owned();
        if relay.is_some() {
            config.plugins.call_timeout = AT_A_BREAKPOINT;
        }
        let registry = Arc::clone(&self.registry);
        in_scratch(server, async |database| {
            let host = Self::with(config, registry, Some(database.clone().into())).shared();
            host.apply_all(Purpose::Heal, |hazard| hazard.rule == HazardRule::ReachOut).await?;
            if let Some(relay) = relay {
                let _ = host.relay.set(relay);
            }
            host.declare_events().await.map_err(TrialError::Events)?;
            Ok(work(Trial { host, database }).await)
        })
        .await?
    }

    /// Applies everything, or sees in a dry run whether it could be. Content only if every plugin is at work
    /// then.
    async fn apply_all(
        self: &Arc<Self>,
        purpose: Purpose,
        consents: impl Fn(&Hazard) -> bool,
    ) -> Result<(), TrialError> {
        let mut request = HealRequest { purpose, ..HealRequest::new("trial", Origin::Start) };
        let plan = self.plan(&BTreeSet::new(), &request.repairs).await.map_err(TrialError::Plan)?;
        let asked = plan.refusals.iter().filter_map(|refusal| refusal.allow.clone());
        request.repairs.allowed.extend(asked.filter(consents));
        match self.heal(request, Arc::new(|_| {})).await {
            HealOutcome::Succeeded { .. } | HealOutcome::NothingToDo => {}
            HealOutcome::Rehearsed { plan, .. } if plan.refusals.is_empty() => return Ok(()),
            outcome => return Err(TrialError::Heal(Box::new(outcome))),
        }
        let health = self.health();
        let left = health.map(|report| remaining::now(&report, &BTreeSet::new())).unwrap_or_default();
        let left: Vec<_> = left.into_iter().filter(|one| one.breaks).collect();
        if left.is_empty() { Ok(()) } else { Err(TrialError::Remaining(left)) }
    }
}

/// Heals a database made for one purpose with these plugins, as an administrator who consents to all that he
/// is asked for; or sees in a dry run whether that could be.
pub async fn heal_scratch(
    config: &Config,
    registry: &Arc<Registry>,
    database: &Database,
    purpose: Purpose,
) -> Result<(), TrialError> {
    let folder = tempfile::tempdir().map_err(TrialError::Folder)?;
    let config = for_trial(config.clone(), folder.path());
    let host = Tenon::with(config, Arc::clone(registry), Some(database.clone().into())).shared();
    host.apply_all(purpose, |_| true).await
}

impl Trial {
    /// Delivers the events that are due, and gives those that were not heard.
    pub async fn deliver_events(&self) -> Result<Vec<FailedDelivery>, EventError> {
        self.host.deliver_due_events().await
    }

    /// Runs a job of a plugin once, now.
    pub async fn run_job(&self, plugin: &PluginId, job: &str) -> Result<(), CallError> {
        self.host.try_job(plugin.as_str(), job).await
    }

    /// Runs SQL as the owner of the database, and gives the rows of all its statements: their columns as
    /// text.
    pub async fn sql(&self, sql: &str) -> Result<Vec<Map<String, Value>>, TrialSqlError> {
        let (client, _) = self.database.connect().await?;
        let messages = client.simple_query(sql).await?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let columns = |row: &tokio_postgres::SimpleQueryRow| {
            let named = row.columns().iter().enumerate();
            named
                .map(|(at, column)| (column.name().to_owned(), row.get(at).map_or(Value::Null, Value::from)))
                .collect()
        };
        Ok(rows.map(columns).collect())
    }
}

/// What is configured for the host holds, but for what a trial has for itself.
fn for_trial(mut config: Config, folder: &Path) -> Config {
    config.state_dir = folder.to_owned();
    config.environment = Environment::Development;
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.server.tls_cert = None;
    config.server.tls_key = None;
    config.heal.on_start = false;
    config.plugins.isolation = Some(Isolation::Shared);
    config.callers = named_by_tests();
    config
}

/// Callers as a trial's host knows them: by the word of whoever asks, which is this machine's
/// `tenon-plugin-test`.
fn named_by_tests() -> CallersConfig {
    let proxy = CallerProxy {
        user_header: "x-tenon-test-caller".to_owned(),
        name_header: None,
        groups_header: Some("x-tenon-test-scopes".to_owned()),
        trusted: vec![ipnet::Ipv4Net::new_assert([127, 0, 0, 0].into(), 8).into()],
        admin_groups: vec!["tenon-test-admin".to_owned()],
    };
    CallersConfig { proxy: Some(proxy), ..CallersConfig::default() }
}
