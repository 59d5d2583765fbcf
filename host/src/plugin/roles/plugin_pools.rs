//! Connections of the plugins' own roles: a pool for each plugin, and one bound for all of them together.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenon_migrations_core::migration::PluginId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::error::SqlState;

use super::{Deviation, DeviationKind, NoSecret, Roles};
use crate::database::connect::Database;
use crate::database::dial::DialError;
use crate::database::pool::{self, Pool, PoolError, PooledConnection};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// How long a caller waits for a place.
const WAIT: Duration = Duration::from_secs(10);

/// The ways by which plugins' statements reach the database.
#[derive(Debug)]
pub struct PluginPools {
    roles: Arc<Roles>,
    database: Database,
    most: NonZeroUsize,
    /// One for each connection that may be in use.
    places: Arc<Semaphore>,
    pools: Mutex<BTreeMap<PluginId, Pool>>,
}

/// Why the host cannot log in as a plugin's role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLogin {
    NoSecret(NoSecret),
    /// The role's password is made of another secret than the host's.
    WrongPassword,
    /// A pooler does not let it in by this password: it may not know the role.
    NotByPooler(String),
    /// The server refuses it whatever its password is.
    NotLetIn(String),
    /// The reason could not be found out.
    Unknown(String),
}

/// The plugins whose roles are there, and as which the host cannot log in.
pub type Logins = BTreeMap<PluginId, NoLogin>;

impl fmt::Display for NoLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret(none) => none.fmt(f),
            Self::WrongPassword => f.write_str("its password is another one"),
            Self::NotByPooler(why) => {
                write!(f, "the pooler does not know it, or has another password of it ({why})")
            }
            Self::NotLetIn(why) | Self::Unknown(why) => f.write_str(why),
        }
    }
}

/// Why there is no connection of a plugin's role.
#[derive(Debug, thiserror::Error)]
pub enum PluginPoolError {
    #[error("there is no login role for plugin {0}")]
    NoRole(PluginId),
    #[error(transparent)]
    NoSecret(#[from] NoSecret),
    #[error("all connections for plugins are in use")]
    Full,
    #[error("there is no connection as the plugin's login role {role}")]
    Connect {
        role: String,
        #[source]
        source: PoolError,
    },
}

impl PluginPoolError {
    /// Whether this is about the role, and not about the database.
    pub fn is_about_the_role(&self) -> bool {
        match self {
            Self::NoRole(_) | Self::NoSecret(_) => true,
            Self::Full => false,
            Self::Connect { source, .. } => refusal(source).is_some(),
        }
    }

    fn no_login(&self, pooled: bool) -> NoLogin {
        match self {
            Self::NoSecret(none) => NoLogin::NoSecret(*none),
            Self::Connect { source, .. } => match refusal(source) {
                Some(Refusal::Password(said)) if pooled => NoLogin::NotByPooler(said),
                Some(Refusal::Password(_)) => NoLogin::WrongPassword,
                Some(Refusal::Role) => NoLogin::NotLetIn(chain(source)),
                None => NoLogin::Unknown(chain(source)),
            },
            other => NoLogin::Unknown(chain(other)),
        }
    }
}

/// The cause for which a server does not let a role in.
enum Refusal {
    /// The password is refused, in these words.
    Password(String),
    Role,
}

fn refusal(error: &PoolError) -> Option<Refusal> {
    let PoolError::Backend(DialError::Server(error)) = error else { return None };
    let error = error.as_db_error()?;
    let of_role = [SqlState::INVALID_AUTHORIZATION_SPECIFICATION, SqlState::INSUFFICIENT_PRIVILEGE];
    // Not every PgBouncer has a code for it.
    let by_pooler = *error.code() == SqlState::PROTOCOL_VIOLATION
        && (error.message().ends_with("authentication failed")
            || error.message().starts_with("no such user"));
    if *error.code() == SqlState::INVALID_PASSWORD || by_pooler {
        Some(Refusal::Password(error.message().to_owned()))
    } else {
        of_role.contains(error.code()).then_some(Refusal::Role)
    }
}

impl PluginPools {
    /// Ways to this database, with so many connections in all.
    pub fn new(roles: Arc<Roles>, database: Database, most: NonZeroUsize) -> Self {
        Self { roles, database, most, places: Arc::new(Semaphore::new(most.get())), pools: Mutex::default() }
    }

