//! The heal's connection: its transaction, its timeouts, and what is put right before each migration.

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::config::{HealConfig, LockTimeout, StatementTimeout};

/// One heal at a time on a database: "tenon" and "heal" as bytes.
const HEAL_LOCK: (i32, i32) = (0x7465_6e6f, 0x6865_616c);

/// The session settings that a migration starts from, whatever the one before it did, and whatever the
/// role's or the database's settings are.
pub(super) const RESET: &str = "SET LOCAL ROLE NONE; SET LOCAL search_path = public; SET LOCAL TimeZone = 'UTC'; \
     SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL row_security = on; \
     SET LOCAL standard_conforming_strings = on; SET LOCAL check_function_bodies = on; \
     SET LOCAL default_tablespace = ''; SET LOCAL xmloption = content";

/// Begins the heal's transaction and gives its id.
pub(super) async fn begin(
    client: &Client,
    config: &HealConfig,
    who: &str,
) -> Result<String, tokio_postgres::Error> {
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    name(client, who).await?;
    client.batch_execute(&timeouts(config.statement_timeout, config.lock_timeout)).await?;
    transaction_id(client).await
}

/// The id of the transaction that the connection is in.
pub(super) async fn transaction_id(client: &Client) -> Result<String, tokio_postgres::Error> {
    let rows = client.query_typed("SELECT pg_current_xact_id()::text", &[]).await?;
    rows.first().map_or(Ok(String::new()), |row| row.try_get(0))
}

/// What stands between two migrations: deferred checks are made, and the session is as at the start.
pub(super) async fn reset(client: &Client, config: &HealConfig) -> Result<(), tokio_postgres::Error> {
    let timeouts = timeouts(config.statement_timeout, config.lock_timeout);
    client.batch_execute(&format!("{RESET}; {timeouts}")).await
}

/// Makes the checks that a migration deferred, so that they cannot fall upon the next one.
pub(super) async fn check_deferred(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await
}

fn timeouts(statement: StatementTimeout, lock: LockTimeout) -> String {
    format!(
        "SET LOCAL statement_timeout = '{}'; SET LOCAL lock_timeout = '{}'; \
         SET LOCAL idle_in_transaction_session_timeout = 0",
        statement.setting(),
        lock.setting()
    )
}

/// Waits for the one lock that a heal holds until its transaction ends. Polled, so that it neither queues
/// behind others for ever nor is left behind on an error. Gives the holder's words when time is up.
pub(super) async fn lock(
    client: &Client,
    wait: Duration,
) -> Result<Result<(), String>, tokio_postgres::Error> {
    let began = Instant::now();
    let keys = [HEAL_LOCK.0, HEAL_LOCK.1];
    loop {
        let sql = "SELECT pg_try_advisory_xact_lock($1, $2)";
        let rows = client.query_typed(sql, &[(&keys[0], Type::INT4), (&keys[1], Type::INT4)]).await?;
        if rows.first().is_some_and(|row| row.get(0)) {
            return Ok(Ok(()));
        }
        if began.elapsed() >= wait {
            return holder(client).await.map(Err);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn holder(client: &Client) -> Result<String, tokio_postgres::Error> {
    let unknown = "another heal, which has just ended or may not be seen by this role";
    Ok(running(client).await?.unwrap_or_else(|| unknown.to_owned()))
}

/// The heal that holds the lock now, in its own words.
pub(super) async fn running(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let keys = [(&HEAL_LOCK.0 as _, Type::INT4), (&HEAL_LOCK.1 as _, Type::INT4)];
    let rows = client.query_typed(include_str!("sql/holder.sql"), &keys).await?;
    rows.first().map(|row| row.try_get("holder")).transpose()
}

/// Tells everybody who looks at `pg_stat_activity` who heals, for as long as the transaction lasts.
async fn name(client: &Client, who: &str) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT set_config('application_name', $1, true)";
    client.query_typed(sql, &[(&who, Type::TEXT)]).await.map(|_| ())
}
