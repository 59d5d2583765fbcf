//! The read stage: the ledger and the catalog, in one short transaction that cannot write.

use std::collections::BTreeSet;

use tenon_migrations_core::reading::Reading;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::catalog;
use super::ledger::{self, Ledger, LedgerError};

/// What the database says.
#[derive(Debug, Default)]
pub struct State {
    pub ledger: Ledger,
    pub live: Reading,
}

/// Why the database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the catalog could not be read")]
    Catalog(#[source] tokio_postgres::Error),
    #[error("the reading transaction could not be made or ended")]
    Transaction(#[source] tokio_postgres::Error),
}

/// Reads the ledger and all objects of these schemas, and of those that stored readings name.
///
/// Writes nothing: the transaction is `READ ONLY`. Waits for nobody longer than the connection's
/// `lock_timeout` and `statement_timeout`.
pub async fn read(client: &Client, schemas: &BTreeSet<Ident>) -> Result<State, ReadError> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog";
    client.batch_execute(begin).await.map_err(ReadError::Transaction)?;
    let state = within(client, schemas).await?;
    client.batch_execute("COMMIT").await.map_err(ReadError::Transaction)?;
    Ok(state)
}

/// The same inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone.
pub async fn within(client: &Client, schemas: &BTreeSet<Ident>) -> Result<State, ReadError> {
    let ledger = ledger::read(client).await?;
    let stored = ledger.readings.values().flat_map(|stored| stored.reading.objects.keys());
    let schemas = schemas.iter().cloned().chain(stored.map(|id| id.schema.clone())).collect();
    let live = catalog::read(client, &schemas).await.map_err(ReadError::Catalog)?;
    Ok(State { ledger, live })
}
