//! What the roles as which plugins' statements run may do besides reading and writing rows, whatever a plugin
//! is held to elsewhere: a statement of a superuser's runs programs and reads files.
//!
//! This is a layer like those of the kernel. Each check looks at it, and where enforcement is required it
//! is looked at before a plugin is loaded. What extensions do is told by a property where there is one (a
//! language that is not trusted, a foreign-data wrapper), else by a list of names.

use std::num::NonZeroUsize;

use tenon_migrations_core::roles;
use tenon_migrations_core::statements::REACHING_EXTENSIONS;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::choice::{ChoiceError, IsolationChoice, Wished};
use crate::config::{Isolation, PluginsConfig};
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::connect::{Database, Databases};
use crate::database::pool::{self, PoolError};
use crate::plugin::isolate::{Layer, LayerState};

/// What the layer is called.
const NAME: &str = "database role";

const ALONE: &str = "the role that serves is the one that heals, and so the owner of the plugins' tables: set \
                     database.heal_url to a role of its own, or plugins.isolation to \"roles\"";

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    #[error(transparent)]
    Connect(#[from] PoolError),
    #[error("it could not be read what the roles may as which plugins' statements run")]
    Read(#[from] Error),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// Finds it out over a session that is begun as those are that plugins are lent.
pub async fn standing(databases: &Databases, config: &PluginsConfig) -> Result<Layer, StandingError> {
    let database = &databases.serving;
    let pool = pool::pool(database, NonZeroUsize::MIN);
    let session = pool::session(&pool, &pool.timeouts(), None).await?;
    let choice = Wished::of(config, databases).settled(session.driven_by_task(), database.bounds()).await?;
    let acting = Acting::of(database, &choice, databases.healing.is_some());
    layer(session.driven_by_task(), database.bounds(), &acting).await
}

/// The roles as which plugins' statements run.
#[derive(Debug)]
pub struct Acting {
    /// What the names of the plugins' login roles end with, where they have them; else all act as the
    /// session's role.
    tag: Option<String>,
    /// Why that is too much, whatever they may.
    lack: Option<String>,
}

impl Acting {
    pub fn of(database: &Database, choice: &IsolationChoice, heals_otherwise: bool) -> Self {
        let is_shared = choice.isolation == Isolation::Shared;
        // Of two roles the one that serves owns nothing.
        let is_owner = is_shared && !heals_otherwise;
        let lack = is_owner.then(|| choice.lack().unwrap_or_else(|| ALONE.to_owned()));
        Self { tag: (!is_shared).then(|| roles::tag(database.name())), lack }
    }
}

/// Finds it out.
pub async fn layer(client: &Client, bounds: Bounds, acting: &Acting) -> Result<Layer, StandingError> {
    let names: &[&str] = &REACHING_EXTENSIONS;
    let parameters = [(&acting.tag as _, Type::TEXT), (&names as _, Type::TEXT_ARRAY)];
    let read = async { Ok(client.query_typed(include_str!("sql/standing.sql"), &parameters).await?) };
    let rows = bounds.read::<_, StandingError>(client, read).await?;
    let (mut degrades, mut told) = (acting.lack.is_some(), Vec::new());
    told.extend(acting.lack.clone());
    for row in &rows {
        degrades |= row.try_get::<_, bool>("degrades")?;
        told.push(format!("{}: {}", row.try_get::<_, &str>("told")?, row.try_get::<_, &str>("remedy")?));
    }
    let state = if degrades { LayerState::Degraded } else { LayerState::Enforced };
    Ok(Layer { name: NAME, state, wanted: true, why: (!told.is_empty()).then(|| told.join("; ")) })
}

/// What is said where the database could not be asked.
pub fn unknown(why: &str) -> Layer {
    Layer { name: NAME, state: LayerState::Off, wanted: true, why: Some(format!("it is not known: {why}")) }
}
