//! What a heal would do, decided in one place: for whoever shows it, runs it, makes sure of it under the
//! heal's lock, or proves a plugin by it.
//!
//! First by what is known: the plugins, and what the database says. Then the server is asked: what the
//! plugins' login roles lack, what the plan costs, whether anybody wants nothing written, and what the role
//! that heals may not do.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::TryFutureExt;
use tenon_migrations_core::migration::{Checksum, MigrationId, PluginId};
use tenon_migrations_core::plan::{self, Plan, RepairRequest};
use tokio_postgres::Client;

use super::plan_costs::{PlanCostError, add_costs, add_costs_within};
use super::rights;
use crate::audit::AuditError;
use crate::config::HealConfig;
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::freeze;
use crate::heal::plan::{plan_baseline, plan_forgetting, plan_heal};
use crate::plugin::registry::Registry;
use crate::plugin::roles::{self, Deviation, Roles};
use crate::schema::state::State;

/// The plugins' login roles, and whose password is another than the host's.
#[derive(Debug, Clone)]
pub struct RolesToHeal {
    pub roles: Arc<Roles>,
    pub wrong: BTreeSet<PluginId>,
}

impl RolesToHeal {
    /// Puts into the plan what becomes of the roles.
    pub fn add_steps(&self, deviations: &[Deviation], plan: &mut Plan) {
        let steps = roles::steps(&self.roles, deviations, &self.wrong, plan);
        plan.with_roles(steps);
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Plugins to leave out, with those that require them.
    pub without: &'a BTreeSet<PluginId>,
    /// What to repair besides, and what anything may cost.
    pub repairs: &'a RepairRequest,
    /// Migrations to record as applied without running them: then nothing else is run or repaired.
    pub adopt: &'a BTreeSet<MigrationId>,
    /// Plugins that the ledger is to forget: then nothing else is done.
    pub forget: &'a BTreeSet<PluginId>,
}

impl Wish<'_> {
    /// Whether anything is to be run or repaired.
    fn is_heal(&self) -> bool {
        self.adopt.is_empty() && self.forget.is_empty()
    }
}

/// The server that is asked, and about what.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// A session as the role that heals.
    pub client: &'a Client,
    pub registry: &'a Registry,
    pub config: &'a HealConfig,
    /// The plugins' login roles, where they have them.
    pub roles: Option<&'a RolesToHeal>,
    /// How many locks a rehearsal saw the plan of this hash take.
    pub measured: Option<(Checksum, u64)>,
    pub moment: Moment<'a>,
}

/// When it is asked.
#[derive(Debug, Clone, Copy)]
pub enum Moment<'a> {
    /// Before anything runs: in short transactions of its own.
    Before(Bounds),
    /// Inside the heal's transaction and under its lock; this was shown.
    UnderTheLock { shown: &'a Plan },
    /// Inside the transaction of an empty database in which a plugin is proved, which is nobody's to freeze.
    Proof,
}

/// Why the server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the plugins' login roles could not be read")]
    Roles(#[source] tokio_postgres::Error),
    #[error("the server could not be asked what the plan costs")]
    Weigh(#[source] tokio_postgres::Error),
    #[error("it cannot be seen what the role that heals may do")]
    Rights(#[source] tokio_postgres::Error),
    #[error("who has approved the plan could not be read")]
    Approvals(#[source] AuditError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// What is to be done by what is known, before the server is asked.
#[derive(Debug, Clone)]
pub struct PlanBasis {
    pub state: Arc<State>,
    plan: Plan,
}

/// What is to be done, once the server has been asked.
#[derive(Debug)]
pub struct CompletePlan {
    pub plan: Plan,
    /// Why the sizes of what is endangered could not be asked in time: it counts as large.
    pub unmeasured: Option<PlanCostError>,
}

impl PlanBasis {
    /// Decides by what is known.
    pub fn of(registry: &Registry, state: Arc<State>, wish: Wish<'_>) -> Self {
        let plan = if !wish.forget.is_empty() {
            plan_forgetting(registry, &state, wish.forget)
        } else if !wish.adopt.is_empty() {
            plan_baseline(registry, &state, wish.adopt)
        } else {
            plan_heal(registry, &state, wish.without, wish.repairs)
        };
        Self { state, plan }
    }

    /// Whether there is nothing to do by what is known.
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty()
    }

    /// Asks the server for the rest.
    pub async fn ask(&self, asking: Asking<'_>, wish: Wish<'_>) -> Result<CompletePlan, AskError> {
        let Asking { client, registry, config, roles, measured, moment } = asking;
        let (mut plan, allowed, mut unmeasured) = (self.plan.clone(), &wish.repairs.allowed, None);
        if let Some(roles) = roles.filter(|_| wish.is_heal()) {
            let deviations = match moment {
                Moment::Before(bounds) => {
                    let read = roles::deviations(client, bounds, &roles.roles).await;
                    read.map_err(|error| error.refused_as(AskError::Roles))?
                }
                Moment::UnderTheLock { .. } | Moment::Proof => {
                    roles::within(client, &roles.roles).await.map_err(AskError::Roles)?
                }
            };
            roles.add_steps(&deviations, &mut plan);
        }
        // What is only recorded costs nothing.
        if wish.is_heal() {
            match moment {
                Moment::Before(bounds) => {
                    unmeasured = add_costs(client, bounds, &mut plan, allowed, config).await;
                }
                Moment::UnderTheLock { .. } | Moment::Proof => {
                    add_costs_within(client, &mut plan, allowed, config).await.map_err(AskError::Weigh)?;
                }
            }
        }
        match moment {
            _ if self.state.ledger.standby => {}
            Moment::Before(bounds) => {
                let asked = freeze::add_freeze(client, &mut plan, allowed).map_err(AskError::Rights);
                bounds.answered(asked).await?;
            }
            Moment::UnderTheLock { shown } => {
                let asked = freeze::add_freeze_within(client, &mut plan, allowed, shown);
                asked.await.map_err(AskError::Rights)?;
            }
            Moment::Proof => {}
        }
        if let Some((_, locks)) = measured.filter(|(hash, _)| *hash == plan.hash) {
            plan.measured(locks);
        }
        if plan.is_empty() || self.state.ledger.standby {
            return Ok(CompletePlan { plan, unmeasured });
        }
        let lacking = async {
            let mut lacking = rights::lacking(client, registry, &self.state, &plan, wish.adopt).await?;
            if let Some(roles) = roles {
                lacking.extend(roles::lacking(client, &roles.roles, &plan).await?);
            }
            Ok(lacking)
        };
        let lacking = lacking.map_err(AskError::Rights);
        match moment {
            Moment::Before(bounds) => plan.refusals.extend(bounds.answered(lacking).await?),
            Moment::Proof => plan.refusals.extend(lacking.await?),
            // What it may has been asked, and what it lacks the server says by itself.
            Moment::UnderTheLock { .. } => drop(lacking),
        }
        Ok(CompletePlan { plan, unmeasured })
    }
}

impl CompletePlan {
    /// Whether it is what was shown, and nothing speaks against it by now. Room for locks is not asked again:
    /// the plan holds some of them by itself.
    pub fn is_still(&self, shown: &Plan) -> bool {
        self.plan.hash == shown.hash && self.plan.refusals.iter().all(plan::is_about_room)
    }
}
