//! The session in which migrations run, in a heal and in a scratch database alike: what it starts from, what
//! runs them, and what is put right after each.

mod checks;
mod error;
mod leftovers;
mod reset;
mod runner;

use std::sync::LazyLock;

use tokio_postgres::Client;

pub(crate) use self::error::MigrationError;
pub(crate) use self::reset::{PreparedReset, Reset};
pub(crate) use self::runner::{MigrationObserver, MigrationRunner, NoRequest, Turn, Unobserved, Where};
use super::search_path::set_search_path;
use super::settings::{ALL_ROWS, HEALING, ROLE};

/// Begins the transaction in which migrations run.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The session settings that a migration starts from, whatever the one before it did, and whatever the
/// server's, the database's or the role's settings are (see [`settings`](super::settings)).
///
/// Rows that row security would hide from a statement make it fail: a migration works on all rows or on none.
static SETTINGS: LazyLock<String> =
    LazyLock::new(|| format!("{ROLE}, {}, {ALL_ROWS}, {}", set_search_path!(), *HEALING));

/// The server's clock, in seconds of the Unix epoch.
pub(crate) async fn clock(client: &Client) -> Result<f64, tokio_postgres::Error> {
    let sql = "SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())";
    let rows = client.query_typed(sql, &[]).await?;
    rows.first().map_or(Ok(0.0), |row| row.try_get(0))
}
