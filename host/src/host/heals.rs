//! Heals and proofs, as tasks of the host.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tenon_migrations_core::lock::Lock;
use tenon_migrations_core::migration::{Checksum, PluginId};

use super::running::Ticket;
use super::{Known, PlanError, Tenon, audit};
use crate::heal::prove::{Proof, ProveError, Proving, prove};
use crate::heal::{self, EventSink, HealContext, HealOutcome, HealRequest, Holder};
use crate::schema::catalog;
use crate::schema::snapshot_file::SnapshotFile;
use crate::scratch::made_by::MadeByError;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

impl Tenon {
    /// Heals, on an administrator's word, or shows how a heal would go. The heal is a task of its own:
    /// whoever asked may go away.
    pub async fn heal(self: &Arc<Self>, request: HealRequest, on: EventSink) -> HealOutcome {
        let ticket = self.running.begin(&request);
        let host = Arc::clone(self);
        let task = tokio::spawn(async move {
            let began = Instant::now();
            let outcome = host.heal_in_turn(&request, ticket, on).await;
            host.metrics.healed(request.purpose, &outcome, began.elapsed());
            outcome
        });
        // If it panicked the audit entry stays open, and is closed, truthfully, at the next start.
        task.await.unwrap_or_else(|error| HealOutcome::Unavailable {
            message: format!("the heal's own code failed: {error}"),
        })
    }

    async fn heal_in_turn(&self, request: &HealRequest, ticket: Ticket, on: EventSink) -> HealOutcome {
        let Some(reach) = &self.database else {
            return HealOutcome::Unavailable { message: PlanError::NoDatabase.to_string() };
        };
        let on = ticket.watched(on);
        // Before anything is asked of the database: it is to see one heal of ours, and not all that wait.
        let turn = match self.turn(request, &ticket, &on).await {
            Ok(turn) => turn,
            Err(outcome) => return outcome,
        };
        if let Err(error) = self.settled().await {
            return HealOutcome::Unavailable { message: chain(&error) };
        }
        let context = HealContext {
            database: reach.healing().clone(),
            serving: reach.healing.is_some().then(|| reach.database.clone()),
            reader: reach.own_role(),
            registry: Arc::clone(&self.registry),
            config: self.config.heal.clone(),
            spool: self.spool.clone(),
            host: self.name.clone(),
            cached_state: Arc::new(Mutex::new(self.known.lock().await.cached_state.clone())),
            measured: self.measured(),
            roles: self.roles_to_heal().await,
        };
        audit::close_open_entries(&context).await;
        let outcome = heal::heal(&context, request, &on, ticket.cancel()).await;
        drop(ticket);
        if let HealOutcome::Rehearsed { plan, .. } = &outcome
            && plan.locks.measured
        {
            let measured = Some((plan.hash, plan.locks.needed));
            *self.measured.lock_unpoisoned() = measured;
        }
        // The check has to read only what has changed since.
        let cached_state = context.cached_state.lock_unpoisoned().take();
        *self.known.lock().await = Known { cached_state, compared: None };
        drop(turn);
        reach.pools.plugin_pools().into_iter().for_each(|plugin_pools| plugin_pools.renew());
        self.check().await;
        outcome
    }

    pub(super) fn measured(&self) -> Option<(Checksum, u64)> {
        *self.measured.lock_unpoisoned()
    }

    /// The options by which PostgreSQL's own programs reach the database as the role that heals.
    pub fn client_options(&self) -> Option<Vec<String>> {
        self.database.as_ref().map(|reach| reach.healing().client_options())
    }

    /// The heal that runs on this database, whoever's it is.
    pub async fn heal_elsewhere(&self) -> Option<Holder> {
        let connection = self.connection().await.ok()?;
        heal::running(connection.driven_by_task(), self.bounds()).await.ok().flatten()
    }

    /// Proves a plugin in a scratch database of the configured server, and gives its lock, which takes over
    /// from the former one what still speaks for the plugin.
    pub async fn prove(&self, plugin: &PluginId, former: Option<&Lock>) -> Result<Proof, ProveError> {
        prove(self.proving(plugin)?, former).await
    }

    /// What a plugin is proved with.
    pub fn proving<'a>(&'a self, plugin: &'a PluginId) -> Result<Proving<'a>, ProveError> {
        let reach = self.database.as_ref().ok_or(ProveError::NoDatabase)?;
        let (registry, server) = (&self.registry, &reach.database);
        let (config, spool) = (&self.config.heal, &self.spool);
        Ok(Proving { registry, plugin, server, config, spool })
    }

    /// What a plugin says is its own, as each server major prints it that is known: the snapshots of its lock
    /// file where that speaks for it, else its proof in a scratch database of the configured server.
    pub async fn expected(
        &self,
        plugin: &PluginId,
        server_major: Option<i32>,
    ) -> Result<Vec<SnapshotFile>, ProveError> {
        let registered =
            self.registry.plugins.get(plugin).ok_or_else(|| MadeByError::NoPlugin(plugin.clone()))?;
        let locked = registered.lock.as_ref().map(SnapshotFile::of_lock).unwrap_or_default();
        let speaks = |one: &SnapshotFile| {
            one.printer.queries == catalog::queries()
                && server_major.is_none_or(|major| major == one.printer.server_major)
                && registered.locked(one.printer).is_some()
        };
        let locked: Vec<_> = locked.into_iter().filter(speaks).collect();
        if locked.is_empty() {
            Ok(SnapshotFile::of_lock(&self.prove(plugin, None).await?.lock))
        } else {
            Ok(locked)
        }
    }
}
