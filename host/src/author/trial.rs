//! Running what is to be written, statement by statement.

use tenon_migrations_core::statements::without_if_exists;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::text::WrittenStatement;
use crate::database::migration_session::Reset;
use crate::scratch::made_by::MadeByError;

/// A statement that could not be run.
#[derive(Debug, thiserror::Error)]
#[error("this statement fails: {sql}")]
pub struct StatementFailed {
    sql: String,
    source: Error,
}

/// What became of a statement.
enum Tried {
    Done,
    /// What it would remove has gone with something else.
    Nothing,
    Failed(Error),
}

/// Why not all statements ran.
pub(super) enum TrialError {
    Statement(StatementFailed),
    Session(MadeByError),
}

/// Runs the statements in the session of a migration. One that fails is tried again behind the others, as
/// long as that helps: a body is checked when its function is made. Gives those that did something, as they
/// ran.
pub(super) async fn run(
    client: &Client,
    statements: Vec<WrittenStatement>,
) -> Result<Vec<WrittenStatement>, TrialError> {
    let session = |error| TrialError::Session(MadeByError::Session(error));
    Reset::with(&[]).run(client).await.map_err(session)?;
    let (mut ran, mut left) = (Vec::new(), statements);
    loop {
        let (before, mut failed) = (left.len(), Vec::new());
        for mut statement in left {
            let gap = statement.gap.clone();
            match tried(client, &mut statement.sql, gap.as_deref()).await.map_err(session)? {
                Tried::Done => ran.push(statement),
                Tried::Nothing => {}
                Tried::Failed(error) => failed.push((statement, error)),
            }
        }
        if failed.len() == before {
            let Some((WrittenStatement { sql, .. }, source)) = failed.into_iter().next() else {
                return Ok(ran);
            };
            return Err(TrialError::Statement(StatementFailed { sql, source }));
        }
        left = failed.into_iter().map(|(statement, _)| statement).collect();
    }
}

/// Runs a statement. Where it does without what it is about, it is made to want it. Where there is a gap
/// in it, which keeps the rows from it that an earlier migration has put there, it runs without them: of a
/// scratch database nothing but the tables count.
async fn tried(client: &Client, sql: &mut String, gap: Option<&str>) -> Result<Tried, Error> {
    let first = tried_once(client, sql).await?;
    match (&first, gap) {
        (Tried::Failed(error), Some(table)) if is_for_the_rows(error) => {
            client.batch_execute(&format!("TRUNCATE {table} CASCADE")).await?;
            tried_once(client, sql).await
        }
        _ => Ok(first),
    }
}

/// Whether a SQLSTATE blames rows: data that cannot be converted, or that breaks a constraint.
pub(super) fn is_of_rows(sqlstate: &str) -> bool {
    sqlstate.starts_with("22") || sqlstate.starts_with("23")
}

/// Whether rows are to blame: data that cannot be converted (class 22), or that breaks a constraint (class
/// 23).
fn is_for_the_rows(error: &Error) -> bool {
    error.code().is_some_and(|code| is_of_rows(code.code()))
}

async fn tried_once(client: &Client, sql: &mut String) -> Result<Tried, Error> {
    client.batch_execute("SAVEPOINT tenon_written").await?;
    let surely = without_if_exists(sql);
    let ran = client.execute_typed(surely.as_ref().unwrap_or(sql), &[]).await;
    let Err(error) = ran else {
        client.batch_execute("RELEASE SAVEPOINT tenon_written").await?;
        *sql = surely.unwrap_or_else(|| std::mem::take(sql));
        return Ok(Tried::Done);
    };
    client.batch_execute("ROLLBACK TO SAVEPOINT tenon_written; RELEASE SAVEPOINT tenon_written").await?;
    let is_gone = surely.is_some() && error.code().is_some_and(|code| GONE.contains(code));
    Ok(if is_gone { Tried::Nothing } else { Tried::Failed(error) })
}

/// What the server says of what is not there.
const GONE: [SqlState; 5] = [
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_COLUMN,
    SqlState::UNDEFINED_OBJECT,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::INVALID_SCHEMA_NAME,
];
