//! The change token: a short text that stays the same as long as nothing has changed that a check reads.
//!
//! It answers an unchanged catalog without reading it, and it shows a torn reading: PostgreSQL's deparse
//! functions read the latest catalog and not the snapshot, so a reading counts only if the token before it
//! and the token after it are one.

use std::collections::BTreeSet;

use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// What the token is of: the catalog rows behind these schemas, and the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    catalog: String,
    ledger: String,
}

/// Reads the token, in the caller's transaction, which has to be `READ COMMITTED`: each statement sees what
/// is committed by then.
pub(super) async fn read(client: &Client, schemas: &BTreeSet<Ident>) -> Result<Token, Error> {
    Ok(Token { catalog: catalog(client, schemas).await?, ledger: ledger(client).await? })
}

/// The part of the token that is of these schemas' catalog rows alone.
pub(super) async fn catalog(client: &Client, schemas: &BTreeSet<Ident>) -> Result<String, Error> {
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let rows = client.query_typed(include_str!("sql/catalog.sql"), &[(&names, Type::NAME_ARRAY)]).await?;
    rows.first().map_or(Ok(String::new()), |row| row.try_get(0))
}

/// Before the first heal there is no ledger to ask.
async fn ledger(client: &Client) -> Result<String, Error> {
    let there =
        "SELECT to_regclass('tenon.migration') IS NOT NULL AND to_regclass('tenon.reading') IS NOT NULL";
    let there = client.query_typed(there, &[]).await?;
    if !there.first().is_some_and(|row| row.get(0)) {
        return Ok("none".to_owned());
    }
    let rows = client.query_typed(include_str!("sql/ledger.sql"), &[]).await?;
    rows.first().map_or(Ok(String::new()), |row| row.try_get(0))
}
