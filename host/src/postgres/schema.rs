//! Reading a whole database, whoever its objects belong to.

use std::collections::BTreeSet;

use tenon_migrations_core::reading::Printer;
use tenon_schema::Ident;
use tokio_postgres::{Client, Error};

use super::catalog;
use crate::printed::{Printed, Scope, of_schema};

/// Reads all schemas but the system's, or one alone.
///
/// Writes nothing: the transaction is `READ ONLY`.
pub async fn read(client: &Client, only: Option<&Ident>) -> Result<Printed, Error> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog";
    client.batch_execute(begin).await?;
    let server_major = client.query_one(include_str!("sql/server_major.sql"), &[]).await?.try_get(0)?;
    let printer = Printer { server_major, queries: catalog::queries() };
    let printed = match only {
        Some(schema) => {
            let reading = catalog::read(client, &BTreeSet::from([schema.clone()])).await?;
            Printed::new(printer, Scope::Schema(schema.clone()), of_schema(&reading, schema))
        }
        None => {
            let rows = client.query(include_str!("sql/schemas.sql"), &[]).await?;
            let names = rows.iter().map(|row| Ok(Ident::new(row.try_get::<_, &str>(0)?)));
            let reading = catalog::read(client, &names.collect::<Result<_, Error>>()?).await?;
            Printed::new(printer, Scope::Database, reading)
        }
    };
    client.batch_execute("COMMIT").await?;
    Ok(printed)
}
