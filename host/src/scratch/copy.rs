//! A copy of a database's schema, without its rows: a place to rehearse in.
//!
//! What was applied is applied again, from the same files; what was changed by hand since is made like the
//! original with the SQL that repairs, taken the other way round; and the ledger is written down as it is. It
//! has the rows that migrations insert, and no others; and of a migration that cannot be applied again not
//! even those.
//!
//! A copy stands in the same server: what all its databases share, such as roles, is not touched. A migration
//! that does is taken back as a whole, and what it made is made by the SQL that repairs.

use std::collections::BTreeSet;

use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::migration::MigrationId;
use tenon_migrations_core::repair::{self, Sides};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Descriptors;
use tokio_postgres::Client;
use uuid::Uuid;

use super::replay::{self, Bodies};
use crate::database::connect::Database;
use crate::database::migration_session::{MigrationError, Unobserved};
use crate::database::search_path::OWN;
use crate::plugin::registry::Registry;
use crate::schema::ledger::{self, LedgerRow, StoreError};
use crate::schema::spelling;
use crate::schema::state::{self, ReadError, Scope, State};
use crate::scratch::database::{ScratchSessionError, in_session};
use crate::support::errors::chain;

/// How often what still differs is repaired: one repair may be what another waits for.
const ROUNDS: usize = 3;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Reach(#[from] ScratchSessionError),
    #[error(transparent)]
    Begin(#[from] MigrationError),
    #[error("the copy could not be made")]
    Make(#[source] tokio_postgres::Error),
    #[error("the copy's ledger could not be written")]
    Ledger(#[from] StoreError),
    #[error("the copy could not be read")]
    Read(#[from] ReadError),
}

/// What a copy lacks, or has otherwise than the original.
#[derive(Debug, Default)]
pub struct Lacking {
    /// The migrations that could not be applied again, and why.
    pub not_applied: Vec<(MigrationId, String)>,
    pub differences: Vec<Difference>,
}

/// Makes an empty database a copy of the one of which this is the state. Gives what of it could not be made
/// like the original.
pub async fn fill(database: &Database, registry: &Registry, original: &State) -> Result<Lacking, CopyError> {
    in_session(database, async |client| filled(&client, registry, original).await).await?
}

/// Fills the copy, bounded by the server's own timeouts alone.
async fn filled(client: &Client, registry: &Registry, original: &State) -> Result<Lacking, CopyError> {
    let batch = async |sql: &str| client.batch_execute(sql).await.map_err(CopyError::Make);
    let mut runner = replay::begin(client, Bodies::Unchecked, Unobserved).await?;
    let applied: BTreeSet<_> = original.ledger.applied.iter().map(|row| &row.id).collect();
    let applied: Vec<_> =
        registry.migrations.iter().filter(|migration| applied.contains(&migration.id)).collect();
    let (_, mut rights) = shared(client).await.map_err(CopyError::Make)?;
    let mut not_applied = Vec::new();
    let mut left = applied.iter();
    let mut next = left.next();
    while let Some(migration) = next {
        batch("SAVEPOINT tenon_copy").await?;
        let refused = match runner.run(migration).await {
            Ok(()) => {
                let (changed, now) = shared(client).await.map_err(CopyError::Make)?;
                (changed || now != rights)
                    .then(|| "it changes what all databases of the server share".to_owned())
            }
            Err(error) => Some(chain(&error)),
        };
        if refused.is_some() {
            batch("ROLLBACK TO SAVEPOINT tenon_copy").await?;
        }
        batch("RELEASE SAVEPOINT tenon_copy").await?;
        if let Some(why) = refused {
            // What is otherwise now too somebody else has changed meanwhile: the migration is tried again.
            let (_, now) = shared(client).await.map_err(CopyError::Make)?;
            if now != rights {
                rights = now;
                continue;
            }
            // What cannot be applied again is made from the snapshot below.
            not_applied.push((migration.id.clone(), why));
        }
        next = left.next();
    }
    let scope = registry.schemas().into();
    let (_, differences) = made_alike(client, &scope, &original.live).await?;
    let nobody = Uuid::nil();
    if !applied.is_empty() {
        let rows: Vec<_> =
            applied.iter().map(|migration| LedgerRow { migration, ended_at: 0.0, duration_ms: 0 }).collect();
        ledger::record_migrations(client, nobody, &rows).await.map_err(CopyError::Make)?;
    }
    if !original.ledger.snapshots.is_empty() {
        ledger::store_snapshots(client, nobody, &original.ledger.snapshots).await?;
    }
    batch("COMMIT").await?;
    Ok(Lacking { not_applied, differences })
}

/// Whether the transaction has changed what all databases of the server share, and the rights on them.
async fn shared(client: &Client) -> Result<(bool, Option<String>), tokio_postgres::Error> {
    let rows = client.query_typed(include_str!("sql/shared_changes.sql"), &[]).await?;
    match rows.first() {
        Some(row) => Ok((row.try_get("changed")?, row.try_get("rights")?)),
        None => Ok((true, None)),
    }
}

/// Repairs what stands in the scope until it is like the original. Gives what stands there then, and what is
/// left.
///
/// Runs inside the caller's transaction.
pub(crate) async fn made_alike(
    client: &Client,
    scope: &Scope,
    original: &CatalogSnapshot,
) -> Result<(CatalogSnapshot, Vec<Difference>), CopyError> {
    let batch = async |sql: &str| client.batch_execute(sql).await.map_err(CopyError::Make);
    let mut round = 0;
    loop {
        batch(OWN).await?;
        batch("SET LOCAL check_function_bodies = off").await?;
        let State { live: mut copy, ledger, .. } = state::within(client, scope).await?;
        let server_major = ledger.server_major;
        let mut differences = compare(original, &copy);
        if !differences.is_empty() {
            // What was restored once is spelled otherwise than what was made by the migrations.
            let differing: BTreeSet<_> = differences.iter().map(|difference| &difference.object).collect();
            let mut texts = copy.only(|id| differing.contains(id));
            spelling::complete(client, &mut texts).await.map_err(CopyError::Make)?;
            copy.objects.extend(texts.objects);
            differences = compare(original, &copy);
        }
        let live = copy.spelled_as_in(original).into_owned();
        let sides = Sides {
            expected: original,
            live: &live,
            descriptors: &Descriptors::default(),
            unmanaged: &[],
            server_major,
        };
        let repairs: Vec<_> =
            differences.iter().filter_map(|difference| repair::repair_copy(difference, &sides)).collect();
        if repairs.is_empty() || round == ROUNDS {
            return Ok((copy, differences));
        }
        for part in repair::in_order(&repairs) {
            batch("SAVEPOINT tenon_copy").await?;
            for sql in &part.sql {
                if let Err(error) = client.execute_typed(sql, &[]).await {
                    tracing::debug!("{sql}: {}", chain(&error));
                    batch("ROLLBACK TO SAVEPOINT tenon_copy").await?;
                    break;
                }
            }
            batch("RELEASE SAVEPOINT tenon_copy").await?;
        }
        round += 1;
    }
}
