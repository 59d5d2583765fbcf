//! The heal: the only act that writes to a plugin's schema. One transaction, all or nothing, on the record.
//!
//! # How a heal goes
//!
//! 1. Read, compare, plan. Refusals, a changed plan hash and an empty plan end here; nothing was recorded.
//! 2. Write the audit event *started*, in a transaction of its own on a second connection. Before the first
//!    heal has made the table, it goes to the spool.
//! 3. `BEGIN`. Write the event *transaction* with the transaction id, so that its fate can be asked for
//!    later. Poll the advisory lock, and say who holds it. Under the lock read again, unless the change
//!    token still stands, and compare the plan's hash.
//! 4. Run each migration, statement by statement over the extended protocol, one statement a message
//!    (`migrate.rs`). Write the ledger's rows in groups.
//! 5. Run the repairs that were chosen, in the same way, but with `search_path = pg_catalog, pg_temp`,
//!    under which their SQL was printed (`repair.rs`). Then put the plugins' login roles right, and do what
//!    the plan says of the ledger's rows.
//! 6. Verify with the comparer of the check: nothing new differs, and of what was to be repaired nothing does
//!    (`verify.rs`).
//! 7. Store the snapshots. Hand what was read to the host, whose next check reads only what has changed
//!    since. Take up the spool, write *succeeded* into the same transaction, `COMMIT`, and ask for the
//!    transaction's fate.
//! 8. On any failure roll back. What may pass by itself (`retry.rs`) is tried again from step 3, after the
//!    event *retried*. Else write *failed*, or *cancelled* if somebody wished it.
//!
//! If the connection died or was silent during COMMIT, the heal asks `pg_xact_status` on a new one. A
//! transaction that is still open then is ended, so that its fate is certain. If the process died, the next
//! `serve` or heal closes the entry (`audit/close.rs`).
//!
//! If another heal did the work or changed the plan meanwhile, this one ran nothing: its event *failed* is
//! marked as turned away, and the entry says so.
//!
//! # Between two migrations
//!
//! - The checks that a migration put off are made, and deferrable constraints are again as they were made
//!   (`database/migration_session/checks.rs`).
//! - Settings, temporary tables and cursors that it left go (`database/migration_session/leftovers.rs`).
//!   The transaction id is compared, and the session reset, transaction-locally.
//! - What it has touched of others is seen from its locks and counters (`ownership_check.rs`), and what it
//!   reached for outside of the plugins' schemas from the catalogs (`reached.rs`). What may have come with
//!   something that it rightly touched, such as a trigger, is not held against it. A migration that runs
//!   SQL which is put together meanwhile is announced as a hazard in the plan.
//! - What comes next is sent before the answers to what was sent have come (`database/pipeline.rs`), so
//!   that no time goes into round trips. After an error nothing runs in a transaction, the first error is
//!   the one that tells, and outside of the transaction the session is read-only.
//!
//! # What is decided, and by whom
//!
//! One function decides what a heal would do (`decide.rs`): for whoever shows it, runs it, makes sure of it
//! under the heal's lock, or proves a plugin by it. The suite `decided` holds that all come to one hash.
//! What a heal leaves as it is, `report/remaining.rs` says, and `plan` and `heal` end accordingly (suite
//! `remaining`).
//!
//! Healing and the audit log may use another role than serving and checking (`database.heal_url`). Before
//! anything runs, `rights.rs` asks what that role lacks, from what the statements' tokens say they need.
//! `database/freeze.rs` asks whether somebody wants nothing written. Each heal takes from the serving role
//! the right to write in the schema `tenon`.
//!
//! # Beside others
//!
//! Heals of one process wait for their turn before anything is asked of the database (`host/running.rs`);
//! those of several wait for the advisory lock. While it runs a heal can be seen and stopped:
//!
//! - Its session's name says who heals and how far (`session_label.rs`), which every role may read, and its
//!   transaction id leads to its audit entry (`holder.rs`). `progress.rs` counts what its events come to.
//! - `cancel.rs` is the word to stop: heeded until COMMIT is sent, too late from then on.
//! - The session that writes the log is named after the heal. While it is there the process lives, and
//!   nobody else closes the entry.
//! - Who keeps it waiting is asked over another session while it waits (`blockers.rs`).
//! - Nothing waits for ever. The log's connection goes to the spool after ten seconds; a server that
//!   answers nothing for longer than a statement may take is given up (`database/inactivity.rs`); a COMMIT
//!   without answer is asked after.
//! - The end of a heal is a `NOTIFY` in the transaction that records it, which serving hosts follow
//!   (`host/listen.rs`).
//!
//! # Other uses of the same code
//!
//! - **A baseline** records instead of running. Its plan is made of the whole one
//!   (`migrations-core/src/baseline.rs`), and writes ledger rows alone. The database as it stands is held
//!   against the descriptors, and against what the chosen files make in a scratch database (`baseline.rs`).
//!   Where there can be none, the lock file of a plugin of which nothing stays pending is enough.
//! - **A dry run** is the heal's transaction in the database, by the same functions, but it ends with
//!   ROLLBACK. Its success is written down after that, over the journal's connection.
//! - **A rehearsal** is the same in a scratch database (`rehearse.rs`, `scratch/copy.rs`). It is not
//!   recorded, since the database itself is only read.
//! - **A proof** (`tenon plugin lock`, `prove.rs`) has a server elaborate the descriptors in a scratch
//!   database. Its migrations have to make just that and nothing that nobody declares, need no search path
//!   (`prove/names.rs`), and pass as a heal (`proof.rs`). The result is the lock file that the plugin may
//!   embed. The suite `lock` holds that what it proves a plan does not refuse and a heal applies.
//!
//! In a dry run and a rehearsal Tenon reads `pg_locks` from within its own transaction (`rehearsal.rs`):
//! after each statement, less often when there are many locks, and once during verification. It notes since
//! which statement it holds each relation that stood there before, and how many entries of the server's
//! table of locks it takes. That number replaces the estimate (`Plan::measured`), also for a heal of the
//! same plan by the same process. The suite `rehearse` holds this.
//!
//! A heal takes a lock file instead of elaborating again, and a check takes it where no heal has stored a
//! snapshot. A damaged or outdated one is reported and not used. Changed catalog queries make all of them
//! outdated: `scripts/lock` renews those of the sample plugins, and the suite `lock` fails until it has.

