//! What became of a transaction, asked of the server itself.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::connect::Database;
use crate::support::errors::chain;

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum XactStatus {
    Committed,
    Aborted,
}

/// Asks the server (manual, `pg_xact_status`). `None` while the transaction is still in progress.
pub(crate) async fn xact_status(
    client: &Client,
    xid: &str,
) -> Result<Option<XactStatus>, tokio_postgres::Error> {
    let sql = "SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8)";
    let rows = client.query_typed(sql, &[(&xid, Type::TEXT)]).await?;
    let status: Option<String> = rows.first().map_or(Ok(None), |row| row.try_get(0))?;
    Ok(match status.as_deref() {
        Some("committed") => Some(XactStatus::Committed),
        Some("aborted") => Some(XactStatus::Aborted),
        _ => None,
    })
}

/// Whether a transaction has ended, however it did.
pub(crate) async fn is_over(client: &Client, xid: &str) -> Result<bool, tokio_postgres::Error> {
    Ok(xact_status(client, xid).await?.is_some())
}

/// Asks over new connections, patiently, how a transaction ended. A transaction whose COMMIT seems never to
/// have come to the server, or that cannot come to its end, is ended after a while, so that it holds
/// nothing any more and its fate is certain. `None` when nobody can say.
pub(crate) async fn xact_status_of(database: &Database, xid: &str) -> Option<XactStatus> {
    const ANSWER: Duration = Duration::from_secs(10);
    const PATIENT: u32 = 10;
    for attempt in 0..20 {
        tokio::time::sleep(Duration::from_millis(100) * attempt).await;
        let Ok((client, _)) = database.connect().await else { continue };
        match tokio::time::timeout(ANSWER, xact_status(&client, xid)).await {
            Ok(Ok(Some(xact_status))) => return Some(xact_status),
            Ok(Ok(None)) if attempt >= PATIENT => {
                if let Ok(Err(error)) = tokio::time::timeout(ANSWER, end(&client, xid)).await {
                    tracing::warn!("the heal's session could not be ended: {}", chain(&error));
                }
            }
            _ => {}
        }
    }
    None
}

/// Ends the session whose transaction it is.
async fn end(client: &Client, xid: &str) -> Result<(), tokio_postgres::Error> {
    client.query_typed(include_str!("sql/end_session.sql"), &[(&xid, Type::TEXT)]).await.map(|_| ())
}
