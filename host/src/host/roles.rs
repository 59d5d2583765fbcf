//! The plugins' login roles, where each has one: what is wrong with them, and connections as them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::PluginHealth;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::roles;

use super::{DatabaseAccess, PlanError, Tenon};
use crate::heal::decide::RolesToHeal;
use crate::plugin::isolate::{self, Layer};
use crate::plugin::load::LentConnection;
use crate::plugin::roles::{
    Deviation, Logins, NoLogin, PluginPools, Roles, deviations, findings, kept, left_behind,
};
use crate::plugin::runtime::CallError;
use crate::plugin::standing::{self, Acting};
use crate::schema::state::{Renewal, Scope};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// What is seen of the roles.
#[derive(Debug)]
pub(super) struct RolesSeen {
    deviations: Vec<Deviation>,
    logins: Logins,
}

impl RolesSeen {
    /// The plugins whose role has another password than the host's, or may have.
    fn wrong(&self) -> BTreeSet<PluginId> {
        let is_wrong = |why: &NoLogin| matches!(why, NoLogin::WrongPassword | NoLogin::NotByPooler(_));
        let wrong = self.logins.iter().filter(|(_, why)| is_wrong(why));
        wrong.map(|(plugin, _)| plugin.clone()).collect()
    }
}

impl RolesSeen {
    /// The roles as a heal has them.
    pub(super) fn to_heal(&self, roles: &Arc<Roles>) -> RolesToHeal {
        RolesToHeal { roles: Arc::clone(roles), wrong: self.wrong() }
    }
}

impl Tenon {
    fn plugin_pools(&self) -> Option<&PluginPools> {
        self.database.as_ref()?.pools.plugin_pools().map(AsRef::as_ref)
    }

    /// The plugins' login roles, unless it is settled that they have none.
    pub fn roles(&self) -> Option<&Arc<Roles>> {
        self.plugin_pools().map(PluginPools::roles)
    }

    /// What is read of the database.
    pub(super) fn scope(&self) -> Scope {
        let mut roles = self.roles().map(|roles| roles.names()).unwrap_or_default();
        roles.extend(self.database.as_ref().and_then(DatabaseAccess::own_role));
        Scope { schemas: self.registry.schemas(), roles }
    }

    /// Reads in what the roles differ, and as which of them the host cannot log in.
    pub(super) async fn roles_seen(&self) -> Result<Option<RolesSeen>, PlanError> {
        let connection = self.connection().await?;
        let Some(plugin_pools) = self.plugin_pools() else { return Ok(None) };
        let read = deviations(connection.driven_by_task(), self.bounds(), plugin_pools.roles()).await;
        drop(connection);
        let deviations = read.map_err(|error| error.refused_as(PlanError::Roles))?;
        let logins = plugin_pools.logins(&deviations).await;
        Ok(Some(RolesSeen { deviations, logins }))
    }

    /// Settles as whom plugins' statements run, before a heal makes what then tells.
    pub(super) async fn settled(&self) -> Result<(), PlanError> {
        if self.choice().is_none() { self.connection().await.map(drop) } else { Ok(()) }
    }

    /// The roles as a heal has them. Whether it can read them it finds out by itself.
    pub(super) async fn roles_to_heal(&self) -> Option<RolesToHeal> {
        let seen = self.roles_seen().await.ok().flatten();
        let roles = self.roles()?;
        let unseen = || RolesToHeal { roles: Arc::clone(roles), wrong: BTreeSet::new() };
        Some(seen.map_or_else(unseen, |seen| seen.to_heal(roles)))
    }