pub mod approval;
mod attempt;
mod baseline;
mod blockers;
mod cancel;
pub mod decide;
pub(crate) mod heal_run;
mod hidden_rows;
mod holder;
mod journal;
mod lock_wait;
mod migrate;
mod notices;
mod observed;
mod ownership_check;
mod plan;
pub mod plan_costs;
mod progress;
pub mod proof;
pub mod prove;
mod purpose;
mod range;
mod reached;
mod rehearsal;
mod rehearse;
mod repair;
mod request;
mod retry;
pub mod rights;
pub(crate) mod session;
mod session_label;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tenon_migrations_core::migration::Checksum;
use tenon_schema::Ident;
use tokio_postgres::Client;

pub use self::cancel::{Cancel, CancelOutcome};
use self::heal_run::HealRun;
pub use self::holder::{HEAL_LOCK, Holder, cancel_holder, running};
pub use self::lock_wait::LockWait;
pub use self::observed::{HeldLock, Rehearsal, ServerMessages};
pub use self::progress::HealProgress;
pub use self::purpose::Purpose;
pub use self::request::{
    EventSink, HealEvent, HealOutcome, HealRequest, IdempotencyKey, IdempotencyKeyError,
};
use super::audit::{self, AuditEntry, AuditError, Spool};
pub use super::audit::{HealFailure, Origin, Stage};
use crate::config::HealConfig;
use crate::database::bounds::Bounds;
use crate::database::connect::Database;
use crate::database::role_identity::serving_role;
use crate::database::unavailable::Unavailable;
use crate::heal::decide::{Asking, CompletePlan, Moment, PlanBasis, RolesToHeal};
use crate::plugin::registry::Registry;
use crate::schema::state::{self, CachedState, Scope};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// What a heal works with.
#[derive(Debug, Clone)]
pub struct HealContext {
    pub database: Database,
    /// For serving and checking, where that is another role: it is kept from writing the ledger and the log.
    pub serving: Option<Database>,
    /// The role that is let read the ledger and the log, where that is the host's to see to.
    pub reader: Option<Ident>,
    pub registry: Arc<Registry>,
    pub config: HealConfig,
    pub spool: Spool,
    /// The host's name, for the audit entry and for those who wait.
    pub host: String,
    /// What the host has seen of the database, and afterwards what the heal has.
    pub cached_state: Arc<Mutex<Option<CachedState>>>,
    /// How many locks a rehearsal saw the plan of this hash take.
    pub measured: Option<(Checksum, u64)>,
    /// The plugins' login roles, where they have them.
    pub roles: Option<RolesToHeal>,
}

