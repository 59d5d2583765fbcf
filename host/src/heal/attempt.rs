//! One attempt of a heal: everything between BEGIN and COMMIT.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::Plan;
use tokio_postgres::Client;

use super::blockers::{Blockers, StopWord};

use super::Purpose;
use super::Stage;
use super::heal_run::{AttemptError, HealRun, plain};
use super::journal::Journal;
use super::migrate::Run;
use super::ownership_check::OwnershipCheck;
use super::session_label::SessionLabel;
use super::{HealContext, HealEvent, HealFailure, answered, baseline, done_by, session, verify};
use crate::audit;
use crate::audit::Timed;
use crate::audit::event::{AuditEvent, EventKind, Resolution};
use crate::audit::failed_in;
use crate::database::dial::Interrupt;
use crate::database::inactivity::with_inactivity_timeout;
use crate::database::migration_session::Reset;
use crate::database::search_path;
use crate::database::xact_status::{XactStatus, xact_status};
use crate::heal::decide::{Moment, PlanBasis};
use crate::plugin::roles;
use crate::plugin::roles::MadeRoles;
use crate::schema::ledger;
use crate::schema::ledger::upkeep;
use crate::schema::ledger::{LedgerRow, StoredSnapshot};
use crate::schema::state::{self, CachedState, State};
use crate::support::errors::chain;
use crate::support::millis::millis;

/// How much longer than a statement may run an answer may take.
const GRACE: Duration = Duration::from_secs(30);

/// How long COMMIT may take to be answered before the server is asked over another connection.
const COMMIT: Duration = Duration::from_secs(60);

/// How long the question may take whether it was committed, once the server has said so.
const FATE: Duration = Duration::from_secs(5);

