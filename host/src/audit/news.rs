//! What came into the log after some row, for those who tell others of it.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::AuditError;
use super::event::{AuditEvent, Started};
use super::find::event_of;

/// The end of a heal, or an action.
#[derive(Debug)]
pub struct AuditNews {
    /// The row's number.
    pub seq: i64,
    /// The number of the row with which the entry begins.
    pub entry: i64,
    pub event: AuditEvent,
    /// How the heal began, if it is one.
    pub started: Option<Started>,
}

/// The last row's number; 0 of an empty log.
pub async fn last_row(client: &Client) -> Result<i64, AuditError> {
    let rows = client.query_typed(include_str!("sql/last_link.sql"), &[]).await.map_err(AuditError::Read)?;
    rows.first().map_or(Ok(0), |row| row.try_get("seq")).map_err(AuditError::Read)
}

/// The heals that ended after this row, and the actions, oldest first: of the last day, and so many at most.
pub async fn ended_after(client: &Client, seq: i64, limit: i64) -> Result<Vec<AuditNews>, AuditError> {
    let sql = include_str!("sql/ended_after.sql");
    let rows = client.query_typed(sql, &[(&seq, Type::INT8), (&limit, Type::INT8)]).await;
    let mut news = Vec::new();
    for row in rows.map_err(AuditError::Read)? {
        let seq = row.try_get("seq").map_err(AuditError::Read)?;
        let entry = row.try_get("entry").map_err(AuditError::Read)?;
        // What another version wrote otherwise is told as far as it can be read, and passed over else.
        let event = match event_of(&row) {
            Err(AuditError::Damaged { .. }) => continue,
            event => event?,
        };
        let started: Option<&str> = row.try_get("started").map_err(AuditError::Read)?;
        let started = started.and_then(|body| serde_json::from_str(body).ok());
        news.push(AuditNews { seq, entry, event, started });
    }
    Ok(news)
}
