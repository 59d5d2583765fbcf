//! Reaching the host's own tables, of jobs, events, messages, hosts and what hosts remember.

use std::error::Error;

use tokio_postgres::Client;

use super::Tenon;
use crate::support::errors::chain;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[error("the database cannot be reached: {0}")]
pub struct Unreached(String);

impl Unreached {
    /// For what an error says, with its causes.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        Self(chain(error))
    }
}

impl From<String> for Unreached {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl Tenon {
    /// A session of this name to write the host's own tables, as the role that heals.
    pub(super) async fn own_tables(&self, name: &str) -> Result<Client, Unreached> {
        let reach = self.database.as_ref().ok_or_else(|| Unreached("there is none".to_owned()))?;
        let connected = reach.healing().named(name).connect().await;
        let (client, _) = connected.map_err(|error| Unreached::of(&error))?;
        Ok(client)
    }
}
