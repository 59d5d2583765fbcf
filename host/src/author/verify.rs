//! Verifying a version of a plugin before it is released: what its author's CI asks.
//!
//! A version has to be proved as `tenon plugin lock` proves it, by the same function. Besides, whoever has an
//! earlier version has to come to the same database in one heal. Such a state is made by a former library,
//! or, without one, by the first files of the version itself. All of it happens in scratch databases of one
//! server, by the heal's own code; what releases say of each other is told without any.

mod states;

use std::sync::Arc;

use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::lock::Lock;
use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_migrations_core::release::{Objection, Release};
use tenon_migrations_core::snapshot::CatalogSnapshot;

use self::states::only;
pub use self::states::{EarlierState, earlier_states};
use crate::audit::Spool;
use crate::config::Config;
use crate::database::connect::{Database, Databases};
use crate::heal::Purpose;
use crate::heal::prove::{Proof, ProveError, Proving, prove};
use crate::host::trial::{TrialError, heal_scratch};
use crate::plugin::registry::{Registered, Registry};
use crate::schema::whole::{self, SchemaError};
use crate::scratch::database::{ScratchError, ScratchSessionError, in_scratch, in_session};
use crate::scratch::made_by::requirements;

/// A version of a plugin, with all that it requires.
#[derive(Debug, Clone)]
pub struct Version {
    pub id: PluginId,
    pub registry: Arc<Registry>,
}

/// Why an earlier state does not come to what an empty database comes to.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error("the earlier state cannot be made: whoever has it is past help by this version")]
    Before(#[source] TrialError),
    #[error("from there this version cannot be healed")]
    After(#[source] TrialError),
    #[error(transparent)]
    Session(#[from] ScratchSessionError),
    #[error("what stands there in the end cannot be read")]
    Read(#[from] SchemaError),
    /// Differences between the end and that of an empty database.
    #[error("it ends otherwise than from empty")]
    Differs(Vec<Difference>),
}

impl Version {
    /// The version in a registry, with what it requires; `None` if it takes no part there.
    pub fn of(registry: &Registry, id: &PluginId) -> Option<Self> {
        registry
            .plugins
            .contains_key(id)
            .then(|| Self { id: id.clone(), registry: Arc::new(only(registry, &requirements(registry, id))) })
    }

    /// The plugin itself.
    pub fn plugin(&self) -> Option<&Registered> {
        self.registry.plugins.get(&self.id)
    }

    /// What is to be said of it without a database, beside a former version if there is one.
    pub fn objections(&self, former: Option<&Self>) -> Vec<Objection> {
        let Some(now) = self.release() else { return Vec::new() };
        match former {
            None => now.objections(),
            Some(former) => {
                former.release().map(|former| now.objections_against(&former)).unwrap_or_default()
            }
        }
    }

    /// The plugin's own migrations, in their order.
    fn migrations(&self) -> impl Iterator<Item = &PluginMigration> {
        self.registry.migrations.iter().filter(|migration| migration.id.plugin == self.id)
    }

    fn release(&self) -> Option<Release<'_>> {
        let Registered { info, descriptors, library, .. } = self.plugin()?;
        let routes = library.as_ref().map(|library| library.routes.declared()).unwrap_or_default();
        Some(Release { info, descriptors, routes, migrations: self.migrations().collect() })
    }
}

/// The server on which a version is verified.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    pub config: &'a Config,
    pub databases: &'a Databases,
}

impl Bench<'_> {
    /// Proves a version: see [`prove`].
    pub async fn prove(self, version: &Version, former: Option<&Lock>) -> Result<Proof, ProveError> {
        let spool = Spool::in_dir(&self.config.state_dir);
        let (registry, plugin) = (&version.registry, &version.id);
        let (server, config) = (&self.databases.serving, &self.config.heal);
        prove(Proving { registry, plugin, server, config, spool: &spool }, former).await
    }

    /// What a database is in the end that was empty.
    pub async fn from_empty(self, version: &Version) -> Result<CatalogSnapshot, UpgradeError> {
        in_scratch(self.server(), async |database| {
            self.heal(version, &database, Purpose::Heal).await.map_err(UpgradeError::After)?;
            standing(&database).await
        })
        .await?
    }

    /// Heals a database of an earlier state with a version, in one transaction, and compares its end with
    /// that of an empty one.
    pub async fn from_state(
        self,
        former: &Version,
        version: &Version,
        expected: &CatalogSnapshot,
    ) -> Result<(), UpgradeError> {
        in_scratch(self.server(), async |database| {
            self.heal(former, &database, Purpose::Heal).await.map_err(UpgradeError::Before)?;
            self.heal(version, &database, Purpose::Heal).await.map_err(UpgradeError::After)?;
            same(expected, &standing(&database).await?)
        })
        .await?
    }

    /// Heals one database from state to state and at last with a version, and from each state with that
    /// version in a dry run. Compares the end with that of an empty database. `on` is given each state with
    /// what came of it; no state behind one that failed is tried.
    pub async fn state_by_state(
        self,
        states: &[EarlierState],
        version: &Version,
        expected: &CatalogSnapshot,
        mut on: impl FnMut(&EarlierState, Result<(), UpgradeError>),
    ) -> Result<(), UpgradeError> {
        in_scratch(self.server(), async |database| {
            for state in states {
                let healed = self.heal(&state.version, &database, Purpose::Heal).await;
                let tried = match healed.map_err(UpgradeError::Before) {
                    Ok(()) => {
                        self.heal(version, &database, Purpose::DryRun).await.map_err(UpgradeError::After)
                    }
                    Err(error) => Err(error),
                };
                let failed = tried.is_err();
                on(state, tried);
                if failed {
                    return Ok(());
                }
            }
            self.heal(version, &database, Purpose::Heal).await.map_err(UpgradeError::After)?;
            same(expected, &standing(&database).await?)
        })
        .await?
    }

    fn server(&self) -> &Database {
        self.databases.healing.as_ref().unwrap_or(&self.databases.serving)
    }

    async fn heal(self, version: &Version, database: &Database, purpose: Purpose) -> Result<(), TrialError> {
        heal_scratch(self.config, &version.registry, database, purpose).await
    }
}

async fn standing(database: &Database) -> Result<CatalogSnapshot, UpgradeError> {
    let read = async |client| whole::read(&client, database.bounds(), None).await;
    Ok(in_session(database, read).await??.objects)
}

fn same(expected: &CatalogSnapshot, found: &CatalogSnapshot) -> Result<(), UpgradeError> {
    let differences = compare(expected, found);
    if differences.is_empty() { Ok(()) } else { Err(UpgradeError::Differs(differences)) }
}
