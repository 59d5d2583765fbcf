//! The first migration of what is there already, written from its descriptors.

use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tokio_postgres::Client;

use super::chosen::Chosen;
use super::error::ImportError;
use super::role;
use crate::author::text::{self, WrittenStatement};
use crate::author::trial::{self, TrialError};
use crate::database::migration_session::BEGIN;
use crate::database::search_path::OWN;
use crate::schema::whole;
use crate::scratch::made_by::MadeByError;

/// Bodies may name each other: then none is looked into while they are made.
const UNCHECKED: &str = "SET LOCAL check_function_bodies = false";

/// The migration, and what it makes.
pub(super) struct FirstMigration {
    pub(super) sql: String,
    pub(super) makes: CatalogSnapshot,
}

/// Writes the statements that make all of it, in an order in which they run, tried in an empty database.
pub(super) async fn written(
    client: &Client,
    chosen: &Chosen,
    title: &str,
) -> Result<FirstMigration, ImportError> {
    let statements = |unchecked: bool| {
        let settings = unchecked.then(|| UNCHECKED.to_owned());
        let schemas = chosen.schemas.iter().map(|schema| format!("CREATE SCHEMA {}", schema.quoted()));
        let made = create(&chosen.descriptors, &Placement::as_declared(), ForeignKeys::Include);
        let all = settings.into_iter().chain(schemas).chain(made.into_iter().map(|made| made.sql));
        all.map(|sql| WrittenStatement { sql, ..Default::default() }).collect::<Vec<_>>()
    };
    let mut ran = attempt(client, chosen, statements(false)).await?;
    if ran.is_err() {
        client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
        ran = attempt(client, chosen, statements(true)).await?;
    }
    let mut ran = ran.map_err(ImportError::Statement)?;
    client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
    let makes = whole::within(client).await.map_err(MadeByError::Standing)?;
    text::clean(client, &mut ran).await.map_err(MadeByError::Session)?;
    Ok(FirstMigration { sql: text::file(title, &ran), makes })
}

async fn attempt(
    client: &Client,
    chosen: &Chosen,
    statements: Vec<WrittenStatement>,
) -> Result<Result<Vec<WrittenStatement>, trial::StatementFailed>, ImportError> {
    client.batch_execute(BEGIN).await.map_err(MadeByError::Session)?;
    let roles = role::of_descriptors(&chosen.descriptors);
    role::make_missing(client, &roles).await.map_err(ImportError::Roles)?;
    match trial::run(client, statements).await {
        Ok(ran) => Ok(Ok(ran)),
        Err(TrialError::Statement(failed)) => Ok(Err(failed)),
        Err(TrialError::Session(error)) => Err(error.into()),
    }
}