impl HealContext {
    /// How this server is asked over a session of the role that heals.
    fn asking<'a>(&'a self, client: &'a Client, moment: Moment<'a>) -> Asking<'a> {
        let (registry, config, roles, measured) =
            (&*self.registry, &self.config, self.roles.as_ref(), self.measured);
        Asking { client, registry, config, roles, measured, moment }
    }

    /// What is read of the database.
    fn scope(&self) -> Scope {
        let mut roles = self.roles.as_ref().map(|roles| roles.roles.names()).unwrap_or_default();
        roles.extend(self.reader.clone());
        Scope { schemas: self.registry.schemas(), roles }
    }

    fn cached_state(&self) -> Option<CachedState> {
        self.cached_state.lock_unpoisoned().clone()
    }

    fn set_cached_state(&self, cached_state: Option<CachedState>) {
        *self.cached_state.lock_unpoisoned() = cached_state;
    }
}

/// Heals, or says why not. The button, the API and the command line all come here.
pub async fn heal(
    context: &HealContext,
    request: &HealRequest,
    events: &EventSink,
    cancel: &Cancel,
) -> HealOutcome {
    let unavailable = |error: &dyn std::error::Error| HealOutcome::Unavailable { message: chain(error) };
    let lock_observer =
        (request.purpose != Purpose::Heal).then(|| Arc::new(rehearsal::LockObserver::default()));
    let events = lock_observer
        .as_ref()
        .map_or_else(|| Arc::clone(events), |lock_observer| lock_observer.hearing(events));
    let notices = notices::Notices::new(&events);
    let bounds = context.database.bounds();
    let (client, interrupt) = match context.database.connect_listening(notices.listener()).await {
        Ok(connected) => connected,
        Err(error) => return unavailable(&error),
    };
    let serving_role = match &context.serving {
        None => None,
        Some(serving) => match bounds.answered(serving_role(&client, &context.database, serving)).await {
            Ok(role) => role,
            Err(error) => return unavailable(&error),
        },
    };
    let mut cached_state = context.cached_state();
    if let Err(outcome) = first_reading(context, &client, &events, &mut cached_state).await {
        return outcome;
    }
    let state = cached_state.as_ref().map(|cached_state| Arc::clone(&cached_state.state)).unwrap_or_default();
    context.set_cached_state(cached_state);
    if state.ledger.standby {
        return HealOutcome::Standby;
    }
    let log = Some(&client).filter(|_| state.ledger.has_audit);
    match bounds.answered(answered(log, &context.spool, request)).await {
        Ok(None) => {}
        Ok(Some(outcome)) => return outcome,
        Err(error) => return held_up(&client, bounds, &error).await,
    }
    let decided = PlanBasis::of(&context.registry, state, request.wish());
    let state = Arc::clone(&decided.state);
    let asked = decided.ask(context.asking(&client, Moment::Before(bounds)), request.wish()).await;
    let CompletePlan { mut plan, unmeasured } = match asked {
        Ok(asked) => asked,
        Err(error) => return held_up(&client, bounds, &error).await,
    };
    if let Some(error) = unmeasured
        && let busy @ HealOutcome::Busy { .. } = held_up(&client, bounds, &error).await
    {
        return busy;
    }
    if let Some(reviewed) = request.reviewed.filter(|reviewed| *reviewed != plan.hash) {
        let done = match log {
            Some(client) if plan.is_empty() => done_by(client, &reviewed.to_string()).await,
            _ => Ok(None),
        };
        return match done {
            Ok(Some(by)) => HealOutcome::Overtaken { by: Box::new(by) },
            Ok(None) => HealOutcome::PlanChanged { plan },
            Err(error) => held_up(&client, bounds, &error).await,
        };
    }
    if plan.refusals.is_empty() && plan.is_empty() {
        return HealOutcome::NothingToDo;
    }
    if request.purpose == Purpose::Heal {
        let asked = approval::of_plan(&client, &context.config, &plan);
        match bounds.read(&client, asked).await {
            Ok(approvals) => {
                let refusal = approvals.and_then(|found| found.refusal(&plan, Some(&request.admin)));
                plan.refusals.extend(refusal);
            }
            Err(error) => return held_up(&client, bounds, &error).await,
        }
    }
    let made = match plan.refusals.is_empty() {
        true => baseline::made(context, &state, &plan, request).await,
        false => Ok(BTreeMap::new()),
    };
    let made = made.unwrap_or_else(|refused| {
        plan.refusals.extend(refused);
        BTreeMap::new()
    });
    if !plan.refusals.is_empty() {
        return HealOutcome::Refused { plan };
    }
    let mut run = HealRun::new(context, request, &notices, cancel, plan, decided);
    run.serving_role = serving_role;
    run.made = made;
    run.lock_observer = lock_observer;
    match request.purpose {
        Purpose::Heal | Purpose::DryRun => Box::pin(run.run(client, &interrupt, &state)).await,
        Purpose::Rehearsal => Box::pin(run.rehearse(&notices, &state)).await,
    }
}

