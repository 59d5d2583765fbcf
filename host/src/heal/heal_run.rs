//! One heal that has something to do: recorded from its start, tried as often as may help, and recorded to
//! its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;
use tenon_schema::Ident;
use tokio_postgres::Client;
use uuid::Uuid;

use super::baseline::MadeByPlugins;
use super::blockers::Blockers;
use super::cancel::Cancel;

use super::Purpose;
use super::Stage;
use super::holder::Holder;
use super::journal::Journal;
use super::notices::Notices;
use super::rehearsal::LockObserver;
use super::{EventSink, HealContext, HealEvent, HealFailure, HealOutcome, HealRequest, retry, session};
use crate::audit::AuditEntry;
use crate::audit::Kind;
use crate::audit::event::{EventKind, Resolution, Started};
use crate::database::dial::Interrupt;
use crate::database::xact_status::{XactStatus, xact_status_of};
use crate::heal::decide::PlanBasis;
use crate::schema::state::State;
use crate::support::errors::chain;
use crate::support::millis::millis;

/// How long a rollback may take to be confirmed.
const ROLLBACK: Duration = Duration::from_secs(30);
/// How long until a statement that holds up the rollback is cancelled again.
const CANCEL_AGAIN: Duration = Duration::from_millis(500);

/// One heal that has something to do.
#[derive(Clone)]
pub(super) struct HealRun<'a> {
    pub(super) context: &'a HealContext,
    pub(super) request: &'a HealRequest,
    pub(super) events: EventSink,
    pub(super) cancel: &'a Cancel,
    pub(super) plan: Plan,
    /// What the plan was made from.
    pub(super) decided: PlanBasis,
    pub(super) id: Uuid,
    /// The role that serves, where that is another than the one that heals.
    pub(super) serving_role: Option<Ident>,
    pub(super) made: MadeByPlugins,
    /// The observer of the locks, where everything will be rolled back.
    pub(super) lock_observer: Option<Arc<LockObserver>>,
    pub(super) began: Instant,
}

/// Why an attempt did not come to its end.
pub(super) enum AttemptError {
    Failed(Box<HealFailure>),
    Busy(Box<Holder>),
    PlanChanged(Box<Plan>),
    /// Nothing is left to do: this heal did just that.
    Overtaken(Box<AuditEntry>),
    /// The idempotency key was used meanwhile.
    Answered(Box<HealOutcome>),
    Cancelled {
        by: String,
    },
    /// Nothing was heard of COMMIT.
    CommitLost {
        xid: String,
        message: String,
    },
}

