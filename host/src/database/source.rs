//! The choice of the database: the configured one, else the managed one.

use super::connect::{DatabaseError, Databases};
use super::managed::{IfMissing, Managed, ManagedError, ManagedOptions, ManagedServer};
use crate::config::{Config, Isolation};
use crate::support::command_code::CommandCode;

/// The database to use, and the server that must be kept while it is used.
#[derive(Debug)]
pub struct DatabaseSource {
    /// How to reach it; sessions start with the timeouts of `[database]`.
    pub databases: Databases,
    /// The server, where it is ours to run. To be stopped last.
    pub managed: Option<ManagedServer>,
}

/// Why there is no database to use.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// What is configured is of no use.
    #[error(transparent)]
    Configured(#[from] DatabaseError),
    /// None is configured and the managed one does not run.
    #[error(transparent)]
    Managed(#[from] ManagedError),
    /// There is nobody as whom all plugins could act.
    #[error(
        "plugins.isolation is \"shared\", and in the managed database each plugin acts as a login role of its own"
    )]
    Shared,
}

impl SourceError {
    /// The code under which it is explained.
    pub fn code(&self) -> CommandCode {
        match self {
            Self::Configured(_) => CommandCode::BadDatabaseAddress,
            Self::Managed(error) => error.code(),
            Self::Shared => CommandCode::SharedIsolation,
        }
    }
}

impl DatabaseSource {
    /// Settles where the database is. A configured one is not connected to here, so it may be down; the
    /// managed one is started, and made if it is not there and that is wished.
    pub async fn open(config: &Config, if_missing: IfMissing) -> Result<Self, SourceError> {
        if let Some(databases) = Databases::from_config(&config.database)? {
            return Ok(Self { databases, managed: None });
        }
        if config.plugins.isolation == Some(Isolation::Shared) {
            return Err(SourceError::Shared);
        }
        let server =
            Managed::start(&ManagedOptions { if_missing, ..ManagedOptions::new(&config.state_dir) }).await?;
        let mut databases = server.databases().clone();
        databases.set_timeouts(config.database.statement_timeout, config.database.lock_timeout);
        Ok(Self { databases, managed: Some(server) })
    }

    /// Stops the managed server, if there is one and it is ours.
    pub async fn close(self) {
        if let Some(server) = self.managed {
            server.stop().await;
        }
    }
}
