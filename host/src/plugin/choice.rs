//! The choice of the roles as which plugins' statements run, where the configuration leaves it open: each
//! plugin as a login role of its own wherever that can be.
//!
//! Where `plugins.isolation` is not set this is settled with the first answer of the database, by one
//! function for all commands (`host/pools.rs`).

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::roles;
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::roles::NoSecret;
use crate::config::{Isolation, PluginsConfig};
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::connect::Databases;

/// The roles as which plugins' statements run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsolationChoice {
    pub isolation: Isolation,
    pub why: IsolationReason,
}

/// The reason of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IsolationReason {
    /// The configuration says so.
    Configured,
    /// The managed database knows nothing else.
    Managed,
    /// There are login roles, or a heal made some.
    Found,
    /// Nothing was healed yet, and whoever heals may make them.
    New,
    /// Plugins were healed without them.
    Without,
    /// The role that heals may not make login roles.
    MayNot(String),
    /// The login roles' passwords could not be made.
    NoSecret,
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("it could not be read whether plugins are to have login roles")]
    Read(#[from] Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// What has to be asked of the database.
#[derive(Debug, Clone)]
pub struct Open {
    /// The role that heals, if that is another than the one that serves.
    healer: Option<String>,
    tag: String,
    has_secret: bool,
}

/// Settled by the configuration, or open until the database has answered.
#[derive(Debug, Clone)]
pub enum Wished {
    Settled(IsolationChoice),
    Open(Open),
}

impl IsolationReason {
    /// The choice in words, with what would give plugins login roles where they have none. Nothing where
    /// somebody said so.
    pub fn told(&self) -> Option<String> {
        let shared = "plugins have no login roles of their own, since";
        Some(match self {
            Self::Configured | Self::Managed => return None,
            Self::Found => "plugins.isolation is not set, and there are login roles".to_owned(),
            Self::New => {
                "plugins.isolation is not set, and the role that heals may make login roles".to_owned()
            }
            Self::Without => format!(
                "{shared} they were healed without: set plugins.isolation to \"roles\" and heal, or to \"shared\" \
                 to leave it at that"
            ),
            Self::MayNot(role) => format!(
                "{shared} the role that heals may not make them: run ALTER ROLE {} CREATEROLE as a superuser, set \
                 plugins.isolation to \"roles\", start again and heal",
                Ident::from(role.as_str()).quoted()
            ),
            Self::NoSecret => format!(
                "{shared} {NoSecret}: {}; then set plugins.isolation to \"roles\", start again and heal",
                NoSecret::REMEDY
            ),
        })
    }
}

impl IsolationChoice {
    /// Why plugins have no login roles although nobody said that they are not to.
    pub fn lack(&self) -> Option<String> {
        if self.isolation == Isolation::Shared { self.why.told() } else { None }
    }
}

impl Wished {
    /// What the configuration says of these.
    pub fn of(config: &PluginsConfig, databases: &Databases) -> Self {
        let settled = |isolation, why| Self::Settled(IsolationChoice { isolation, why });
        match config.isolation {
            Some(isolation) => settled(isolation, IsolationReason::Configured),
            None if databases.managed => settled(Isolation::Roles, IsolationReason::Managed),
            None => Self::Open(Open {
                healer: databases.healing.as_ref().and_then(|healing| healing.role()).map(str::to_owned),
                tag: roles::tag(databases.serving.name()),
                has_secret: config.role_key.is_some() || databases.serving.password().is_some(),
            }),
        }
    }

    /// What it comes to in the database of this session.
    pub async fn settled(&self, client: &Client, bounds: Bounds) -> Result<IsolationChoice, ChoiceError> {
        let open = match self {
            Self::Settled(choice) => return Ok(choice.clone()),
            Self::Open(open) => open,
        };
        let asked = async { Ok::<_, ChoiceError>(open.why(client).await?) };
        let why = bounds.read(client, asked).await?;
        let isolation = match why {
            IsolationReason::Found | IsolationReason::New => Isolation::Roles,
            _ => Isolation::Shared,
        };
        Ok(IsolationChoice { isolation, why })
    }
}

impl Open {
    async fn why(&self, client: &Client) -> Result<IsolationReason, Error> {
        let parameters = [(&self.healer as _, Type::TEXT), (&self.tag as _, Type::TEXT)];
        let rows = client.query_typed(include_str!("sql/choice.sql"), &parameters).await?;
        let mut why = IsolationReason::MayNot(String::new());
        for row in &rows {
            let is = |name| row.try_get::<_, bool>(name);
            let had_roles = async || is_so(client, include_str!("sql/had_roles.sql"), None).await;
            why = if is("has_roles")? || (is("reads_log")? && had_roles().await?) {
                IsolationReason::Found
            } else if is("has_ledger")? && has_plugins(client).await? {
                IsolationReason::Without
            } else if !is("may_make")? {
                IsolationReason::MayNot(row.try_get("healer")?)
            } else if !self.has_secret {
                IsolationReason::NoSecret
            } else {
                IsolationReason::New
            };
        }
        Ok(why)
    }
}

async fn has_plugins(client: &Client) -> Result<bool, Error> {
    is_so(client, include_str!("sql/has_plugins.sql"), Some(PluginId::core().as_str())).await
}

async fn is_so(client: &Client, sql: &str, of: Option<&str>) -> Result<bool, Error> {
    let parameters: Vec<_> = of.iter().map(|of| (of as _, Type::TEXT)).collect();
    client.query_typed(sql, &parameters).await?.first().map_or(Ok(false), |row| row.try_get(0))
}
