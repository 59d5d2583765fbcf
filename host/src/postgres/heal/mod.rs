//! The heal: the only act that writes to a plugin's schema. One transaction, all or nothing, on the record.

mod journal;
mod migrate;
mod repair;
mod request;
mod session;
mod verify;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tenon_migrations_core::migration::MigrationId;
use tenon_migrations_core::plan::Plan;
use tokio_postgres::Client;
use uuid::Uuid;

use self::journal::{Fate, Journal};
use self::migrate::{Run, failed_in};
pub use self::request::{HealEvent, HealFailure, HealOutcome, HealRequest, Source};
use super::audit::event::{AuditEvent, Started, Timed, What};
use super::audit::{self, Spool};
use super::connect::Database;
use super::state::{self, State};
use super::weigh::{weigh, weigh_within};
use super::{ledger, session_name};
use crate::config::HealConfig;
use crate::errors::chain;
use crate::pipeline::plan_heal;
use crate::registry::Registry;

/// Who wants to hear how the heal goes on.
pub type EventSink = Arc<dyn Fn(&HealEvent) + Send + Sync>;

/// What a heal works with.
#[derive(Debug, Clone)]
pub struct HealContext {
    pub database: Database,
    pub registry: Arc<Registry>,
    pub config: HealConfig,
    pub spool: Spool,
    /// This host's name, for the audit entry and for those who wait.
    pub host: String,
}

/// Heals, or says why not. The button, the API and the command line all come here.
pub async fn heal(context: &HealContext, request: &HealRequest, events: &EventSink) -> HealOutcome {
    let (client, _) = match context.database.connect().await {
        Ok(connected) => connected,
        Err(error) => return HealOutcome::Unavailable { message: chain(&error) },
    };
    let mut seen = None;
    let bounds = context.database.bounds();
    if let Err(error) = state::read(&client, bounds, &context.registry.schemas(), &mut seen).await {
        return HealOutcome::Unavailable { message: chain(&error) };
    }
    let state = seen.map(|seen| seen.state).unwrap_or_default();
    if state.ledger.standby {
        return HealOutcome::Standby;
    }
    let mut plan = plan_heal(&context.registry, &state, &request.without, &request.repairs);
    weigh(&client, bounds, &mut plan, &request.repairs.allowed, &context.config).await;
    if request.reviewed.is_some_and(|reviewed| reviewed != plan.hash) {
        return HealOutcome::PlanChanged { plan };
    }
    if !plan.refusals.is_empty() {
        return HealOutcome::Refused { plan };
    }
    if plan.is_empty() {
        return HealOutcome::NothingToDo;
    }
    let healing = Healing { context, request, events, plan, id: Uuid::now_v7(), began: Instant::now() };
    healing.run(client, &state).await
}

/// The heal that is running on this database now, whoever's it is: who, and since when.
pub async fn running(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    session::running(client).await
}

/// Whether a transaction has ended, however it did.
pub(super) async fn is_over(client: &Client, xid: &str) -> Result<bool, tokio_postgres::Error> {
    Ok(journal::fate(client, xid).await?.is_some())
}

/// One heal that has something to do.
struct Healing<'a> {
    context: &'a HealContext,
    request: &'a HealRequest,
    events: &'a EventSink,
    plan: Plan,
    id: Uuid,
    began: Instant,
}

/// Why a heal did not come to its end.
enum Stopped {
    Failed(Box<HealFailure>),
    Busy(String),
    PlanChanged(Plan),
    /// The connection was lost while COMMIT was under way.
    CommitLost {
        xid: String,
        message: String,
    },
}