impl HealRun<'_> {
    /// Steps 3 to 6 of a heal. Whatever stops it, the caller rolls back; and also what is not to be
    /// committed.
    pub(super) async fn attempt(
        &self,
        client: &Client,
        interrupt: &Interrupt,
        journal: &mut Journal<'_>,
    ) -> Result<(), AttemptError> {
        let in_stage = |stage: Stage| move |error| AttemptError::from(failed_in(stage, &error));
        let label = self.label(0);
        let start = session::start(&self.context.config);
        let begun = self.watched(session::begin(client, &start, &label), Stage::Begin).await?;
        let xid = begun.map_err(in_stage(Stage::Begin))?;
        if let Some(lock_observer) = &self.lock_observer {
            self.watched(lock_observer.begin(client), Stage::Begin).await?.map_err(in_stage(Stage::Begin))?;
        }
        let noted = journal.record(EventKind::Transaction { xid: xid.clone() }).await;
        noted.map_err(|error| failed_in(Stage::Begin, &error))?;
        let process = self.watched(session::process(client), Stage::Begin).await?;
        let HealContext { database, config, .. } = self.context;
        let stop = StopWord { heal: self.id, cancel: self.cancel.clone() };
        let blockers = Blockers::of(database, process, config.lock_timeout, &self.events, stop);
        let (taken, left) = tokio::select! {
            done = self.watched(Box::pin(self.work(client, start, &xid, journal.attempt)), Stage::Migrate) => {
                done?.map_err(|stopped| stopped.naming(blockers.as_ref()))?
            }
            by = self.cancel.asked() => {
                (self.events)(&HealEvent::Cancelling { by: by.clone() });
                self.cancel_statement(interrupt).await;
                return Err(AttemptError::Cancelled { by });
            }
        };
        self.cancel.close().map_err(|by| AttemptError::Cancelled { by })?;
        if self.request.purpose != Purpose::Heal {
            (self.events)(&HealEvent::RollingBack);
            return Ok(());
        }
        (self.events)(&HealEvent::Committing);
        self.commit(client, &xid).await?;
        self.context.set_cached_state(left);
        if let Err(error) = self.context.spool.forget(&taken).await {
            // Taking them up again is harmless: the database knows them by now.
            tracing::warn!("the audit spool was not cleared: {}", chain(&error));
        }
        Ok(())
    }

    /// Waits for an answer, but not for ever: a connection can look sound when nobody is there any more.
    async fn watched<T>(&self, work: impl Future<Output = T>, stage: Stage) -> Result<T, HealFailure> {
        let statement = self.context.config.statement_timeout.0;
        let limit = (!statement.is_zero()).then(|| statement.saturating_add(GRACE));
        with_inactivity_timeout(limit, work).await.map_err(|silent| failed_in(stage, &silent))
    }

    /// All but the end of the transaction. Gives what of the spool was taken up, and what everybody will see.
    async fn work(
        &self,
        client: &Client,
        start: Reset,
        xid: &str,
        attempt: i32,
    ) -> Result<(Vec<AuditEvent>, Option<CachedState>), AttemptError> {
        let tell = |holder| (self.events)(&HealEvent::Waiting { holder });
        let locked = session::lock(client, self.context.config.wait, tell).await;
        let locked = locked.map_err(|error| failed_in(Stage::Lock, &error))?;
        locked.map_err(|holder| AttemptError::Busy(Box::new(holder)))?;
        let before = self.reviewed_state(client).await?;
        let label = |done| self.label(done);
        let lock_observer = self.lock_observer.as_deref();
        let allowed = &self.request.repairs.allowed;
        let ownership = OwnershipCheck::of(&self.plan, &self.context.registry.ownership, allowed);
        let (heal, events) = (self.id, &self.events);
        let run =
            Run { client, start, heal, xid, events, label: &label, lock_observer, ownership: &ownership };
        let timed = self.migrations(&run).await?;
        self.repairs(&run).await?;
        self.roles(&run).await?;
        self.upkeep(client).await?;
        (self.events)(&HealEvent::Verifying { plugins: self.plan.verify.len() });
        let (snapshots, seen) = self.verified(client, &before).await?;
        drop(before);
        let kept = ledger::store_snapshots(client, self.id, &snapshots).await;
        kept.map_err(|error| failed_in(Stage::StoreReadings, &error))?;
        let left = seen.with_snapshots(client, &self.context.registry.schemas(), snapshots).await;
        let left = left.map_err(|error| failed_in(Stage::Verify, &error))?;
        if let Some(role) = &self.serving_role {
            let kept = session::keep_from_writing(client, role).await;
            kept.map_err(|error| failed_in(Stage::KeepLog, &error))?;
        }
        if let Some(role) = &self.context.reader {
            let let_in = session::let_read(client, role).await;
            let_in.map_err(|error| failed_in(Stage::ShareLog, &error))?;
        }
        if let Some(lock_observer) = lock_observer {
            let seen = lock_observer.observe_after(client, verify::ran()).await;
            seen.map_err(|error| failed_in(Stage::LookAtLocks, &error))?;
            return Ok((Vec::new(), left));
        }
        Ok((self.record_success(client, attempt, timed).await?, left))
    }

    /// Under the lock nobody else heals: what is pending now has to be what was reviewed.
    async fn reviewed_state(&self, client: &Client) -> Result<Arc<State>, AttemptError> {
        let in_plan =
            |error: &(dyn std::error::Error + 'static)| AttemptError::from(failed_in(Stage::Plan, error));
        let registry = &self.context.registry;
        let unread = |error| in_plan(&error);
        let state = match self.context.cached_state() {
            Some(cached) if state::still_holds(client, &cached).await.map_err(unread)? => cached.state,
            _ => Arc::new(state::within(client, &self.context.scope()).await.map_err(unread)?),
        };
        if self.request.purpose == Purpose::Rehearsal {
            // The plan was made of what this is a copy of.
            return Ok(state);
        }
        let log = Some(client).filter(|_| state.ledger.has_audit);
        let former = answered(log, &self.context.spool, self.request).await;
        if let Some(outcome) = former.map_err(|error| in_plan(&error))? {
            return Err(AttemptError::Answered(Box::new(outcome)));
        }
        // Nothing is decided otherwise of the very state that the plan was made from.
        let decided = match Arc::ptr_eq(&state, &self.decided.state) {
            true => self.decided.clone(),
            false => PlanBasis::of(registry, Arc::clone(&state), self.request.wish()),
        };
        let asking = self.context.asking(client, Moment::UnderTheLock { shown: &self.plan });
        let asked = decided.ask(asking, self.request.wish()).await.map_err(|error| in_plan(&error))?;
        if asked.is_still(&self.plan) {
            return Ok(state);
        }
        let plan = asked.plan;
        if let Some(client) = log.filter(|_| plan.is_empty()) {
            let done = done_by(client, &self.plan.hash.to_string()).await;
            if let Some(by) = done.map_err(|error| in_plan(&error))? {
                return Err(AttemptError::Overtaken(Box::new(by)));
            }
        }
        Err(AttemptError::PlanChanged(Box::new(plan)))
    }

    /// The database is what was to be made of it, or what is recorded. Gives the snapshots to store,
    /// and what was seen.
    async fn verified(
        &self,
        client: &Client,
        before: &State,
    ) -> Result<(BTreeMap<PluginId, StoredSnapshot>, CachedState), HealFailure> {
        let registry = &self.context.registry;
        if self.request.adopt.is_empty() {
            return verify::verify(
                client,
                registry,
                &self.context.scope(),
                &self.plan,
                before,
                self.lock_observer.as_deref(),
            )
            .await;
        }
        let adopt = &self.request.adopt;
        let mut snapshots = baseline::hold(client, registry, &self.plan, adopt, &self.made, before).await?;
        let core = self.plan.verify.iter().filter(|id| id.is_core()).cloned().collect();
        let own = Plan { verify: core, ..self.plan.clone() };
        let (cores, seen) =
            verify::verify(client, registry, &self.context.scope(), &own, before, None).await?;
        snapshots.extend(cores);
        Ok((snapshots, seen))
    }

    async fn migrations(&self, run: &Run<'_>) -> Result<Vec<Timed>, HealFailure> {
        let by_id: std::collections::HashMap<&MigrationId, _> =
            self.context.registry.migrations.iter().map(|migration| (&migration.id, migration)).collect();
        let steps = self.plan.steps.iter();
        let steps = steps.filter_map(|step| Some((step, *by_id.get(&step.migration)?)));
        let (adopted, steps): (Vec<_>, Vec<_>) =
            steps.partition(|(step, _)| self.request.adopt.contains(&step.migration));
        let timed = run.migrate(&steps).await?;
        if adopted.is_empty() {
            return Ok(timed);
        }
        // What is only recorded comes last: the ledger itself may have been made just now.
        let now = run.start.run(run.client).await.map_err(|error| failed_in(Stage::Migrate, &error))?;
        let row = |(_, migration)| LedgerRow { migration, ended_at: now.at, duration_ms: 0 };
        let rows: Vec<_> = adopted.iter().copied().map(row).collect();
        let recorded = ledger::record_migrations(run.client, self.id, &rows).await;
        recorded.map_err(|error| failed_in(Stage::Migrate, &error))?;
        let total = steps.len() + adopted.len();
        for (index, (step, _)) in (steps.len() + 1..).zip(&adopted) {
            (self.events)(&HealEvent::Recorded { migration: step.migration.clone(), index, total });
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

    /// The ledger's rows become what the plan says, without anything being run for it.
    async fn upkeep(&self, client: &Client) -> Result<(), HealFailure> {
        if self.plan.ledger.is_empty() {
            return Ok(());
        }
        let in_ledger = |error: &(dyn std::error::Error + 'static)| failed_in(Stage::Ledger, error);
        client.batch_execute(search_path::OWN).await.map_err(|error| in_ledger(&error))?;
        for step in &self.plan.ledger {
            let kept = upkeep::keep(client, self.id, &self.context.registry, step).await;
            kept.map_err(|error| in_ledger(&error))?;
            (self.events)(&HealEvent::LedgerKept { step: step.clone() });
        }
        Ok(())
    }

    /// The plugins' login roles are the whole server's: what is tried in another database leaves them alone.
    async fn roles(&self, run: &Run<'_>) -> Result<(), HealFailure> {
        let client = run.client;
        let heals = self.request.adopt.is_empty() && self.request.forget.is_empty();
        let here = self.request.purpose != Purpose::Rehearsal && heals;
        let Some(to_heal) = self.context.roles.as_ref().filter(|_| here) else { return Ok(()) };
        let in_roles = |error: &(dyn std::error::Error + 'static)| failed_in(Stage::Roles, error);
        let began = Instant::now();
        (self.events)(&HealEvent::RolesStarted);
        run.start.run(client).await.map_err(|error| in_roles(&error))?;
        let alone = client.batch_execute(search_path::OWN).await;
        alone.map_err(|error| in_roles(&error))?;
        let made = roles::make(client, &to_heal.roles, &to_heal.wrong, &self.plan.without).await;
        let MadeRoles { roles, statements } = made.map_err(|error| in_roles(&error))?;
        run.start.run(client).await.map_err(|error| in_roles(&error))?;
        let duration_ms = millis(began.elapsed());
        (self.events)(&HealEvent::RolesDone { roles, statements, duration_ms });
        Ok(())
    }

    /// What everybody may read of this heal while it runs.
    fn label(&self, done: usize) -> SessionLabel {
        let total = self.plan.steps.len() + self.plan.repairs.len();
        let (admin, host) = (self.request.admin.clone(), self.context.host.clone());
        SessionLabel {
            purpose: self.request.purpose,
            done,
            total,
            admin,
            host,
            heal: SessionLabel::end_of(self.id),
        }
    }

    /// Writes the success into the heal's own transaction, and with it what waits in the spool. Gives what
    /// of the spool was taken up.
    async fn record_success(
        &self,
        client: &Client,
        attempt: i32,
        migrations: Vec<Timed>,
    ) -> Result<Vec<AuditEvent>, HealFailure> {
        let taken = audit::waiting(client, &self.context.spool)
            .await
            .map_err(|error| failed_in(Stage::Audit, &error))?;
        let what = EventKind::Succeeded { duration_ms: self.took(), migrations, left: Resolution::Committed };
        let success = AuditEvent { heal: self.id, attempt, at: Timestamp::now(), what };
        let events: Vec<_> = taken.iter().cloned().chain([success]).collect();
        audit::append(client, &events).await.map_err(|error| failed_in(Stage::Audit, &error))?;
        Ok(taken)
    }

    async fn commit(&self, client: &Client, xid: &str) -> Result<(), AttemptError> {
        let lost = |message| AttemptError::CommitLost { xid: xid.to_owned(), message };
        let commit = format!("{}; COMMIT", session::RELEASE);
        match tokio::time::timeout(COMMIT, client.batch_execute(&commit)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if error.as_db_error().is_some() => {
                return Err(failed_in(Stage::Commit, &error).into());
            }
            Ok(Err(error)) => return Err(lost(chain(&error))),
            Err(_) => return Err(lost(format!("COMMIT was not answered within {} s", COMMIT.as_secs()))),
        }
        match tokio::time::timeout(FATE, xact_status(client, xid)).await {
            Ok(Ok(Some(XactStatus::Aborted))) => {
                let message = "the server rolled the transaction back instead of committing it";
                Err(plain(Stage::Commit, message.to_owned()).into())
            }
            // The server said COMMIT: that it cannot be asked again changes nothing.
            Ok(Ok(_) | Err(_)) | Err(_) => Ok(()),
        }
    }
}
