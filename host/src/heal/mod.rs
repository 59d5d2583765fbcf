//! The heal: the only act that writes to a plugin's schema. One transaction, all or nothing, on the record.

mod attempt;
mod baseline;
mod blockers;
mod cancel;
pub mod decide;
pub(crate) mod healing;
mod hidden_rows;
mod holder;
mod journal;
mod migrate;
mod observed;
mod plan;
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
mod sign;
mod trespass;
mod verify;
pub mod weigh;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tenon_migrations_core::migration::Checksum;
use tenon_migrations_core::plan::{Plan, Refusal, Rule};
use tenon_schema::Ident;
use tokio_postgres::Client;

pub use self::cancel::{Asked, Cancel};
use self::healing::HealRun;
pub use self::holder::Holder;
pub use self::observed::{HeldLock, Rehearsal, Said};
pub use self::purpose::Purpose;
pub use self::request::{
    EventSink, HealEvent, HealOutcome, HealRequest, IdempotencyKey, IdempotencyKeyError,
};
use super::audit::{self, AuditEntry, AuditError, Spool};
pub use super::audit::{HealFailure, Source, Stage};
use crate::config::HealConfig;
use crate::database::bounds::{Bounds, Unanswered};
use crate::database::connect::Database;
use crate::database::unavailable::Unavailable;
use crate::database::who;
use crate::heal::decide::{Asking, Foreseen, Moment, PlanBasis, RolesToHeal};
use crate::plugin::registry::Registry;
use crate::schema::state::{self, Scope, Seen, State};
use crate::scratch::made_by::{self, MadeBy, MadeByError};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// What a heal works with.
#[derive(Debug, Clone)]
pub struct HealContext {
    pub database: Database,
    /// For serving and checking, where that is another role: it is kept from writing the ledger and the log.
    pub serving: Option<Database>,
    /// Who is let read the ledger and the log, where that is the host's to see to.
    pub reader: Option<Ident>,
    pub registry: Arc<Registry>,
    pub config: HealConfig,
    pub spool: Spool,
    /// This host's name, for the audit entry and for those who wait.
    pub host: String,
    /// What the host has seen of the database, and afterwards what the heal has.
    pub seen: Arc<Mutex<Option<Seen>>>,
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

    fn seen(&self) -> Option<Seen> {
        self.seen.lock_unpoisoned().clone()
    }

    fn has_seen(&self, seen: Option<Seen>) {
        *self.seen.lock_unpoisoned() = seen;
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
    let witness = (request.purpose != Purpose::Heal).then(|| Arc::new(rehearsal::LockObserver::default()));
    let events = witness.as_ref().map_or_else(|| Arc::clone(events), |witness| witness.hearing(events));
    let notices = healing::Notices::new(&events);
    let bounds = context.database.bounds();
    let client = match context.database.connect_listening(notices.ear()).await {
        Ok((client, _)) => client,
        Err(error) => return unavailable(&error),
    };
    let serving_role = match &context.serving {
        None => None,
        Some(serving) => {
            match bounds.answered(who::serving_role(&client, &context.database, serving)).await {
                Ok(role) => role,
                Err(error) => return unavailable(&error),
            }
        }
    };
    let mut seen = context.seen();
    if let Err(outcome) = first_reading(context, &client, &events, &mut seen).await {
        return outcome;
    }
    let state = seen.as_ref().map(|seen| Arc::clone(&seen.state)).unwrap_or_default();
    context.has_seen(seen);
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
    let Foreseen { mut plan, unweighed } = match asked {
        Ok(asked) => asked,
        Err(error) => return held_up(&client, bounds, &error).await,
    };
    if let Some(error) = unweighed
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
    let made = match plan.refusals.is_empty() {
        true => made(context, &state, &plan, request).await,
        false => Ok(BTreeMap::new()),
    };
    let made = made.unwrap_or_else(|refused| {
        plan.refusals.extend(refused);
        BTreeMap::new()
    });
    if !plan.refusals.is_empty() {
        return HealOutcome::Refused { plan };
    }
    let mut healing = HealRun::new(context, request, &notices, cancel, plan, decided);
    healing.serving_role = serving_role;
    healing.made = made;
    healing.witness = witness;
    match request.purpose {
        Purpose::Heal | Purpose::DryRun => healing.run(client, &state).await,
        Purpose::Rehearsal => healing.rehearse(&notices, &state).await,
    }
}

/// Reads before anything runs. What another heal has locked is waited for as long as for its end.
async fn first_reading(
    context: &HealContext,
    client: &Client,
    events: &EventSink,
    seen: &mut Option<Seen>,
) -> Result<(), HealOutcome> {
    let (began, bounds) = (Instant::now(), context.database.bounds());
    loop {
        let Err(error) = state::read(client, None, bounds, &context.scope(), seen).await else {
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

/// What the migrations that are to be recorded make, seen in a scratch database: descriptors may say less. Where there
/// can be none, a lock file of a plugin of which nothing stays pending speaks for it.
async fn made(
    context: &HealContext,
    state: &State,
    plan: &Plan,
    request: &HealRequest,
) -> Result<baseline::Made, Vec<Refusal>> {
    let plugins: BTreeSet<_> = request.adopt.iter().map(|id| &id.plugin).collect();
    let applied: BTreeSet<_> =
        state.ledger.applied.iter().map(|row| &row.id).chain(&request.adopt).cloned().collect();
    let (mut made, mut refused) = (BTreeMap::new(), Vec::new());
    for plugin in plugins {
        let whole = plan.verify.contains(plugin);
        let registered = context.registry.plugins.get(plugin).filter(|_| whole);
        let locked = registered.and_then(|plugin| plugin.locked(state.ledger.printer()));
        match (made_by::made_by(&context.registry, plugin, &applied, &context.database).await, locked) {
            (Ok(by), _) => _ = made.insert(plugin.clone(), by),
            (Err(MadeByError::Scratch(_)), Some(locked)) => {
                let by = MadeBy { made: locked.clone(), declared: Some(locked.clone()) };
                made.insert(plugin.clone(), by);
            }
            (Err(error), _) => refused.push(Refusal {
                plugin: Some(plugin.clone()),
                rule: Rule::NotProved,
                place: plugin.to_string(),
                excerpt: String::new(),
                reason: format!(
                    "what its migrations make could not be seen in a scratch database: {}",
                    chain(&error)
                ),
                remedy: match error {
                    MadeByError::Scratch(_) => {
                        "let the role make a scratch database, or name a server where it may: \
                                               database.scratch_url"
                            .to_owned()
                    }
                    _ => format!("`tenon plugin lock {plugin}` tells all that is wrong with it"),
                },
                allow: None,
            }),
        }
    }
    if refused.is_empty() { Ok(made) } else { Err(refused) }
}

/// The heal that is running on this database now, whoever's it is.
pub async fn running(client: &Client, bounds: Bounds) -> Result<Option<Holder>, Unanswered> {
    bounds.reading(client, async { Ok(holder::holder(client).await?) }).await
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
