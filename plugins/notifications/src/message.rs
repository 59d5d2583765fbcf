//! The table `notifications.message`.

use serde::Serialize;
use tenon_plugin_api::prelude::*;

/// What somebody is told.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(
    table = "notifications.message",
    check("sent_at IS NULL OR refused IS NULL"),
    index(name = "message_person_idx", keys(person, "id DESC")),
    index(name = "message_due_idx", keys(id), where = "sent_at IS NULL AND refused IS NULL")
)]
pub(crate) struct Message {
    #[column(primary_key, identity = "always")]
    pub(crate) id: i64,
    #[column(unique)]
    pub(crate) event: Uuid,
    pub(crate) person: String,
    pub(crate) text: String,
    #[column(default = "now()")]
    pub(crate) created_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) refused: Option<i16>,
}

/// How the messages stand.
#[derive(Debug, FromRow, Serialize)]
pub(crate) struct Standing {
    pub(crate) waiting: i64,
    pub(crate) refused: i64,
    pub(crate) sent: i64,
}

/// Writes a message down, unless the event has one already.
pub(crate) fn insert(db: &Connection<'_>, event: Uuid, person: &str, text: &str) -> Result<(), PluginError> {
    let sql = sql!(
        "INSERT INTO notifications.message (event, person, text) VALUES ($1, $2, $3) \
         ON CONFLICT (event) DO NOTHING",
        (Uuid, &str, &str)
    );
    db.run(&sql, (event, person, text)).map(drop)
}

/// The newest hundred of whoever calls.
pub(crate) fn of_caller(db: &Connection<'_>) -> Result<Vec<Message>, PluginError> {
    let sql = sql!(
        "SELECT {Message.*} FROM notifications.message WHERE person = (SELECT tenon.caller()) \
         ORDER BY id DESC LIMIT 100",
        () -> Message
    );
    db.fetch(&sql, ())
}

/// The oldest that are to be sent.
pub(crate) fn due(db: &Connection<'_>, limit: i64) -> Result<Vec<Message>, PluginError> {
    let sql = sql!(
        "SELECT {Message.*} FROM notifications.message WHERE sent_at IS NULL AND refused IS NULL \
         ORDER BY id LIMIT $1",
        (i64) -> Message
    );
    db.fetch(&sql, (limit,))
}

/// The newest hundred that the receiver has refused.
pub(crate) fn refused(db: &Connection<'_>) -> Result<Vec<Message>, PluginError> {
    let sql = sql!(
        "SELECT {Message.*} FROM notifications.message WHERE refused IS NOT NULL ORDER BY id DESC LIMIT 100",
        () -> Message
    );
    db.fetch(&sql, ())
}

pub(crate) fn standing(db: &Connection<'_>) -> Result<Standing, PluginError> {
    let sql = sql!(
        "SELECT count(*) FILTER (WHERE sent_at IS NULL AND refused IS NULL) AS waiting, \
         count(refused) AS refused, count(sent_at) AS sent FROM notifications.message",
        () -> Standing
    );
    db.fetch_one(&sql, ())
}

pub(crate) fn mark_sent(db: &Connection<'_>, id: i64) -> Result<(), PluginError> {
    db.run(&sql!("UPDATE notifications.message SET sent_at = now() WHERE id = $1", (i64)), (id,)).map(drop)
}

pub(crate) fn mark_refused(db: &Connection<'_>, id: i64, status: i16) -> Result<(), PluginError> {
    let sql = sql!("UPDATE notifications.message SET refused = $2 WHERE id = $1", (i64, i16));
    db.run(&sql, (id, status)).map(drop)
}

/// Has a refused message be sent once more. Says whether there is such a one.
pub(crate) fn send_again(db: &Connection<'_>, id: i64) -> Result<bool, PluginError> {
    let sql =
        sql!("UPDATE notifications.message SET refused = NULL WHERE id = $1 AND refused IS NOT NULL", (i64));
    Ok(db.run(&sql, (id,))? > 0)
}