impl From<HealFailure> for AttemptError {
    fn from(failure: HealFailure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl AttemptError {
    /// Puts to a failure who held it up.
    pub(super) fn naming(mut self, blockers: Option<&Blockers>) -> Self {
        if let (Self::Failed(failure), Some(blockers)) = (&mut self, blockers) {
            blockers.name(failure);
        }
        self
    }
}

impl<'a> HealRun<'a> {
    pub(super) fn new(
        context: &'a HealContext,
        request: &'a HealRequest,
        notices: &Notices,
        cancel: &'a Cancel,
        plan: Plan,
        decided: PlanBasis,
    ) -> Self {
        let notices = notices.clone();
        let events: EventSink = Arc::new(move |event| notices.pass(event));
        Self {
            context,
            request,
            events,
            cancel,
            plan,
            decided,
            id: Uuid::now_v7(),
            serving_role: None,
            made: MadeByPlugins::new(),
            lock_observer: None,
            began: Instant::now(),
        }
    }

    pub(super) async fn run(self, client: Client, interrupt: &Interrupt, state: &State) -> HealOutcome {
        let (database, spool) = (&self.context.database, &self.context.spool);
        let mut journal = Journal::open(database, spool, self.id, state.ledger.has_audit).await;
        let started = self.started(session::process(&client).await);
        if let Err(error) = journal.record(EventKind::Started(started)).await {
            let message = format!("nothing was started, since it could not be recorded: {}", chain(&error));
            return HealOutcome::Unavailable { message };
        }
        self.tell_plan();
        let outcome = self.to_the_end(client, interrupt, journal).await;
        self.ended(&outcome);
        outcome
    }

    /// Runs what was told of, and records how that ended.
    pub(super) async fn to_the_end(
        &self,
        client: Client,
        interrupt: &Interrupt,
        mut journal: Journal<'_>,
    ) -> HealOutcome {
        match self.attempts(client, interrupt, &mut journal).await {
            Ok(()) => match &self.lock_observer {
                Some(lock_observer) => self.passed(lock_observer, &mut journal).await,
                None => self.succeeded(),
            },
            Err(stopped) => self.stopped(stopped, &mut journal).await,
        }
    }

    /// Tells everybody.
    pub(super) fn ended(&self, outcome: &HealOutcome) {
        // Whoever asks to have it cancelled from now on is told that it is too late.
        let _ = self.cancel.close();
        if let HealOutcome::Succeeded { heal, duration_ms, .. } = outcome {
            tracing::info!(%heal, duration_ms, "heal succeeded");
        }
        (self.events)(&HealEvent::Ended { result: outcome.word().to_owned() });
    }

    pub(super) fn tell_plan(&self) {
        let (files, repairs, roles) = (self.plan.files(), self.plan.repairs.len(), self.plan.roles.len());
        let statements = self.plan.statements();
        (self.events)(&HealEvent::Planned { heal: self.id, files, repairs, roles, statements });
    }

    /// Tries the whole batch, again and again while that may help.
    async fn attempts(
        &self,
        client: Client,
        interrupt: &Interrupt,
        journal: &mut Journal<'_>,
    ) -> Result<(), AttemptError> {
        let attempts = i32::from(self.context.config.retries) + 1;
        loop {
            let ended = self.attempt(&client, interrupt, journal).await;
            // What somebody only looks at is not committed.
            if !matches!(
                (&ended, &self.lock_observer),
                (Ok(()), None) | (Err(AttemptError::CommitLost { .. }), _)
            ) {
                self.roll_back(&client, interrupt).await;
            }
            if let Some(lock_observer) = &self.lock_observer {
                lock_observer.end(&client).await;
            }
            let Err(stopped) = ended else { return Ok(()) };
            let failure = match stopped {
                AttemptError::Failed(failure) if retry::may_pass(&failure) && journal.attempt < attempts => {
                    failure
                }
                stopped => return Err(stopped),
            };
            self.cancel.open_again();
            let pause = retry::pause(journal.attempt, u64::from(Uuid::new_v4().as_fields().0));
            let wait_ms = millis(pause);
            let (attempt, failure) = (journal.attempt, *failure);
            let retried = EventKind::Retried { failure: failure.clone(), wait_ms };
            if let Err(error) = journal.record(retried).await {
                tracing::error!(heal = %self.id, "the failed attempt could not be recorded: {}", chain(&error));
                return Err(failure.into());
            }
            (self.events)(&HealEvent::Retrying { attempt, attempts, wait_ms, failure: Box::new(failure) });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                by = self.cancel.asked() => return Err(AttemptError::Cancelled { by }),
            }
            journal.attempt += 1;
        }
    }

    /// Rolls back, and cancels what still runs until that is confirmed; dropping the client would roll back
    /// too, but later than the audit entry says so.
    async fn roll_back(&self, client: &Client, interrupt: &Interrupt) {
        let rollback = format!("ROLLBACK; {}", session::RELEASE);
        let rolled_back = async {
            let rollback = client.batch_execute(&rollback);
            tokio::pin!(rollback);
            loop {
                tokio::select! {
                    // Whatever it says, the connection's end rolls back as well.
                    _ = &mut rollback => break,
                    () = tokio::time::sleep(CANCEL_AGAIN) => self.cancel_statement(interrupt).await,
                }
            }
        };
        if tokio::time::timeout(ROLLBACK, rolled_back).await.is_err() {
            tracing::warn!(heal = %self.id, "the rollback was not confirmed within {} s", ROLLBACK.as_secs());
        }
    }

    /// Ends the statement that runs, if one does.
    pub(super) async fn cancel_statement(&self, statement: &Interrupt) {
        if let Err(error) = self.context.database.interrupt(statement).await {
            tracing::debug!(heal = %self.id, "the running statement could not be cancelled: {}", chain(&error));
        }
    }

    async fn stopped(&self, stopped: AttemptError, journal: &mut Journal<'_>) -> HealOutcome {
        let failure = match stopped {
            AttemptError::Failed(failure) => *failure,
            AttemptError::Busy(holder) => {
                self.turned_away(journal, Stage::Lock, &format!("{holder} holds the lock")).await;
                return HealOutcome::Busy { holder: *holder };
            }
            AttemptError::PlanChanged(plan) => {
                self.turned_away(journal, Stage::Plan, "what is pending changed since it was shown").await;
                return HealOutcome::PlanChanged { plan: *plan };
            }
            AttemptError::Overtaken(by) => {
                let why = format!("heal {} by {} on {} did just this meanwhile", by.heal, by.admin, by.host);
                self.turned_away(journal, Stage::Plan, &why).await;
                return HealOutcome::Overtaken { by };
            }
            AttemptError::Answered(outcome) => {
                self.turned_away(journal, Stage::Plan, "the idempotency key was used meanwhile").await;
                return *outcome;
            }
            AttemptError::Cancelled { by } => {
                self.close(journal, EventKind::Cancelled { by: by.clone() }).await;
                return self.cancelled(by);
            }
            AttemptError::CommitLost { xid, message } => {
                match xact_status_of(&self.context.database, &xid).await {
                    Some(XactStatus::Committed) => return self.succeeded(),
                    Some(XactStatus::Aborted) => {
                        journal.reopen().await;
                        plain(
                            Stage::Commit,
                            format!("the connection was lost, and nothing was committed: {message}"),
                        )
                    }
                    None => return HealOutcome::Unclear { heal: self.id, message },
                }
            }
        };
        self.close(journal, EventKind::Failed { failure: failure.clone(), turned_away: false }).await;
        match &self.lock_observer {
            Some(lock_observer) => self.rehearsed(lock_observer, Some(failure)),
            None => HealOutcome::Failed { heal: self.id, files: self.plan.files(), failure },
        }
    }

    pub(super) fn cancelled(&self, by: String) -> HealOutcome {
        HealOutcome::Cancelled { heal: self.id, purpose: self.request.purpose, by }
    }

    /// Closes the entry of a heal that ran nothing.
    async fn turned_away(&self, journal: &mut Journal<'_>, stage: Stage, why: &str) {
        let failure = plain(stage, format!("nothing was run: {why}"));
        self.close(journal, EventKind::Failed { failure, turned_away: true }).await;
    }

    /// Closes the entry. That even the spool could not take it must not hide why the heal failed.
    async fn close(&self, journal: &mut Journal<'_>, end: EventKind) {
        if let Err(error) = journal.record(end).await {
            tracing::error!(heal = %self.id, "the end of the heal could not be recorded: {}", chain(&error));
        }
    }

    /// Records that all went well, and was rolled back.
    async fn passed(&self, lock_observer: &LockObserver, journal: &mut Journal<'_>) -> HealOutcome {
        let (duration_ms, migrations) = (self.took(), lock_observer.migrations());
        self.close(journal, EventKind::Succeeded { duration_ms, migrations, left: Resolution::RolledBack })
            .await;
        self.rehearsed(lock_observer, None)
    }

    fn rehearsed(&self, lock_observer: &LockObserver, failure: Option<HealFailure>) -> HealOutcome {
        let purpose = self.request.purpose;
        let mut rehearsal = lock_observer.told(purpose, self.took(), failure);
        rehearsal.heal = Some(self.id).filter(|_| purpose == Purpose::DryRun);
        let mut plan = self.plan.clone();
        // What failed has not taken all locks yet.
        if rehearsal.failure.is_none() {
            plan.measured(rehearsal.lock_entries);
        }
        HealOutcome::Rehearsed { plan, rehearsal: Box::new(rehearsal) }
    }

    fn succeeded(&self) -> HealOutcome {
        let Plan { repairs, roles, ledger, .. } = self.plan.clone();
        let files = self.plan.files();
        HealOutcome::Succeeded { heal: self.id, files, repairs, roles, ledger, duration_ms: self.took() }
    }

    pub(super) fn took(&self) -> u64 {
        millis(self.began.elapsed())
    }

    fn started(&self, session: Option<i32>) -> Started {
        let registry = &self.context.registry;
        // The host's own version is told whatever the heal is about.
        let core = PluginId::core();
        let others = self.plan.verify.iter().filter(|id| !id.is_core());
        let versions = std::iter::once(&core).chain(others).filter_map(|id| registry.plugins.get(id));
        Started {
            kind: match self.request.purpose {
                Purpose::DryRun | Purpose::Rehearsal => Kind::DryRun,
                Purpose::Heal if !self.request.forget.is_empty() => Kind::Forget,
                Purpose::Heal if !self.request.adopt.is_empty() => Kind::Baseline,
                Purpose::Heal => Kind::Heal,
            },
            admin: self.request.admin.clone(),
            source: self.request.source,
            plan_hash: self.plan.hash.to_string(),
            files: self.plan.files(),
            repairs: self.plan.repairs.clone(),
            roles: self.plan.roles.clone(),
            ledger: self.plan.ledger.clone(),
            consents: self.plan.consents(),
            tolerated: self.plan.tolerated.clone(),
            idempotency_key: self.request.idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
            host: self.context.host.clone(),
            versions: versions.map(|plugin| format!("{} {}", plugin.info.id, plugin.info.version)).collect(),
            session,
        }
    }
}

pub(super) fn plain(stage: Stage, message: String) -> HealFailure {
    HealFailure { stage, message, ..HealFailure::default() }
}
