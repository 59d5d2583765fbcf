//! Running one migration, statement by statement, inside the heal's transaction.

use std::time::Instant;

use tenon_migrations_core::migration::Migration;
use tenon_migrations_core::statements::{self, Position, Statement};
use tokio_postgres::Client;
use uuid::Uuid;

use super::request::{HealEvent, HealFailure};
use super::{EventSink, session};
use crate::config::HealConfig;
use crate::errors::{DbFailure, chain};
use crate::postgres::ledger;

/// What stays the same for all migrations of a heal.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a HealConfig,
    pub(super) heal: Uuid,
    /// The id of the heal's transaction.
    pub(super) xid: &'a str,
    pub(super) events: &'a EventSink,
}

impl Run<'_> {
    /// Runs one migration and writes it into the ledger. Gives the milliseconds it took.
    pub(super) async fn migrate(&self, migration: &Migration) -> Result<u64, HealFailure> {
        let began = Instant::now();
        let id = &migration.id;
        let whole = |error| failure(migration, None, &error);
        let statements = statements::parse(&migration.sql).map_err(|errors| HealFailure {
            stage: "migrate".to_owned(),
            file: Some(id.to_string()),
            message: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            ..HealFailure::default()
        })?;
        session::reset(self.client, self.config).await.map_err(whole)?;
        for (index, statement) in statements.iter().enumerate() {
            // The extended protocol takes exactly one statement a message, whatever the text says.
            let run = self.client.execute_typed(statement.text(), &[]).await;
            run.map_err(|error| failure(migration, Some((index, statement)), &error))?;
            (self.events)(&HealEvent::StatementDone {
                migration: id.clone(),
                statement: index + 1,
                statements: statements.len(),
            });
        }
        let took = began.elapsed().as_millis();
        let ledger_ms = i64::try_from(took).unwrap_or(i64::MAX);
        // Sent at once; the answers come back in this order, so the first error is the one that tells.
        let (_, xid, ()) = tokio::try_join!(
            session::check_deferred(self.client),
            session::transaction_id(self.client),
            ledger::record_migration(self.client, self.heal, migration, ledger_ms),
        )
        .map_err(whole)?;
        if xid != self.xid {
            return Err(left_the_transaction(migration));
        }
        Ok(u64::try_from(took).unwrap_or(u64::MAX))
    }
}

fn left_the_transaction(migration: &Migration) -> HealFailure {
    HealFailure {
        stage: "migrate".to_owned(),
        file: Some(migration.id.to_string()),
        message: "the migration ended the heal's transaction".to_owned(),
        detail: Some("what it did before that may have been committed".to_owned()),
        hint: Some(
            "see what is in the database, and take the transaction control out of the file".to_owned(),
        ),
        ..HealFailure::default()
    }
}

/// Where a migration failed, and all that PostgreSQL said.
fn failure(
    migration: &Migration,
    at: Option<(usize, &Statement<'_>)>,
    error: &tokio_postgres::Error,
) -> HealFailure {
    let said = DbFailure::find(error);
    let place = at.map(|(_, statement)| match said.as_ref().and_then(|said| said.position) {
        Some(position) => statement.locate(position),
        None => statement.position,
    });
    let base = HealFailure {
        stage: "migrate".to_owned(),
        file: Some(migration.id.to_string()),
        statement: at.map(|(index, _)| index + 1),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        excerpt: place.and_then(|place| excerpt(&migration.sql, place)),
        ..HealFailure::default()
    };
    with_error(base, said, error)
}

/// The line from there on, without the literals in it.
fn excerpt(sql: &str, place: Position) -> Option<String> {
    let line: String = sql.lines().nth(place.line - 1)?.chars().skip(place.column - 1).collect();
    let before_literals = line.split('\'').next().unwrap_or_default().trim_end();
    (!before_literals.is_empty()).then(|| before_literals.to_owned())
}

/// A failure outside any migration.
pub(super) fn failed_in(stage: &str, error: &(dyn std::error::Error + 'static)) -> HealFailure {
    let base = HealFailure { stage: stage.to_owned(), ..HealFailure::default() };
    with_error(base, DbFailure::find(error), error)
}

pub(super) fn with_error(
    base: HealFailure,
    said: Option<DbFailure>,
    error: &dyn std::error::Error,
) -> HealFailure {
    match said {
        Some(said) => HealFailure {
            sqlstate: Some(said.sqlstate),
            message: said.message,
            detail: said.detail,
            hint: said.hint,
            ..base
        },
        None => HealFailure { message: chain(error), ..base },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_begins_at_the_place_and_shows_no_literal() {
        let sql = "SELECT 1;\nINSERT INTO a.b VALUES ('secret');";
        let at = |line, column| excerpt(sql, Position { line, column });
        assert_eq!(at(2, 13).as_deref(), Some("a.b VALUES ("));
        assert_eq!(at(2, 24).as_deref(), Some("("));
        assert_eq!(at(9, 1), None);
    }
}