    /// Sees how far the database holds plugins' statements, where it answers, and tells of it if it is news.
    pub(super) async fn see_standing(&self, renewal: Option<Renewal>) {
        let Some(renewal) = renewal.filter(|_| !self.enforcement.layers.is_empty()) else { return };
        let Some(reach) = &self.database else { return };
        // The change token moves with what the roles may.
        let is_known = self
            .standing
            .lock_unpoisoned()
            .as_ref()
            .is_some_and(|layer| layer.state != isolate::LayerState::Off);
        if renewal.is_unchanged() && is_known {
            return;
        }
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => {
                return tracing::debug!("it is not seen what plugins' roles may: {}", chain(&error));
            }
        };
        let Some(choice) = reach.pools.choice() else { return };
        let acting = Acting::of(&reach.database, choice, reach.healing.is_some());
        let seen = standing::layer(connection.driven_by_task(), self.bounds(), &acting).await;
        let layer = seen.unwrap_or_else(|error| standing::unknown(&chain(&error)));
        let before = self.standing.lock_unpoisoned().replace(layer.clone());
        if before.is_none() && reach.pools.is_open() {
            Layer::login_roles(Some(choice)).log();
        }
        if before.as_ref() != Some(&layer) {
            layer.log();
        }
    }

    /// Adds to a report what is wrong with the roles. What is breaking, that a plugin cannot log in or may
    /// too much, keeps it from serving.
    pub(super) fn tell_of_roles(
        &self,
        reports: &mut [PluginHealth],
        seen: &Result<Option<RolesSeen>, PlanError>,
    ) {
        let Some(roles) = self.roles() else { return };
        let mut told = match seen {
            Ok(Some(seen)) => findings(roles, &seen.deviations, &seen.logins),
            Ok(None) => return,
            Err(error) => {
                let unknown = |plugin: &PluginId| {
                    let object = format!("login role of plugin {plugin}");
                    let finding =
                        Finding::new(plugin, Cause::Unknown, Severity::Warning, object, chain(error));
                    (plugin.clone(), vec![finding.remedy(error.remedy())])
                };
                self.registry.plugins.keys().filter(|id| !id.is_core()).map(unknown).collect()
            }
        };
        for health in reports {
            health.findings.extend(told.remove(&health.id).unwrap_or_default());
        }
    }

    /// Roles that are of no plugin any more, and owner roles that own nothing, in words.
    pub(super) fn roles_beside(&self, seen: &Result<Option<RolesSeen>, PlanError>) -> Vec<String> {
        let (Ok(Some(seen)), Some(reach)) = (seen, &self.database) else { return Vec::new() };
        let out = self.registry.out.iter().map(|out| roles::name(&out.id, reach.database.name())).collect();
        left_behind(&seen.deviations, &out).into_iter().chain(kept(&seen.deviations)).collect()
    }
}

impl DatabaseAccess {
    /// What lends a connection to a call of a plugin, on the thread that waits for it: as the plugin's own
    /// role, where plugins have them, and never as another then.
    pub(super) fn lending(
        &self,
        plugin: &PluginId,
    ) -> impl FnOnce() -> Result<LentConnection, CallError> + Send + use<> {
        let (pools, plugin) = (self.pools.clone(), plugin.clone());
        move || {
            let runtime = pools.pool().manager().runtime().clone();
            runtime.block_on(async {
                let none = |error: PlanError| CallError::NoDatabase(chain(&error));
                if pools.choice().is_none() {
                    drop(pools.session(None).await.map_err(none)?);
                }
                match pools.plugin_pools() {
                    None => {
                        let connection = pools.session(Some(plugin.as_str())).await.map_err(none)?;
                        Ok(LentConnection { connection, place: None })
                    }
                    Some(plugin_pools) => match plugin_pools.connection(&plugin).await {
                        Ok((connection, place)) => Ok(LentConnection { connection, place: Some(place) }),
                        Err(error) if error.is_about_the_role() => {
                            let reason = format!("{}; `tenon check` says what helps", chain(&error));
                            Err(CallError::NoRole { reason })
                        }
                        Err(error) => Err(CallError::NoDatabase(chain(&error))),
                    },
                }
            })
        }
    }
}
