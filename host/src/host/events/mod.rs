//! Delivering events of plugins: each to every plugin that hears it, at least once, in order under each key.
//!
//! 1. `tenon.emit(name, key, payload)` writes an event, with a delivery for each listener, in the transaction
//!    of whoever emits it. What is rolled back nobody hears. Whoever emits under one key waits for each
//!    other, so that numbers come in the order of commits. A `NOTIFY` wakes all hosts with the commit.
//! 2. One host at a time delivers to a listener: it has the lease of that row (`store.rs`). It calls the
//!    plugin with up to [`BATCH`] events in their order (`deliver.rs`), as for a request: the same threads,
//!    limits, strikes and quarantine. Meanwhile it renews the lease.
//! 3. `tenon.event_done(…)` is the last statement of the listener's own transaction: it takes the deliveries
//!    away. So what the listener did and that it has heard are committed together; a host that finds a
//!    delivery gone commits nothing.
//! 4. Of events that failed together each is tried by itself. One that fails is tried again after ever longer
//!    pauses, and holds up those that follow it under its key. In the end it is given up, which an
//!    administrator sees, and can take back (`act.rs`).
//! 5. The webhooks of the host are a listener too, the plugin `core`: what it hears becomes a message
//!    (`outward.rs`).
//!
//! The lease of a host that has died ends, and another one goes on. Nothing is delivered while a heal runs,
//! or to a plugin whose routes are held. The suite `events` holds all this.

mod act;
mod deliver;
mod outward;
mod overview;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::roles;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use uuid::Uuid;

use super::Tenon;
use crate::config::Isolation;
use deliver::Turn;
pub use overview::{EventList, FailedDelivery, ListenerReport};
pub use store::EventError;
use store::{EventType, LEASE, Listener};

/// How long nothing is looked for that nobody has told of.
const IDLE: Duration = Duration::from_secs(10);

/// The least pause between two looks for what is due.
const LEAST: Duration = Duration::from_millis(5);

/// Between two looks while a heal runs, or another host has a lease: that one may let it go before it ends.
const SOON: Duration = Duration::from_secs(1);

/// After the database could not be asked.
const LATER: Duration = Duration::from_secs(3);

/// How often what a host declares is written down anew.
const DECLARED: Duration = Duration::from_secs(60);

/// How many events a call has at most.
const BATCH: i64 = 100;

/// To how many listeners a host delivers at one time, at most.
const MOST_PARALLEL: usize = 8;

/// How many deliveries that failed are told of to whoever waits for them.
const SHOWN: i64 = 20;

/// How long a host that stops waits for its deliveries, at least.
const STOPPING: Duration = Duration::from_secs(5);

/// How a session that is for events names itself.
const NAME: &str = "tenon delivers events";

/// The channel on which hosts hear that there are events.
pub(super) const CHANNEL: &str = "tenon_events";

/// What the task has at hand.
#[derive(Default)]
struct Round {
    client: Option<Client>,
    /// Sessions of deliveries that have ended.
    idle: Vec<Client>,
    under_way: JoinSet<Turn>,
    /// The listeners that have their turn, by the words of their leases.
    busy: BTreeMap<Listener, Uuid>,
    renewed: Option<Instant>,
    /// Until when it is not looked whether other hosts still have these.
    elsewhere: BTreeMap<Listener, Instant>,
    /// How many turns there were, and which was the last of each listener.
    turns: u64,
    last_turn: BTreeMap<Listener, u64>,
    declared: Option<(Vec<EventType>, Vec<Listener>, Instant)>,
}

impl Round {
    fn end(&mut self, turn: Turn) {
        self.busy.remove(&turn.to);
        self.idle.extend(turn.client.filter(|client| !client.is_closed()));
    }

    /// The listeners that could have a turn, those first that had none for long.
    fn free(&mut self, listeners: &[Listener]) -> Vec<Listener> {
        let now = Instant::now();
        self.elsewhere.retain(|_, until| *until > now);
        let is_free = |one: &&Listener| !self.busy.contains_key(*one) && !self.elsewhere.contains_key(*one);
        let mut free: Vec<_> = listeners.iter().filter(is_free).cloned().collect();
        free.sort_by_key(|one| self.last_turn.get(one).copied());
        free
    }
}

