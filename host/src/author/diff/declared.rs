//! What descriptors amount to that are ahead of the plugin's migrations.
//!
//! Types, functions and tables that descriptors refer to have to be there when they are elaborated, their own
//! too. No migration makes them yet. So they are made of the descriptors themselves, and taken back.

use std::collections::BTreeSet;

use tenon_migrations_core::claims;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::database::migration_session::Unobserved;
use crate::database::search_path::SEARCH_PATH;
use crate::plugin::registry::{Registered, Registry};
use crate::schema::elaborate::elaborate;
use crate::scratch::made_by::MadeByError;
use crate::scratch::replay::{self, Bodies};
use crate::support::errors::chain;

/// What the plugin's descriptors amount to, after the migrations of those that it requires; `None` where they
/// cannot be made, as where they refer to what migrations make and nobody declares. Leaves nothing.
pub(super) async fn declared(
    client: &Client,
    registry: &Registry,
    plugin: &Registered,
    needed: &BTreeSet<PluginId>,
) -> Result<Option<CatalogSnapshot>, MadeByError> {
    let mut runner = replay::begin(client, Bodies::Checked, Unobserved).await?;
    replay::make_open(client).await.map_err(MadeByError::Session)?;
    let others = registry.migrations.iter().filter(|one| one.id.plugin != plugin.info.id);
    for migration in others.filter(|one| needed.contains(&one.id.plugin)) {
        runner.run(migration).await?;
    }
    let declared = match made(client, plugin).await {
        Ok(()) => elaborate(client, &plugin.descriptors).await.map_err(|error| chain(&error)),
        Err(error) => Err(chain(&error)),
    };
    client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
    if let Err(why) = &declared {
        tracing::debug!("the descriptors of {} cannot be made by themselves: {why}", plugin.info.id);
    }
    Ok(declared.ok())
}

/// Makes all that the plugin declares, under its own names.
async fn made(client: &Client, plugin: &Registered) -> Result<(), Error> {
    for sql in missing_schemas(client, plugin).await? {
        client.batch_execute(&sql).await?;
    }
    client.batch_execute(SEARCH_PATH).await?;
    client.batch_execute("SET LOCAL check_function_bodies = off").await?;
    for statement in create(&plugin.descriptors, &Placement::as_declared(), ForeignKeys::Include) {
        client.batch_execute(&statement.sql).await?;
    }
    // Those of the extensions among it.
    client.batch_execute(SEARCH_PATH).await
}

/// The statements that make the schemas which the plugin's objects stand in, as far as they are not there.
pub(super) async fn missing_schemas(client: &Client, plugin: &Registered) -> Result<Vec<String>, Error> {
    let schemas = claims::schemas(&plugin.claims);
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let sql = include_str!("sql/missing_schemas.sql");
    let rows = client.query_typed(sql, &[(&names, Type::TEXT_ARRAY)]).await?;
    let sql = |name: &str| format!("CREATE SCHEMA {}", Ident::new(name).quoted());
    rows.iter().map(|row| row.try_get(0).map(sql)).collect()
}
