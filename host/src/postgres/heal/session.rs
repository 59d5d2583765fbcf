//! The heal's connection: its transaction, its timeouts, and what is put right before each migration.

use std::time::{Duration, Instant};

use tenon_schema::Ident;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::holder::{Holder, holder};
use super::sign::Sign;
use crate::config::{HealConfig, LockTimeout, StatementTimeout};
use crate::postgres::session_name;

/// One heal at a time on a database: "tenon" and "heal" as bytes.
pub(super) const HEAL_LOCK: (i32, i32) = (0x7465_6e6f, 0x6865_616c);

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
    sign: &Sign,
) -> Result<String, tokio_postgres::Error> {
    // A server that can tells by itself when the host is gone, also while a statement runs or waits. It is
    // no part of the transaction, since servers that cannot refuse it.
    let _ = client.batch_execute("SET client_connection_check_interval = '5s'").await;
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    name(client, sign).await?;
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
/// behind others for ever nor is left behind on an error. Tells who holds it, each second; gives who does
/// when time is up.
pub(super) async fn lock(
    client: &Client,
    wait: Duration,
    tell: impl Fn(Holder),
) -> Result<Result<(), Holder>, tokio_postgres::Error> {
    let began = Instant::now();
    let mut told = None;
    let keys = [HEAL_LOCK.0, HEAL_LOCK.1];
    loop {
        let sql = "SELECT pg_try_advisory_xact_lock($1, $2)";
        let rows = client.query_typed(sql, &[(&keys[0], Type::INT4), (&keys[1], Type::INT4)]).await?;
        if rows.first().is_some_and(|row| row.get(0)) {
            return Ok(Ok(()));
        }
        if began.elapsed() >= wait {
            return Ok(Err(holder(client).await?.unwrap_or_default()));
        }
        if told.is_none_or(|told: Instant| told.elapsed() >= Duration::from_secs(1)) {
            told = Some(Instant::now());
            holder(client).await?.into_iter().for_each(&tell);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Takes every right from a role to write in the host's own schema. What it has as a member of another role, or
/// as a superuser, cannot be taken.
pub(super) async fn keep_from_writing(client: &Client, role: &Ident) -> Result<(), tokio_postgres::Error> {
    let role = role.quoted();
    let sql = format!(
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA tenon FROM {role}; \
         REVOKE CREATE ON SCHEMA tenon FROM {role}"
    );
    client.batch_execute(&sql).await
}

/// Tells everybody who looks at `pg_stat_activity` who heals and how far, until the transaction ends.
pub(super) async fn name(client: &Client, sign: &Sign) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT set_config('application_name', $1, true)";
    let name = session_name(&sign.to_string());
    client.query_typed(sql, &[(&name, Type::TEXT)]).await.map(|_| ())
}
