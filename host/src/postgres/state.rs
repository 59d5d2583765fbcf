//! The read stage: the ledger and the catalog, in one short transaction that cannot write.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::try_join4;
use tenon_migrations_core::probable::Builds;
use tenon_migrations_core::reading::Reading;
use tenon_schema::Ident;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::bounds::Bounds;
use super::catalog;
use super::ledger::{self, Ledger, LedgerError};
use super::token::{self, Token};
use crate::errors::Unavailable;

/// How often a reading that was torn by concurrent DDL is begun anew.
const ATTEMPTS: usize = 4;

/// What the database says.
#[derive(Debug, Default)]
pub struct State {
    pub ledger: Ledger,
    pub live: Reading,
    /// The tables on which an index is being built at this moment.
    pub builds: Builds,
    /// What stands in the schemas that were read and is of a kind not compared: kind and names.
    pub announced: Vec<(String, Vec<String>)>,
}

/// What the database said, and the token by which it is known whether it still does.
#[derive(Debug, Clone)]
pub struct Seen {
    pub state: Arc<State>,
    schemas: BTreeSet<Ident>,
    token: Token,
}

/// Why the database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the catalog could not be read")]
    Catalog(#[source] tokio_postgres::Error),
    #[error("the change token could not be read")]
    Token(#[source] tokio_postgres::Error),
    #[error("the reading transaction could not be made or ended")]
    Transaction(#[source] tokio_postgres::Error),
    #[error("what is to be read is locked: {holders}")]
    Locked { holders: String, source: Box<ReadError> },
    #[error("the catalog was changing: {ATTEMPTS} readings in a row were torn by concurrent DDL")]
    Torn,
}

/// Reads the ledger and all objects of these schemas, and of those that stored readings name; or gives what
/// was seen before, if nothing has changed since.
///
/// Writes nothing: the transaction is `READ ONLY`. Waits for nobody longer than the bounds, and leaves no lock
/// behind.
pub async fn read(
    client: &Client,
    bounds: Bounds,
    schemas: &BTreeSet<Ident>,
    seen: Option<&Seen>,
) -> Result<Seen, ReadError> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL search_path = pg_catalog";
    let begin = format!("{begin}; {}", bounds.local());
    client.batch_execute(&begin).await.map_err(ReadError::Transaction)?;
    let read = untorn(client, schemas, seen).await;
    let end = client.batch_execute(if read.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
    match read {
        Ok(read) => end.map(|()| read).map_err(ReadError::Transaction),
        Err(error) => Err(who_locks(client, schemas, error).await),
    }
}

/// The error, with those who hold what could not be locked in time, if they can be seen.
async fn who_locks(client: &Client, schemas: &BTreeSet<Ident>, error: ReadError) -> ReadError {
    if Unavailable::of(&error) != Unavailable::TimedOut {
        return error;
    }
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let asked = client.query_typed(include_str!("sql/who_locks.sql"), &[(&names, Type::NAME_ARRAY)]).await;
    let holders = asked.ok().and_then(|rows| rows.first()?.try_get::<_, Option<String>>("holders").ok()?);
    match holders {
        Some(holders) => ReadError::Locked { holders, source: Box::new(error) },
        None => error,
    }
}

async fn untorn(client: &Client, schemas: &BTreeSet<Ident>, seen: Option<&Seen>) -> Result<Seen, ReadError> {
    // An index build that is cut off changes nothing in the catalogs, and what is seen changes with it.
    if let Some(seen) = seen.filter(|seen| seen.state.builds.is_empty())
        && token::read(client, &seen.schemas).await.map_err(ReadError::Token)? == seen.token
    {
        return Ok(seen.clone());
    }
    for _ in 0..ATTEMPTS {
        let ledger = ledger::read(client).await?;
        let schemas = all_schemas(schemas, &ledger);
        let before = token::read(client, &schemas).await.map_err(ReadError::Token)?;
        let mut state = catalog(client, &schemas).await?;
        let token = token::read(client, &schemas).await.map_err(ReadError::Token)?;
        if token == before {
            state.ledger = ledger;
            return Ok(Seen { state: Arc::new(state), schemas, token });
        }
    }
    Err(ReadError::Torn)
}

/// The same inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone. For a heal,
/// which holds the lock and sees its own changes.
pub async fn within(client: &Client, schemas: &BTreeSet<Ident>) -> Result<State, ReadError> {
    let ledger = ledger::read(client).await?;
    let state = catalog(client, &all_schemas(schemas, &ledger)).await?;
    Ok(State { ledger, ..state })
}

/// All but the ledger.
async fn catalog(client: &Client, schemas: &BTreeSet<Ident>) -> Result<State, ReadError> {
    // What sessions are doing is kept for the whole of a transaction once it was asked for.
    let anew = client.batch_execute("SELECT pg_stat_clear_snapshot()");
    let objects = catalog::read(client, schemas);
    let read = try_join4(anew, objects, catalog::announce(client, schemas), catalog::builds(client));
    let ((), live, announced, builds) = read.await.map_err(ReadError::Catalog)?;
    Ok(State { live, announced, builds, ..State::default() })
}

fn all_schemas(schemas: &BTreeSet<Ident>, ledger: &Ledger) -> BTreeSet<Ident> {
    let stored = ledger.readings.values().flat_map(|stored| stored.reading.objects.keys());
    schemas.iter().cloned().chain(stored.map(|id| id.schema.clone())).collect()
}
