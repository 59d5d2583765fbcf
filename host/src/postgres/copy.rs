//! A copy of a database's schema, without its rows, in a scratch database: a place to rehearse in.
//!
//! What was applied is applied again, from the same files; what was changed by hand since is made like the
//! original with the SQL that mends, taken the other way round; and the ledger is written down as it is.

use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::mend::{self, Sides};
use tenon_schema::Descriptors;
use tokio_postgres::Client;
use uuid::Uuid;

use super::connect::{ConnectError, Database};
use super::ledger::{self, StoreError};
use super::scratch::{Scratch, ScratchError};
use super::state::{self, ReadError, State};
use crate::prove;
use crate::registry::Registry;

/// How often what still differs is mended: one mend may be what another waits for.
const ROUNDS: usize = 3;

/// A copy, until it is dropped.
#[derive(Debug)]
pub struct Copied {
    pub scratch: Scratch,
    /// What of the schema could not be made like the original.
    pub differences: Vec<Difference>,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the copy could not be made")]
    Make(#[source] tokio_postgres::Error),
    #[error("the copy's ledger could not be written")]
    Ledger(#[from] StoreError),
    #[error("the copy could not be read")]
    Read(#[from] ReadError),
}

/// Copies the schema of which this is the state.
pub async fn copy(server: &Database, registry: &Registry, original: &State) -> Result<Copied, CopyError> {
    let scratch = Scratch::create(server).await?;
    match fill(scratch.database(), registry, original).await {
        Ok(differences) => Ok(Copied { scratch, differences }),
        Err(error) => {
            if let Err(left) = scratch.drop().await {
                tracing::warn!("{}", crate::errors::chain(&left));
            }
            Err(error)
        }
    }
}

async fn fill(
    database: &Database,
    registry: &Registry,
    original: &State,
) -> Result<Vec<Difference>, CopyError> {
    let (client, _) = database.connect().await?;
    let batch = async |sql: &str| client.batch_execute(sql).await.map_err(CopyError::Make);
    batch("BEGIN; SET LOCAL check_function_bodies = off").await?;
    let applied = &original.ledger.applied;
    for migration in &registry.migrations {
        if !applied.iter().any(|row| row.id == migration.id && row.checksum == migration.checksum) {
            continue;
        }
        batch("SAVEPOINT tenon_copy").await?;
        // What cannot be applied again is made from the reading below.
        if let Err(error) = prove::run(&client, migration).await {
            tracing::debug!("{} is not a part of the copy: {}", migration.id, crate::errors::chain(&error));
            batch("ROLLBACK TO SAVEPOINT tenon_copy").await?;
        }
        batch("RELEASE SAVEPOINT tenon_copy; SET CONSTRAINTS ALL IMMEDIATE").await?;
    }
    let differences = made_alike(&client, registry, original).await?;
    let nobody = Uuid::nil();
    for migration in &registry.migrations {
        if applied.iter().any(|row| row.id == migration.id) {
            let recorded = ledger::record_migration(&client, nobody, migration, 0).await;
            recorded.map_err(CopyError::Make)?;
        }
    }
    for (plugin, stored) in &original.ledger.readings {
        ledger::store_reading(&client, nobody, plugin, stored).await?;
    }
    batch("COMMIT").await?;
    Ok(differences)
}

/// Mends the copy until it is like the original, and gives what is left.
async fn made_alike(
    client: &Client,
    registry: &Registry,
    original: &State,
) -> Result<Vec<Difference>, CopyError> {
    let batch = async |sql: &str| client.batch_execute(sql).await.map_err(CopyError::Make);
    let mut differences = Vec::new();
    for round in 0..=ROUNDS {
        batch("SET LOCAL search_path = pg_catalog; SET LOCAL check_function_bodies = off").await?;
        let copy = state::within(client, &registry.schemas()).await?;
        differences = compare(&original.live, &copy.live);
        let sides = Sides {
            expected: &original.live,
            live: &copy.live,
            descriptors: &Descriptors::default(),
            unmanaged: &[],
        };
        let mends: Vec<_> =
            differences.iter().filter_map(|difference| mend::mend(difference, &sides)).collect();
        if mends.is_empty() || round == ROUNDS {
            break;
        }
        for mend in mend::in_order(&mends) {
            batch("SAVEPOINT tenon_copy").await?;
            for sql in &mend.sql {
                if let Err(error) = client.execute_typed(sql, &[]).await {
                    tracing::debug!("{sql}: {}", crate::errors::chain(&error));
                    batch("ROLLBACK TO SAVEPOINT tenon_copy").await?;
                    break;
                }
            }
            batch("RELEASE SAVEPOINT tenon_copy").await?;
        }
    }
    Ok(differences)
}