/// Reads first. What another heal has locked is waited for as long as for its end.
async fn first_reading(
    context: &HealContext,
    client: &Client,
    events: &EventSink,
    cached_state: &mut Option<CachedState>,
) -> Result<(), HealOutcome> {
    let (began, bounds) = (Instant::now(), context.database.bounds());
    loop {
        let Err(error) = state::read(client, None, bounds, &context.scope(), cached_state).await else {
            return Ok(());
        };
        match held_up(client, bounds, &error).await {
            HealOutcome::Busy { holder } if began.elapsed() < context.config.wait => {
                events(&HealEvent::Waiting { holder });
            }
            outcome => return Err(outcome),
        }
    }
}

/// What kept the database from being asked: another heal, if one runs, where something was locked.
async fn held_up(
    client: &Client,
    bounds: Bounds,
    error: &(dyn std::error::Error + Send + Sync + 'static),
) -> HealOutcome {
    if Unavailable::of(error) == Unavailable::TimedOut
        && let Ok(Some(holder)) = running(client, bounds).await
    {
        return HealOutcome::Busy { holder };
    }
    HealOutcome::Unavailable { message: chain(error) }
}

/// The outcome that this request has had already, if its idempotency key was used before.
async fn answered(
    log: Option<&Client>,
    spool: &Spool,
    request: &HealRequest,
) -> Result<Option<HealOutcome>, AuditError> {
    let Some(key) = &request.idempotency_key else { return Ok(None) };
    let entry = audit::ended_with_key(log, spool, key.as_str()).await?;
    let same =
        |entry: &AuditEntry| request.reviewed.is_none_or(|reviewed| reviewed.to_string() == entry.plan_hash);
    Ok(entry.map(|entry| match same(&entry) {
        true => HealOutcome::from(entry),
        false => HealOutcome::KeyReused { heal: entry.heal },
    }))
}

/// The heal that succeeded last, if its plan was this one.
async fn done_by(client: &Client, plan_hash: &str) -> Result<Option<AuditEntry>, AuditError> {
    Ok(audit::last_success(client).await?.filter(|entry| entry.plan_hash == plan_hash))
}
