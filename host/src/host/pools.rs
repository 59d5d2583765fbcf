//! The pools of connections to the database: the host's own, and the plugins', which are settled with the
//! database's first answer.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use super::PlanError;
use crate::config::{Config, Isolation};
use crate::database::bounds::Bounds;
use crate::database::connect::Databases;
use crate::database::pool::{self, Pool, PooledConnection};
use crate::plugin::choice::{IsolationChoice, Wished};
use crate::plugin::registry::Registry;
use crate::plugin::roles::{PluginPools, Roles};

/// All pools. Cheap to clone.
#[derive(Clone)]
pub(super) struct DatabasePools {
    /// For the host itself, and for plugins that have no roles of their own.
    pool: Pool,
    /// For plugins as their own roles.
    plugin_pools: Arc<PluginPools>,
    wished: Wished,
    choice: Arc<OnceLock<IsolationChoice>>,
    bounds: Bounds,
    size: NonZeroUsize,
}

impl DatabasePools {
    /// The pools for these databases. No connection is made.
    pub(super) fn new(config: &Config, registry: &Registry, databases: &Databases) -> Self {
        let (size, database) = (config.database.pool_size, &databases.serving);
        let roles = Roles::new(registry, databases, &config.plugins);
        let pools = Self {
            pool: pool::pool(database, for_the_host(size)),
            plugin_pools: PluginPools::new(roles.into(), database.clone(), for_plugins(size)).into(),
            wished: Wished::of(&config.plugins, databases),
            choice: Arc::default(),
            bounds: database.bounds(),
            size,
        };
        if let Wished::Settled(choice) = &pools.wished {
            pools.settle(choice.clone());
        }
        pools
    }

    /// The choice of the roles as which plugins' statements run, once that is settled.
    pub(super) fn choice(&self) -> Option<&IsolationChoice> {
        self.choice.get()
    }

    /// Whether the configuration leaves that to the database.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.wished, Wished::Open(_))
    }

    /// The plugins' own pools, unless it is settled that they have none.
    pub(super) fn plugin_pools(&self) -> Option<&Arc<PluginPools>> {
        let is_shared = self.choice().is_some_and(|choice| choice.isolation == Isolation::Shared);
        (!is_shared).then_some(&self.plugin_pools)
    }

    /// The host's own.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A session of the host's own, of this name. The first one settles as whom plugins' statements run.
    pub(super) async fn session(&self, name: Option<&str>) -> Result<PooledConnection, PlanError> {
        let session = pool::session(&self.pool, &self.pool.timeouts(), name).await;
        let session = session.map_err(PlanError::Connect)?;
        if self.choice().is_none() {
            self.settle(self.wished.settled(session.driven_by_task(), self.bounds).await?);
        }
        Ok(session)
    }

    fn settle(&self, choice: IsolationChoice) {
        if choice.isolation == Isolation::Shared {
            self.pool.resize(self.size.get());
        }
        // Of two who asked at one time both were told the same.
        let _ = self.choice.set(choice);
    }

    /// Closes all connections; those in use once they are given back.
    pub(super) fn close(&self) {
        self.pool.close();
        self.plugin_pools.close();
    }
}

/// How many of these connections the host keeps for itself where plugins have their own.
fn for_the_host(all: NonZeroUsize) -> NonZeroUsize {
    NonZeroUsize::new(all.get().div_ceil(4)).unwrap_or(NonZeroUsize::MIN)
}

/// How many are left for the plugins.
fn for_plugins(all: NonZeroUsize) -> NonZeroUsize {
    NonZeroUsize::new(all.get() - for_the_host(all).get()).unwrap_or(NonZeroUsize::MIN)
}
