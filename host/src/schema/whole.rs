//! Reading a whole database, whoever its objects belong to.

use std::collections::BTreeSet;

use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::snapshot::{CatalogSnapshot, SnapshotSource};
use tenon_schema::Ident;
use tokio_postgres::{Client, Error};

use super::catalog;
use super::token::RelationVersions;
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::role_identity;
use crate::schema::snapshot_file::{SnapshotFile, SnapshotScope, is_of_schema, of_schema};

/// How often a reading that was torn by concurrent DDL is begun anew.
const ATTEMPTS: usize = 4;

/// Why a database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the catalog could not be read")]
    Read(#[from] Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("the catalog was changing: {ATTEMPTS} readings in a row were torn by concurrent DDL")]
    Torn,
}

/// Reads all schemas but the system's, or one alone.
///
/// Writes nothing: the transaction is `READ ONLY`. As in a check, a reading counts only if the relation
/// versions before and after it are one.
pub async fn read(
    client: &Client,
    bounds: Bounds,
    only: Option<&Ident>,
) -> Result<SnapshotFile, SchemaError> {
    let (server_major, snapshot, unprinted) = bounds.read(client, untorn(client, only)).await?;
    let printer = SnapshotSource { server_major, queries: catalog::queries() };
    Ok(match only {
        Some(schema) => {
            let unprinted = unprinted.into_iter().filter(|one| is_of_schema(&one.id, schema)).collect();
            let scope = SnapshotScope::Schema(schema.clone());
            SnapshotFile { unprinted, ..SnapshotFile::new(printer, scope, of_schema(&snapshot, schema)) }
        }
        None => SnapshotFile { unprinted, ..SnapshotFile::new(printer, SnapshotScope::Database, snapshot) },
    })
}

/// All that stands there, inside the caller's transaction, whose search path has to be our own.
pub(crate) async fn within(client: &Client) -> Result<CatalogSnapshot, Error> {
    catalog::read(client.into(), &schemas(client, None).await?).await
}

/// The server's major version, all that stands there, and what of it cannot be printed.
async fn untorn(
    client: &Client,
    only: Option<&Ident>,
) -> Result<(i32, CatalogSnapshot, Vec<Unreadable>), SchemaError> {
    for _ in 0..ATTEMPTS {
        let before = RelationVersions::read(client).await?;
        let schemas = schemas(client, only).await?;
        let major = role_identity::server_major(client).await?;
        let (snapshot, unprinted) = catalog::read_surely(client, &schemas).await?;
        if RelationVersions::read(client).await? == before {
            return Ok((major, snapshot, unprinted));
        }
    }
    Err(SchemaError::Torn)
}

async fn schemas(client: &Client, only: Option<&Ident>) -> Result<BTreeSet<Ident>, Error> {
    if let Some(schema) = only {
        return Ok(BTreeSet::from([schema.clone()]));
    }
    let rows = client.query_typed(include_str!("sql/schemas.sql"), &[]).await?;
    rows.iter().map(|row| Ok(Ident::new(row.try_get::<_, &str>(0)?))).collect()
}
