//! What became of a transaction, asked of the server itself.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::postgres::connect::Database;

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Aborted,
}

/// Asks the server (manual, `pg_xact_status`). `None` while the transaction is still in progress.
pub(super) async fn fate(client: &Client, xid: &str) -> Result<Option<Fate>, tokio_postgres::Error> {
    let sql = "SELECT pg_xact_status($1::text::xid8)";
    let rows = client.query_typed(sql, &[(&xid, Type::TEXT)]).await?;
    let status = rows.first().and_then(|row| row.get::<_, Option<String>>(0));
    Ok(match status.as_deref() {
        Some("committed") => Some(Fate::Committed),
        Some("aborted") => Some(Fate::Aborted),
        _ => None,
    })
}

/// The same over new connections, patiently. `None` when nobody can say.
pub(super) async fn fate_of(database: &Database, xid: &str) -> Option<Fate> {
    const ANSWER: Duration = Duration::from_secs(10);
    for attempt in 0..20 {
        tokio::time::sleep(Duration::from_millis(100 * attempt)).await;
        let Ok((client, _)) = database.connect().await else { continue };
        if let Ok(Ok(Some(fate))) = tokio::time::timeout(ANSWER, fate(&client, xid)).await {
            return Some(fate);
        }
    }
    None
}
