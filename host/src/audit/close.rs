//! Closing the entries of heals whose process died before it could say how they ended.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::event::{AuditEvent, ENDS, EventKind, Started};
use super::failure::HealFailure;
use super::stage::Stage;
use super::{AuditError, Spool, append, exists, waiting};
use crate::database::bounds::Bounds;
use crate::database::xact_status;

/// How the session is named that writes the log of a heal, before the heal's id: while it is there, so is
/// the heal's process, and will say itself how the heal ended.
const KEEPER: &str = "tenon journal ";

/// A session whose process was killed is gone after this many looks.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The name of the session that writes the log of this heal.
pub fn keeper(heal: Uuid) -> String {
    format!("{KEEPER}{heal}")
}

/// Closes the entries of heals whose process died: their success would be in the log had they committed,
/// so once their transaction is over they failed. Takes up what waits in the spool. Returns how many were
/// closed.
pub async fn close_open(client: &Client, bounds: Bounds, spool: &Spool) -> Result<usize, AuditError> {
    if !bounds.answered(exists(client)).await? {
        return close_spooled(client, spool).await;
    }
    let mut closed = 0;
    for look in 1..=LOOKS {
        let seen = bounds.within(client, close_once(client, spool)).await?;
        spool.forget(&seen.taken).await?;
        closed += seen.closed;
        if !seen.dying || look == LOOKS {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(closed)
}

struct ClosingPass {
    /// What of the spool was taken up.
    taken: Vec<AuditEvent>,
    closed: usize,
    /// Whether of one's two sessions, that which heals and that which writes its log, one is gone: so will be
    /// the other.
    dying: bool,
}

/// Takes a look, and closes what died, in the caller's transaction.
async fn close_once(client: &Client, spool: &Spool) -> Result<ClosingPass, AuditError> {
    let taken = waiting(client, spool).await?;
    append(client, &taken).await?;
    let open = client
        .query_typed(include_str!("sql/open.sql"), &[(&KEEPER, Type::TEXT), (&&ENDS[..], Type::TEXT_ARRAY)])
        .await
        .map_err(AuditError::Read)?;
    let (mut closed, mut dying) = (Vec::new(), false);
    for row in &open {
        let read = AuditError::Read;
        let (over, alive): (bool, bool) =
            (row.try_get("over").map_err(read)?, row.try_get("alive").map_err(read)?);
        dying |= over == alive;
        if over && !alive {
            closed.push(died(row.try_get("heal").map_err(read)?, row.try_get("attempt").map_err(read)?));
        }
    }
    append(client, &closed).await?;
    Ok(ClosingPass { taken, closed: closed.len(), dying })
}

/// Closes the entries that wait in the spool, before the very first heal has made the table.
async fn close_spooled(client: &Client, spool: &Spool) -> Result<usize, AuditError> {
    let events = spool.read().await?;
    let mut closed = 0;
    for started in events.iter().filter(|event| matches!(event.what, EventKind::Started(_))) {
        let of_it = || events.iter().filter(|event| event.heal == started.heal);
        if of_it().any(|event| event.what.is_end()) {
            continue;
        }
        let Some(last) = of_it().next_back() else { continue };
        let long_ago = Timestamp::now().duration_since(last.at) > SignedDuration::from_mins(1);
        let over = match (&last.what, &started.what) {
            (EventKind::Transaction { xid }, _) => xact_status::is_over(client, xid).await,
            (_, EventKind::Started(Started { session: Some(session), .. })) if !long_ago => {
                is_gone(client, *session).await
            }
            _ => Ok(long_ago),
        };
        let over = over.map_err(AuditError::Read)?;
        if over {
            spool.append(&died(started.heal, last.attempt)).await?;
            closed += 1;
        }
    }
    Ok(closed)
}

/// Whether the server has no such process.
async fn is_gone(client: &Client, session: i32) -> Result<bool, tokio_postgres::Error> {
    let sql = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)";
    let rows = client.query_typed(sql, &[(&session, Type::INT4)]).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0))
}

fn died(heal: Uuid, attempt: i32) -> AuditEvent {
    let message =
        "the process that ran this heal ended before it could say how; its transaction was rolled back";
    let failure =
        HealFailure { stage: Stage::Unknown, message: message.to_owned(), ..HealFailure::default() };
    AuditEvent {
        heal,
        attempt,
        at: Timestamp::now(),
        what: EventKind::Failed { failure, turned_away: false },
    }
}
