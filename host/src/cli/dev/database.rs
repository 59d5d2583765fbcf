//! The database for development: one that Tenon runs itself, as long as it serves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::database::connect::{Database, install_crypto_provider};
use crate::database::managed::{Managed, ManagedOptions, ManagedServer};
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;

/// How often it is tried to drop a database that somebody is still connected to.
const ATTEMPTS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct DevDatabase {
    state_dir: PathBuf,
    /// There but while the database is made anew.
    server: Option<ManagedServer>,
}

impl DevDatabase {
    pub(super) async fn start(state_dir: &Path) -> Result<Self, Failure> {
        install_crypto_provider();
        let server = started(state_dir).await?;
        if server.adopted() {
            server.stop().await;
            let heading = format!("the database for development in {} is in use", state_dir.display());
            return Err(Failure::refused(CommandCode::DatabaseInUse, heading)
                .hint("end the other tenon dev of this crate, or give this one another --state-dir"));
        }
        Ok(Self { state_dir: state_dir.to_owned(), server: Some(server) })
    }

    /// Drops the database, and makes an empty one. Nobody else may be connected to it.
    pub(super) async fn make_anew(&mut self) -> Result<(), Failure> {
        let Some(server) = self.server.take() else { return Ok(()) };
        let owner = server.databases().healing.as_ref().unwrap_or(&server.databases().serving);
        let dropped = drop_database(&owner.with_dbname("postgres")).await;
        server.stop().await;
        dropped?;
        self.server = Some(started(&self.state_dir).await?);
        Ok(())
    }

    pub(super) async fn stop(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}

async fn started(state_dir: &Path) -> Result<ManagedServer, Failure> {
    let server = Managed::start(&ManagedOptions::new(state_dir)).await;
    server.map_err(|error| Failure::of(Exit::Unknown, &error).code(error.code()))
}

async fn drop_database(beside: &Database) -> Result<(), Failure> {
    let failed = |why: String| {
        Failure::new(Exit::Failed, "the database for development cannot be made anew").detail(why)
    };
    let (client, _) = beside.connect().await.map_err(|error| failed(chain(&error)))?;
    let mut attempt = 1;
    loop {
        match client.batch_execute("DROP DATABASE IF EXISTS tenon").await {
            Ok(()) => return Ok(()),
            // Sessions that have just ended may be seen for a moment.
            Err(error) if attempt == ATTEMPTS => return Err(failed(chain(&error))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
        attempt += 1;
    }
}