impl Tenon {
    /// Delivers events to the plugins of this host until it stops.
    pub async fn deliver_events(self: Arc<Self>) {
        let mut round = Round::default();
        let mut reports = self.reports();
        while !self.events.is_stopping() {
            reports.borrow_and_update();
            let pause = match self.look_for_events(&mut round).await {
                Ok(pause) => {
                    self.events.goes_on();
                    pause
                }
                Err(error) => {
                    round.client = None;
                    self.events.waits("events of plugins", &error);
                    LATER
                }
            };
            tokio::select! {
                () = self.events.woken() => {}
                () = tokio::time::sleep(pause) => {}
                Ok(()) = reports.changed() => {}
                Some(ended) = round.under_way.join_next(), if !round.under_way.is_empty() => {
                    if let Ok(turn) = ended {
                        round.end(turn);
                    }
                }
            }
        }
        self.end_deliveries(round).await;
    }

    /// Has no further delivery begin here; those under way have their time to end.
    pub fn stop_events(&self) {
        self.events.stop();
    }

    /// Makes known who emits and who hears, where that is not known yet. A host that serves does so by
    /// itself.
    pub async fn declare_events(&self) -> Result<(), EventError> {
        let client = self.own_tables(NAME).await?;
        self.declare_anew(&client, &mut Round::default()).await.map(drop)
    }

    /// Delivers what is due now, and gives back once that is done. What failed is told.
    pub async fn deliver_due_events(self: &Arc<Self>) -> Result<Vec<FailedDelivery>, EventError> {
        let client = self.own_tables(NAME).await?;
        self.declare_anew(&client, &mut Round::default()).await?;
        let (listeners, end) = (self.listeners(), Instant::now() + DECLARED);
        loop {
            if Instant::now() > end {
                return Err(EventError::NotCalled);
            }
            let lease = Uuid::new_v4();
            let claimed = store::claim(&client, &listeners, lease, listeners.len());
            let claimed = self.bounds().within(&client, claimed).await?;
            if claimed.is_empty() {
                return Ok(self.read_events(SHOWN).await?.failed);
            }
            for to in claimed {
                Arc::clone(self).deliver_to(to, lease, None).await;
            }
        }
    }

