//! Deciding what a heal, a baseline or forgetting would do now.

use std::collections::BTreeSet;
use std::time::Instant;

use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, RepairRequest};

use super::{PlanError, Tenon};
use crate::database::unavailable::Unavailable;
use crate::heal::Holder;
use crate::heal::decide::{Asking, CompletePlan, Moment, PlanBasis, Wish};
use crate::report::MigrationSql;
use crate::scratch::anew;

impl Tenon {
    /// Decides what a heal would do now.
    pub async fn plan(
        &self,
        without: &BTreeSet<PluginId>,
        repairs: &RepairRequest,
    ) -> Result<Plan, PlanError> {
        let (adopt, forget) = (&BTreeSet::new(), &BTreeSet::new());
        self.decide(Wish { without, repairs, adopt, forget }).await
    }

    /// The SQL of the migrations that a plan runs.
    pub fn sql_of(&self, plan: &Plan) -> Vec<MigrationSql> {
        MigrationSql::of(plan, &self.registry.migrations)
    }

    /// Decides what it takes to record these migrations as applied without running them.
    pub async fn plan_baseline(
        &self,
        adopt: &BTreeSet<MigrationId>,
        repairs: &RepairRequest,
    ) -> Result<Plan, PlanError> {
        let (without, forget) = (&BTreeSet::new(), &BTreeSet::new());
        self.decide(Wish { without, repairs, adopt, forget }).await
    }

    /// Decides what it takes to have the ledger forget these plugins.
    pub async fn plan_forgetting(
        &self,
        forget: &BTreeSet<PluginId>,
        repairs: &RepairRequest,
    ) -> Result<Plan, PlanError> {
        let (without, adopt) = (&BTreeSet::new(), &BTreeSet::new());
        self.decide(Wish { without, repairs, adopt, forget }).await
    }

    async fn decide(&self, wish: Wish<'_>) -> Result<Plan, PlanError> {
        let _planning = self.planning.acquire().await;
        let (state, _) = self.read().await?;
        let decided = PlanBasis::of(&self.registry, state, wish);
        let roles = self.roles_seen().await?.zip(self.roles());
        let roles = roles.map(|(seen, roles)| seen.to_heal(roles));
        // Who cannot heal can yet say that there is nothing to do, and what there will be once he may.
        let idle = decided.state.ledger.standby || (decided.is_empty() && roles.is_none());
        let (connection, healer);
        let client = if idle {
            connection = self.connection().await?;
            connection.driven_by_task()
        } else {
            healer = self.healer().await?;
            &healer
        };
        let asking = Asking {
            client,
            registry: &self.registry,
            config: &self.config.heal,
            roles: roles.as_ref(),
            measured: self.measured(),
            moment: Moment::Before(self.bounds()),
        };
        let CompletePlan { mut plan, unmeasured } = decided.ask(asking, wish).await?;
        // Of what another heal has locked the size is not unknown for long.
        if let Some(error) = unmeasured.map(PlanError::Weigh)
            && error.unavailable() == Unavailable::TimedOut
            && self.heal_elsewhere().await.is_some()
        {
            return Err(error);
        }
        if let Some(reach) = &self.database {
            anew::write_remedies(reach.healing(), &self.registry, &decided.state, &mut plan).await;
        }
        self.add_approvals(client, &mut plan).await?;
        Ok(plan)
    }

    /// Decides what to do, for an administrator who wants to heal: what another heal has locked is waited
    /// for as long as for its end. Gives the holder of the lock where that takes longer.
    pub async fn plan_to_heal(
        &self,
        without: &BTreeSet<PluginId>,
        repairs: &RepairRequest,
        waiting: impl Fn(&Holder),
    ) -> Result<Result<Plan, Holder>, PlanError> {
        let began = Instant::now();
        loop {
            let error = match self.plan(without, repairs).await {
                Err(error) if error.unavailable() == Unavailable::TimedOut => error,
                planned => return planned.map(Ok),
            };
            match self.heal_elsewhere().await {
                Some(holder) if began.elapsed() < self.config.heal.wait => waiting(&holder),
                Some(holder) => return Ok(Err(holder)),
                None => return Err(error),
            }
        }
    }
}
