//! The word that a heal shall stop, as the log tells it to the process that heals: another host's, or a
//! command's.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::action::{Action, Performed};
use super::{AuditError, exists};

/// The id under which the word stands: one for each heal, so that who asked first is recorded, and found at
/// once.
pub fn stop_word_id(heal: Uuid) -> Uuid {
    let hash = Sha256::digest([b"stop heal\0".as_slice(), heal.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The one who has asked this heal to stop, if somebody has.
pub async fn asked_to_stop(client: &Client, heal: Uuid) -> Result<Option<String>, AuditError> {
    if !exists(client).await? {
        return Ok(None);
    }
    let sql = include_str!("sql/stop_word.sql");
    let rows =
        client.query_typed(sql, &[(&stop_word_id(heal), Type::UUID)]).await.map_err(AuditError::Read)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let body: &str = row.try_get("body").map_err(AuditError::Read)?;
    // One that cannot be read stops nothing.
    match serde_json::from_str(body) {
        Ok(Performed { by, action: Action::StopHeal { stopped }, .. }) if stopped == heal => {
            Ok(Some(by.admin))
        }
        _ => Ok(None),
    }
}