    /// One look: keeps what is under way, begins what is due. Says how long nothing else is.
    async fn look_for_events(self: &Arc<Self>, round: &mut Round) -> Result<Duration, EventError> {
        while let Some(ended) = round.under_way.try_join_next() {
            if let Ok(turn) = ended {
                round.end(turn);
            }
        }
        let nothing = self.event_types().is_empty() && self.listeners().is_empty();
        if nothing && round.busy.is_empty() {
            round.client = None;
            return Ok(IDLE);
        }
        let client = match round.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.own_tables(NAME).await?,
        };
        let pause = self.look_with_session(&client, round).await?;
        round.client = Some(client);
        Ok(pause)
    }

    async fn look_with_session(
        self: &Arc<Self>,
        client: &Client,
        round: &mut Round,
    ) -> Result<Duration, EventError> {
        self.renew_event_leases(client, round).await?;
        if !self.declare_anew(client, round).await? {
            return Ok(IDLE);
        }
        let room = self.parallel_deliveries().saturating_sub(round.busy.len());
        let free = round.free(&self.listeners());
        let keeping = if round.busy.is_empty() { IDLE } else { LEASE / 4 };
        if free.is_empty() || room == 0 {
            return Ok(self.until_elsewhere(round).min(keeping));
        }
        let lease = Uuid::new_v4();
        let claimed = self.bounds().within(client, store::claim(client, &free, lease, room)).await?;
        for to in &claimed {
            round.turns += 1;
            round.last_turn.insert(to.clone(), round.turns);
            round.busy.insert(to.clone(), lease);
            let (host, to, idle) = (Arc::clone(self), to.clone(), round.idle.pop());
            round.under_way.spawn(async move { host.deliver_to(to, lease, idle).await });
        }
        if claimed.len() == room {
            return Ok(keeping);
        }
        let rest: Vec<_> = free.into_iter().filter(|one| !claimed.contains(one)).collect();
        let mut pause = keeping;
        for (listener, is_leased, due_in) in self.bounds().read(client, store::waits(client, &rest)).await? {
            if is_leased {
                round.elsewhere.insert(listener, Instant::now() + due_in.min(SOON));
            } else {
                // What is due and was not claimed waits for a heal.
                pause = if due_in.is_zero() { pause.min(SOON) } else { pause.min(due_in.max(LEAST)) };
            }
        }
        Ok(self.until_elsewhere(round).min(pause))
    }

    /// How long until it is looked again at a lease of another host, at most.
    fn until_elsewhere(&self, round: &Round) -> Duration {
        let soonest = round.elsewhere.values().min();
        soonest.map_or(IDLE, |until| until.saturating_duration_since(Instant::now()).max(LEAST))
    }

    async fn renew_event_leases(&self, client: &Client, round: &mut Round) -> Result<(), EventError> {
        let is_time = round.renewed.is_none_or(|at| at.elapsed() >= LEASE / 5);
        if round.busy.is_empty() || !is_time {
            return Ok(());
        }
        let leases: BTreeSet<_> = round.busy.values().copied().collect();
        let leases: Vec<_> = leases.into_iter().collect();
        self.bounds().within(client, store::renew(client, &leases)).await?;
        round.renewed = Some(Instant::now());
        Ok(())
    }

    /// Makes known who emits and who hears, if that has changed or some time has passed. Says whether there
    /// are tables for it.
    async fn declare_anew(&self, client: &Client, round: &mut Round) -> Result<bool, EventError> {
        let (types, listeners) = (self.event_types(), self.listeners());
        let is_declared = round.declared.as_ref().is_some_and(|(former, heard, at)| {
            *former == types && *heard == listeners && at.elapsed() < DECLARED
        });
        if is_declared {
            return Ok(true);
        }
        if !self.bounds().read(client, store::exists(client)).await? {
            return Ok(false);
        }
        self.bounds().within(client, store::declare(client, &types, &listeners)).await?;
        let declared: BTreeSet<_> = types.iter().map(|one| one.plugin.as_str()).collect();
        for plugin in self.registry.plugins.values().filter(|one| declared.contains(one.info.id.as_str())) {
            plugin.library.iter().for_each(|library| library.emitted.become_known());
        }
        listeners.iter().for_each(|one| self.metrics.listener_declared(&one.plugin, &one.name));
        round.declared = Some((types, listeners, Instant::now()));
        Ok(true)
    }

    /// To how many listeners this host delivers at one time: each has a connection of the plugins'.
    fn parallel_deliveries(&self) -> usize {
        self.config.database.pool_size.get().div_ceil(4).min(MOST_PARALLEL)
    }

    /// What the plugins of this host emit, once it is known as whom they act.
    fn event_types(&self) -> Vec<EventType> {
        let (Some(reach), Some(choice)) = (&self.database, self.choice()) else { return Vec::new() };
        let with_roles = choice.isolation == Isolation::Roles;
        let plugins = self.registry.plugins.values();
        plugins
            .filter_map(|plugin| Some((&plugin.info.id, plugin.library.as_ref()?)))
            .flat_map(|(id, library)| {
                let role = with_roles.then(|| roles::name(id, reach.database.name()).as_str().to_owned());
                library.events.emitted().iter().map(move |name| EventType {
                    name: name.clone(),
                    plugin: id.to_string(),
                    role: role.clone(),
                })
            })
            .collect()
    }

    /// What those plugins hear whose routes answer, and the webhooks.
    fn listeners(&self) -> Vec<Listener> {
        let plugins = self.registry.plugins.values();
        let hearing = plugins.filter(|plugin| {
            plugin.library.as_ref().is_some_and(|library| !library.events.heard().is_empty())
        });
        let serving = hearing.filter_map(|plugin| self.serving(plugin.info.id.as_str()).ok());
        let listeners = serving.flat_map(|(plugin, library)| {
            let heard = library.events.heard().iter();
            heard.map(|heard| Listener { name: heard.name.clone(), plugin: plugin.info.id.to_string() })
        });
        let outward = self.sent_outward().into_iter();
        listeners.chain(outward.map(|name| Listener { name, plugin: PluginId::core().to_string() })).collect()
    }

    /// Waits for the deliveries that are under way, whose leases they give back themselves.
    async fn end_deliveries(&self, mut round: Round) {
        let end = Instant::now() + self.config.server.drain.max(STOPPING);
        while !round.under_way.is_empty() && Instant::now() < end {
            let until = end.min(Instant::now() + LEASE / 5);
            if let Ok(Some(Ok(turn))) =
                tokio::time::timeout_at(until.into(), round.under_way.join_next()).await
            {
                round.end(turn);
            }
            if let Some(client) = round.client.take() {
                let _ = self.renew_event_leases(&client, &mut round).await;
                round.client = Some(client);
            }
        }
        if !round.under_way.is_empty() {
            tracing::warn!("deliveries of events did not end in time: other hosts make them anew");
        }
    }
}
