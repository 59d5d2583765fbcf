//! Starting the host for one command, and stopping it again.

use std::sync::Arc;

use crate::host::Host;
use crate::postgres::connect::{Database, install_crypto_provider};
use crate::postgres::managed::{Managed, ManagedOptions, ManagedServer};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// The host at work, and the database that was started for it.
pub(super) struct Started {
    pub host: Arc<Host>,
    managed: Option<ManagedServer>,
}

impl Started {
    /// Opens the host with the configured database, or with the managed one.
    ///
    /// A configured database that cannot be reached is no failure here: the host tells.
    pub(crate) async fn open(app: &App) -> Result<Self, Failure> {
        let (database, managed) = database(app).await?;
        Ok(Self { host: Host::open(app.config.clone(), Some(database)), managed })
    }

    /// Opens the host for what the plugins' files tell by themselves.
    pub(crate) fn without_database(app: &App) -> Self {
        Self { host: Host::open(app.config.clone(), None), managed: None }
    }

    /// Stops the plugins' threads, then the database if this process started it.
    pub(crate) async fn stop(self) {
        self.host.shutdown().await;
        if let Some(managed) = self.managed {
            managed.stop().await;
        }
    }
}

async fn database(app: &App) -> Result<(Database, Option<ManagedServer>), Failure> {
    install_crypto_provider();
    let configured = Database::from_config(&app.config.database).map_err(|error| {
        Failure::of(Exit::Refused, &error).hint("an address looks like postgresql://user@host:5432/name")
    })?;
    if let Some(database) = configured {
        return Ok((database, None));
    }
    let managed = Managed::start(&ManagedOptions::new(&app.config.state_dir))
        .await
        .map_err(|error| Failure::of(Exit::Unknown, &error))?;
    let mut database = managed.database().clone();
    database.set_timeouts(app.config.database.statement_timeout, app.config.database.lock_timeout);
    Ok((database, Some(managed)))
}
