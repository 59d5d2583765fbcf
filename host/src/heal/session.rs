//! The heal's connection: its transaction, its timeouts, and its lock.

use std::time::{Duration, Instant};

use tenon_schema::Ident;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::holder::{HEAL_LOCK, Holder, holder};
use super::session_label::SessionLabel;
use crate::config::HealConfig;
use crate::database::migration_session::{BEGIN, Reset};
use crate::database::search_path::OWN;
use crate::database::session_name;

/// The server's process that this session is, if it says so.
pub(super) async fn process(client: &Client) -> Option<i32> {
    client.query_typed("SELECT pg_catalog.pg_backend_pid()", &[]).await.ok()?.first()?.try_get(0).ok()
}

/// Begins the heal's transaction and gives its id.
///
/// Whatever should come to stand outside of it cannot write: what the session does after its end, until
/// [`RELEASE`], is read-only.
pub(super) async fn begin(
    client: &Client,
    start: &Reset,
    label: &SessionLabel,
) -> Result<String, tokio_postgres::Error> {
    // A server that can tells by itself when the host is gone, also while a statement runs or waits. It is
    // no part of the transaction, since servers that cannot refuse it.
    let _ = client.batch_execute("SET client_connection_check_interval = '5s'").await;
    client.batch_execute(BEGIN).await?;
    set_label(client, label).await?;
    client.batch_execute(READ_ONLY_GUARD).await?;
    let xid = start.run(client).await?.xid;
    client.batch_execute(OWN).await?;
    Ok(xid)
}

/// The statement that has the session write only in transactions begun for it. Not LOCAL: a transaction that
/// is rolled back takes it back, and one that a migration commits does not.
const READ_ONLY_GUARD: &str = "SET default_transaction_read_only = on";

/// The statement that undoes the guard; sent once more after a rollback, for the case that there was nothing
/// to roll back.
pub(super) const RELEASE: &str = "RESET default_transaction_read_only";

/// The state from which migrations and repairs of a heal start.
pub(super) fn start(config: &HealConfig) -> Reset {
    Reset::with(&[
        ("statement_timeout", &config.statement_timeout.setting()),
        ("lock_timeout", &config.lock_timeout.setting()),
        ("idle_in_transaction_session_timeout", "0"),
    ])
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
        let sql = "SELECT pg_catalog.pg_try_advisory_xact_lock($1, $2)";
        let rows = client.query_typed(sql, &[(&keys[0], Type::INT4), (&keys[1], Type::INT4)]).await?;
        if rows.first().map_or(Ok(false), |row| row.try_get(0))? {
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

/// Takes every right from a role to write in the host's own schema. What it has as a member of another role,
/// or as a superuser, cannot be taken.
pub(super) async fn keep_from_writing(client: &Client, role: &Ident) -> Result<(), tokio_postgres::Error> {
    let role = role.quoted();
    let sql = format!(
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA tenon FROM {role}; \
         REVOKE CREATE ON SCHEMA tenon FROM {role}"
    );
    client.batch_execute(&sql).await
}

/// Lets a role read the host's own schema, which is all that a check needs.
pub(super) async fn let_read(client: &Client, role: &Ident) -> Result<(), tokio_postgres::Error> {
    let role = role.quoted();
    let sql = format!(
        "GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}"
    );
    client.batch_execute(&sql).await
}

/// Tells everybody who looks at `pg_stat_activity` who heals and how far, until the transaction ends.
pub(super) async fn set_label(client: &Client, label: &SessionLabel) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT pg_catalog.set_config('application_name', $1, true)";
    let name = session_name(&label.to_string());
    client.query_typed(sql, &[(&name, Type::TEXT)]).await.map(|_| ())
}
