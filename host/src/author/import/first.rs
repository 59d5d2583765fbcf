//! The first migration of what is there already, written from its descriptors.

use std::collections::BTreeSet;

use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::chosen::Chosen;
use super::error::ImportError;
use super::role;
use crate::author::text::{self, WrittenStatement};
use crate::author::trial::{self, TrialError};
use crate::database::migration_session::BEGIN;
use crate::database::search_path::OWN;
use crate::heal::prove::names::Names;
use crate::schema::whole;
use crate::scratch::made_by::MadeByError;
use crate::scratch::replay::{self, Bodies};

/// Bodies may name each other: then none is looked into while they are made.
const UNCHECKED: &str = "SET LOCAL check_function_bodies = false";

/// The migration, and what it makes.
pub(super) struct FirstMigration {
    pub(super) sql: String,
    pub(super) makes: CatalogSnapshot,
    /// The names that bodies leave to be looked for, as far as they were seen.
    pub(super) path: Option<String>,
}

/// Writes the statements that make all of it, in an order in which they run, tried in an empty database.
/// Where a body names something without its schema, the file says where that is looked for.
pub(super) async fn written(
    client: &Client,
    chosen: &Chosen,
    id: &MigrationId,
    title: &str,
) -> Result<FirstMigration, ImportError> {
    let path = path(chosen);
    let mut failed = None;
    for (looks, unchecked) in [(false, false), (true, false), (true, true)] {
        let settings = looks.then(|| path.clone()).into_iter().chain(unchecked.then(|| UNCHECKED.to_owned()));
        let schemas = chosen.schemas.iter().map(|schema| format!("CREATE SCHEMA {}", schema.quoted()));
        let made = create(&chosen.descriptors, &Placement::as_declared(), ForeignKeys::Include);
        let all = settings.chain(schemas).chain(made.into_iter().map(|made| made.sql));
        let all = all.map(|sql| WrittenStatement { sql, ..Default::default() }).collect();
        let ran = attempt(client, chosen, all).await?;
        let Ok(mut ran) = ran.map_err(|error| failed = Some(error)) else {
            client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
            continue;
        };
        client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
        let makes = whole::within(client).await.map_err(MadeByError::Standing)?;
        text::clean(client, &mut ran).await.map_err(MadeByError::Session)?;
        client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
        let sql = text::file(title, &ran);
        if looks || !names_without_schema(client, chosen, id, &sql).await? {
            return Ok(FirstMigration { sql, makes, path: looks.then_some(path) });
        }
    }
    match failed {
        Some(failed) => Err(ImportError::Statement(failed)),
        None => Err(ImportError::Nothing("no migration could be written".to_owned())),
    }
}

/// Where the bodies of functions look for what they name without a schema: in `public`, and in the schemas
/// with tables.
fn path(chosen: &Chosen) -> String {
    let of_tables = chosen.descriptors.tables.iter().map(|table| table.name.schema.clone());
    let others: BTreeSet<Ident> = of_tables.filter(|schema| schema.as_str() != "public").collect();
    let all = std::iter::once(Ident::from("public")).chain(others);
    let all: Vec<_> = all.map(|schema| schema.quoted()).collect();
    format!("SET LOCAL search_path = {}, pg_temp", all.join(", "))
}

/// Whether the proof of a plugin would hold that against it.
async fn names_without_schema(
    client: &Client,
    chosen: &Chosen,
    id: &MigrationId,
    sql: &str,
) -> Result<bool, ImportError> {
    let migration = PluginMigration::new(id.clone(), sql, Vec::new());
    let names = Names::new(client, &id.plugin);
    let mut runner = replay::begin(client, Bodies::Checked, names).await.map_err(MadeByError::from)?;
    let roles = role::of_descriptors(&chosen.descriptors);
    role::make_missing(client, &roles).await.map_err(ImportError::Roles)?;
    let ran = runner.run(&migration).await;
    let found = ran.is_err() || !runner.observer.found.is_empty();
    client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
    Ok(found)
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
