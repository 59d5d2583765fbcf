//! Migrations applied again in a scratch database, one after another in one transaction, each as a heal runs
//! it.

use tokio_postgres::Client;

use crate::database::migration_session::{self, MigrationError, MigrationObserver, MigrationRunner, Reset};
use crate::plugin::core_plugin;

/// Whether the server looks into the bodies of functions when they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Checked,
    /// The server does not look: bodies may name what only the original has.
    Unchecked,
}

/// Makes what of the host's own the plugins' objects can name, where the host's migrations do not run.
pub(crate) async fn make_open(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(core_plugin::OPEN).await
}

/// Begins a transaction in which migrations are applied again. It is the caller's to end.
pub(crate) async fn begin<'a, O: MigrationObserver<Request: 'a>>(
    client: &'a Client,
    bodies: Bodies,
    observer: O,
) -> Result<MigrationRunner<'a, O>, MigrationError> {
    let start = match bodies {
        Bodies::Checked => Reset::with(&[]),
        Bodies::Unchecked => Reset::with(&[("check_function_bodies", "off")]),
    };
    client.batch_execute(migration_session::BEGIN).await.map_err(MigrationError::Begin)?;
    MigrationRunner::new(client, &start, observer).await
}