    /// The roles.
    pub fn roles(&self) -> &Arc<Roles> {
        &self.roles
    }

    /// A connection as a plugin's role, and its place among all of them, to be given back after it.
    pub async fn connection(
        &self,
        plugin: &PluginId,
    ) -> Result<(PooledConnection, OwnedSemaphorePermit), PluginPoolError> {
        let place = tokio::time::timeout(WAIT, Arc::clone(&self.places).acquire_owned()).await;
        // Nobody closes it.
        let place = place.map_err(|_| PluginPoolError::Full)?.map_err(|_| PluginPoolError::Full)?;
        let pool = self.pool(plugin)?;
        self.make_room(plugin);
        let role = || self.roles.name(plugin).map(|role| role.as_str().to_owned()).unwrap_or_default();
        let connection = pool::session(&pool, &pool.timeouts(), Some(plugin.as_str())).await;
        let connection = connection.map_err(|source| PluginPoolError::Connect { role: role(), source })?;
        Ok((connection, place))
    }

    fn pool(&self, plugin: &PluginId) -> Result<Pool, PluginPoolError> {
        let mut pools = self.pools.lock_unpoisoned();
        if let Some(pool) = pools.get(plugin) {
            return Ok(pool.clone());
        }
        let role = self.roles.name(plugin).ok_or_else(|| PluginPoolError::NoRole(plugin.clone()))?;
        let password = self.roles.password(role)?;
        let mut database = self.database.as_role(role, &password);
        if let Some(owner) = self.roles.begins_as(plugin) {
            database = database.acting_as(owner);
        }
        let pool = pool::pool(&database, self.most);
        pools.insert(plugin.clone(), pool.clone());
        Ok(pool)
    }

    /// Closes what other plugins do not use at the moment, as far as the bound needs it.
    fn make_room(&self, plugin: &PluginId) {
        let pools = self.pools.lock_unpoisoned();
        let idle = |pool: &Pool| pool.status().available;
        if pools.get(plugin).is_some_and(|own| idle(own) > 0) {
            return;
        }
        let in_use = self.most.get().saturating_sub(self.places.available_permits());
        let all: usize = pools.values().map(idle).sum();
        let mut too_many = (in_use + all).saturating_sub(self.most.get());
        for pool in pools.values() {
            pool.retain(|_, _| {
                let stays = too_many == 0;
                too_many = too_many.saturating_sub(1);
                stays
            });
        }
    }

    /// Tries to log in as each role that is there.
    pub async fn logins(&self, deviations: &[Deviation]) -> Logins {
        let absent = |plugin: &&PluginId| {
            let role = self.roles.name(plugin);
            deviations.iter().any(|one| one.what == DeviationKind::Absent && Some(&one.role) == role)
        };
        let there = self.roles.names.keys().filter(|plugin| !absent(plugin));
        let tried = there.map(async |plugin| match self.connection(plugin).await {
            Ok(_) => None,
            Err(error) => Some((plugin.clone(), error.no_login(self.database.is_pooled()))),
        });
        futures_util::future::join_all(tried).await.into_iter().flatten().collect()
    }

    /// Makes connections anew from here on: what a role acts as is settled when it logs in.
    pub fn renew(&self) {
        self.pools.lock_unpoisoned().clear();
    }

    /// Closes all connections; those in use once they are given back.
    pub fn close(&self) {
        self.pools.lock_unpoisoned().values().for_each(Pool::close);
    }
}
