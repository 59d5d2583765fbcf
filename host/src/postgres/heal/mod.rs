//! The heal: the only act that writes to a plugin's schema. One transaction, all or nothing, on the record.

mod attempt;
mod baseline;
mod blockers;
mod cancel;
pub(super) mod checks;
mod fate;
mod healing;
mod holder;
mod journal;
pub(super) mod leftovers;
mod migrate;
mod rehearsal;
mod rehearse;
mod repair;
mod request;
mod retry;
pub(super) mod session;
mod sign;
mod trespass;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::{Plan, Refusal};
use tokio_postgres::Client;

pub use self::cancel::{Asked, Cancel};
use self::healing::Healing;
pub use self::holder::Holder;
pub use self::rehearsal::{HeldLock, Rehearsal, Said};
pub use self::request::{
    HealEvent, HealFailure, HealOutcome, HealRequest, IdempotencyKey, IdempotencyKeyError, Purpose, Source,
};
use super::audit::{self, AuditEntry, AuditError, Spool};
use super::bounds::Bounds;
use super::connect::Database;
use super::roles::{self, Deviation, Roles};
use super::state::{self, Scope, Seen, State};
use super::weigh::weigh;
use super::{freeze, rights, who};
use crate::config::HealConfig;
use crate::errors::{Unavailable, chain};
use crate::pipeline::{plan_baseline, plan_heal};
use crate::prove;
use crate::registry::Registry;

/// Who wants to hear how the heal goes on.
pub type EventSink = Arc<dyn Fn(&HealEvent) + Send + Sync>;

/// What a heal works with.
#[derive(Debug, Clone)]
pub struct HealContext {
    pub database: Database,
    /// For serving and checking, where that is another role: it is kept from writing the ledger and the log.
    pub serving: Option<Database>,
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

/// The plugins' login roles, and whose password is another than the host's.
#[derive(Debug, Clone)]
pub struct RolesToHeal {
    pub roles: Arc<Roles>,
    pub wrong: BTreeSet<PluginId>,
}

impl RolesToHeal {
    /// Puts into the plan what becomes of the roles.
    pub fn foresee(&self, deviations: &[Deviation], plan: &mut Plan) {
        let steps = roles::steps(&self.roles, deviations, &self.wrong, plan);
        plan.with_roles(steps);
    }
}

impl HealContext {
    /// What is read of the database.
    fn scope(&self) -> Scope {
        let roles = self.roles.as_ref().map(|roles| roles.roles.names()).unwrap_or_default();
        Scope { schemas: self.registry.schemas(), roles }
    }

    fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn has_seen(&self, seen: Option<Seen>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
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
    let witness = (request.purpose != Purpose::Heal).then(|| Arc::new(rehearsal::Witness::default()));
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
                Ok(Ok(role)) => role,
                Ok(Err(error)) => return unavailable(&error),
                Err(silent) => return unavailable(&silent),
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
        Ok(Ok(None)) => {}
        Ok(Ok(Some(outcome))) => return outcome,
        Ok(Err(error)) => return held_up(&client, bounds, &error).await,
        Err(silent) => return unavailable(&silent),
    }
    let decided = Decided::from(&context.registry, state, request);
    let (state, mut plan) = (Arc::clone(&decided.state), decided.plan.clone());
    if let Some(to_heal) = context.roles.as_ref().filter(|_| request.adopt.is_empty()) {
        match roles::deviations(&client, bounds, &to_heal.roles).await {
            Ok(Ok(deviations)) => to_heal.foresee(&deviations, &mut plan),
            Ok(Err(error)) => return held_up(&client, bounds, &error).await,
            Err(silent) => return unavailable(&silent),
        }
    }
    // What is only recorded costs nothing.
    if request.adopt.is_empty() {
        let unweighed = weigh(&client, bounds, &mut plan, &request.repairs.allowed, &context.config).await;
        if let Some(error) = unweighed
            && let busy @ HealOutcome::Busy { .. } = held_up(&client, bounds, &error).await
        {
            return busy;
        }
    }
    match bounds.answered(freeze::foresee(&client, &mut plan, &request.repairs.allowed)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return unavailable(&error),
        Err(silent) => return unavailable(&silent),
    }
    if let Some((_, locks)) = context.measured.filter(|(hash, _)| *hash == plan.hash) {
        plan.measured(locks);
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
    let lacking = async {
        let mut lacking = rights::lacking(&client, &context.registry, &state, &plan, &request.adopt).await?;
        if let Some(RolesToHeal { roles, .. }) = &context.roles {
            lacking.extend(roles::lacking(&client, roles, &plan).await?);
        }
        Ok::<_, tokio_postgres::Error>(lacking)
    };
    match bounds.answered(lacking).await {
        Ok(Ok(lacking)) => plan.refusals.extend(lacking),
        Ok(Err(error)) => return unavailable(&error),
        Err(silent) => return unavailable(&silent),
    }
    let made = match plan.refusals.is_empty() {
        true => made(context, &state, &plan, request).await,
        false => Ok(BTreeMap::new()),
    };
    let made = made.unwrap_or_else(|refused| {
        plan.refusals.push(refused);
        BTreeMap::new()
    });
    if !plan.refusals.is_empty() {
        return HealOutcome::Refused { plan };
    }
    let mut healing = Healing::new(context, request, &notices, cancel, plan, decided);
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
        && let Ok(Ok(Some(holder))) = bounds.answered(holder::holder(client)).await
    {
        return HealOutcome::Busy { holder };
    }
    HealOutcome::Unavailable { message: chain(error) }
}

/// What is to be done now, before it is weighed, and what it follows from.
#[derive(Debug, Clone)]
struct Decided {
    state: Arc<State>,
    plan: Plan,
}

impl Decided {
    fn from(registry: &Registry, state: Arc<State>, request: &HealRequest) -> Self {
        let plan = if request.adopt.is_empty() {
            plan_heal(registry, &state, &request.without, &request.repairs)
        } else {
            plan_baseline(registry, &state, &request.adopt)
        };
        Self { state, plan }
    }
}

/// What migrations that are to be recorded make, of plugins of which others stay pending: run in a scratch
/// database, since no descriptors say it.
async fn made(
    context: &HealContext,
    state: &State,
    plan: &Plan,
    request: &HealRequest,
) -> Result<baseline::Made, Refusal> {
    let plugins: BTreeSet<_> = request.adopt.iter().map(|id| &id.plugin).collect();
    let applied: BTreeSet<_> =
        state.ledger.applied.iter().map(|row| &row.id).chain(&request.adopt).cloned().collect();
    let mut made = BTreeMap::new();
    for plugin in plugins.into_iter().filter(|id| !plan.verify.contains(*id)) {
        let reading = prove::made_by(&context.registry, plugin, &applied, &context.database).await;
        let reading = reading.map_err(|error| Refusal {
            plugin: Some(plugin.clone()),
            rule: "not-proved".to_owned(),
            place: plugin.to_string(),
            excerpt: String::new(),
            reason: format!(
                "some of its migrations stay pending, so that what the others make has to be seen in a scratch \
                 database: {}",
                chain(&error)
            ),
            remedy: "adopt all that is pending of it, or let the role make a scratch database".to_owned(),
            allow: None,
        })?;
        made.insert(plugin.clone(), reading);
    }
    Ok(made)
}

/// The heal that is running on this database now, whoever's it is.
pub async fn running(client: &Client) -> Result<Option<Holder>, tokio_postgres::Error> {
    holder::holder(client).await
}

/// Whether a transaction has ended, however it did.
pub(super) async fn is_over(client: &Client, xid: &str) -> Result<bool, tokio_postgres::Error> {
    Ok(fate::fate(client, xid).await?.is_some())
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