impl From<HealFailure> for Stopped {
    fn from(failure: HealFailure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl Healing<'_> {
    async fn run(self, client: Client, state: &State) -> HealOutcome {
        let spool = &self.context.spool;
        let mut journal = Journal::open(&self.context.database, spool, self.id, state.ledger.has_audit).await;
        if let Err(error) = journal.record(What::Started(self.started())).await {
            let message = format!("nothing was started, since it could not be recorded: {}", chain(&error));
            return HealOutcome::Unavailable { message };
        }
        let (files, repairs) = (self.plan.files(), self.plan.repairs.len());
        let statements = self.plan.statements();
        (self.events)(&HealEvent::Planned { heal: self.id, files, repairs, statements });
        let outcome = match self.transaction(&client, &mut journal).await {
            Ok(()) => self.succeeded(),
            Err(stopped) => {
                // Dropping the client would roll back too, but later than the audit entry says so.
                let _ = client.batch_execute("ROLLBACK").await;
                drop(client);
                self.stopped(stopped, &mut journal).await
            }
        };
        (self.events)(&HealEvent::Ended { result: outcome.word().to_owned() });
        outcome
    }

    /// Steps 3 to 6 of the design: everything between BEGIN and COMMIT.
    async fn transaction(&self, client: &Client, journal: &mut Journal<'_>) -> Result<(), Stopped> {
        let in_stage = |stage: &'static str| move |error| Stopped::from(failed_in(stage, &error));
        let who = session_name(&format!("tenon heal by {} on {}", self.request.admin, self.context.host));
        let xid = session::begin(client, &self.context.config, &who).await.map_err(in_stage("begin"))?;
        let noted = journal.record(What::Transaction { xid: xid.clone() }).await;
        noted.map_err(|error| failed_in("begin", &error))?;
        let locked = session::lock(client, self.context.config.wait).await.map_err(in_stage("lock"))?;
        locked.map_err(Stopped::Busy)?;
        let before = self.reviewed_state(client).await?;
        let run = Run { client, config: &self.context.config, heal: self.id, xid: &xid, events: self.events };
        let timed = self.migrations(&run).await?;
        self.repairs(&run).await?;
        (self.events)(&HealEvent::Verifying { plugins: self.plan.verify.len() });
        let readings = verify::verify(client, &self.context.registry, &self.plan, &before).await?;
        for (plugin, stored) in &readings {
            let kept = ledger::store_reading(client, self.id, plugin, stored).await;
            kept.map_err(|error| failed_in("store the reading", &error))?;
        }
        (self.events)(&HealEvent::Committing);
        let taken = self.record_success(client, timed).await?;
        self.commit(client, &xid).await?;
        if let Err(error) = self.context.spool.forget(taken) {
            // Taking them up again is harmless: the database knows them by now.
            tracing::warn!("the audit spool was not cleared: {}", chain(&error));
        }
        Ok(())
    }

    /// Under the lock nobody else heals: what is pending now has to be what was reviewed.
    async fn reviewed_state(&self, client: &Client) -> Result<State, Stopped> {
        let path = client.batch_execute("SET LOCAL search_path = pg_catalog").await;
        path.map_err(|error| failed_in("plan", &error))?;
        let registry = &self.context.registry;
        let state = state::within(client, &registry.schemas()).await;
        let state = state.map_err(|error| failed_in("plan", &error))?;
        let mut plan = plan_heal(registry, &state, &self.request.without, &self.request.repairs);
        let allowed = &self.request.repairs.allowed;
        let weighed = weigh_within(client, &mut plan, allowed, &self.context.config).await;
        weighed.map_err(|error| failed_in("plan", &error))?;
        if plan.hash == self.plan.hash { Ok(state) } else { Err(Stopped::PlanChanged(plan)) }
    }

    async fn migrations(&self, run: &Run<'_>) -> Result<Vec<Timed>, HealFailure> {
        let total = self.plan.steps.len();
        let by_id: std::collections::HashMap<&MigrationId, _> =
            self.context.registry.migrations.iter().map(|migration| (&migration.id, migration)).collect();
        let mut timed = Vec::with_capacity(total);
        for (index, step) in self.plan.steps.iter().enumerate() {
            let Some(migration) = by_id.get(&step.migration) else { continue };
            let (id, index) = (&migration.id, index + 1);
            let statements = step.statements;
            (self.events)(&HealEvent::MigrationStarted { migration: id.clone(), index, total, statements });
            let duration_ms = run.migrate(migration).await?;
            (self.events)(&HealEvent::MigrationDone { migration: id.clone(), index, total, duration_ms });
            timed.push(Timed { migration: id.to_string(), duration_ms });
        }
        Ok(timed)
    }

    async fn repairs(&self, run: &Run<'_>) -> Result<(), HealFailure> {
        let total = self.plan.repairs.len();
        for (index, repair) in (1..).zip(&self.plan.repairs) {
            let (object, statements) = (repair.object.clone(), repair.sql.len());
            (self.events)(&HealEvent::RepairStarted { object: object.clone(), index, total, statements });
            let duration_ms = run.repair(repair).await?;
            (self.events)(&HealEvent::RepairDone { object, index, total, statements, duration_ms });
        }
        Ok(())
    }

    /// Writes the success into the heal's own transaction, and with it what waits in the spool. Gives how
    /// many entries of the spool were taken up.
    async fn record_success(&self, client: &Client, migrations: Vec<Timed>) -> Result<usize, HealFailure> {
        let waiting = self.context.spool.read().map_err(|error| failed_in("audit", &error))?;
        let taken = waiting.len();
        let what = What::Succeeded { duration_ms: self.took(), migrations };
        let success = AuditEvent { heal: self.id, at: Timestamp::now(), what };
        let events: Vec<_> = waiting.into_iter().chain([success.clone()]).collect();
        audit::append(client, &events).await.map_err(|error| failed_in("audit", &error))?;
        journal::log(&success);
        Ok(taken)
    }

    async fn commit(&self, client: &Client, xid: &str) -> Result<(), Stopped> {
        if let Err(error) = client.batch_execute("COMMIT").await {
            return Err(match error.as_db_error() {
                Some(_) => failed_in("commit", &error).into(),
                None => Stopped::CommitLost { xid: xid.to_owned(), message: chain(&error) },
            });
        }
        match journal::fate(client, xid).await {
            Ok(Some(Fate::Aborted)) => Err(HealFailure {
                stage: "commit".to_owned(),
                message: "the server rolled the transaction back instead of committing it".to_owned(),
                ..HealFailure::default()
            }
            .into()),
            // The server said COMMIT: that it cannot be asked again changes nothing.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn stopped(&self, stopped: Stopped, journal: &mut Journal<'_>) -> HealOutcome {
        let failure = match stopped {
            Stopped::Failed(failure) => *failure,
            Stopped::Busy(holder) => {
                self.close(journal, plain("lock", format!("another heal holds the lock: {holder}"))).await;
                return HealOutcome::Busy { holder };
            }
            Stopped::PlanChanged(plan) => {
                self.close(journal, plain("plan", "what is pending changed since it was shown".to_owned()))
                    .await;
                return HealOutcome::PlanChanged { plan };
            }
            Stopped::CommitLost { xid, message } => match journal.fate_of(&xid).await {
                Some(Fate::Committed) => return self.succeeded(),
                Some(Fate::Aborted) => {
                    plain("commit", format!("the connection was lost, and nothing was committed: {message}"))
                }
                None => return HealOutcome::Unclear { heal: self.id, message },
            },
        };
        self.close(journal, failure.clone()).await;
        HealOutcome::Failed { heal: self.id, files: self.plan.files(), failure }
    }

    /// Closes the entry. That even the spool could not take it must not hide why the heal failed.
    async fn close(&self, journal: &mut Journal<'_>, failure: HealFailure) {
        if let Err(error) = journal.record(What::Failed { failure }).await {
            tracing::error!(heal = %self.id, "the failed heal could not be recorded: {}", chain(&error));
        }
    }

    fn succeeded(&self) -> HealOutcome {
        let (files, repairs) = (self.plan.files(), self.plan.repairs.clone());
        HealOutcome::Succeeded { heal: self.id, files, repairs, duration_ms: self.took() }
    }

    fn took(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn started(&self) -> Started {
        let registry = &self.context.registry;
        let versions = self.plan.verify.iter().filter_map(|id| registry.plugins.get(id));
        Started {
            admin: self.request.admin.clone(),
            source: self.request.source,
            plan_hash: self.plan.hash.to_string(),
            files: self.plan.files(),
            repairs: self.plan.repairs.clone(),
            host: self.context.host.clone(),
            versions: versions.map(|plugin| format!("{} {}", plugin.info.id, plugin.info.version)).collect(),
        }
    }
}

fn plain(stage: &str, message: String) -> HealFailure {
    HealFailure { stage: stage.to_owned(), message, ..HealFailure::default() }
}
