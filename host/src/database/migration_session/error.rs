//! Why a migration did not run.

use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::statements::{self, Position};
use tokio_postgres::Error;

use super::super::unavailable::DbFailure;

/// Why a migration did not run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error("the transaction in which migrations run could not be begun")]
    Begin(#[source] Error),
    #[error("migration {migration} cannot be split into statements: {reason}")]
    Unreadable { migration: MigrationId, reason: String },
    #[error("the session could not be made as it was before or after migration {migration}")]
    Reset { migration: MigrationId, source: Error },
    #[error("migration {migration}, line {}, column {} failed", .place.line, .place.column)]
    Statement {
        migration: MigrationId,
        /// The number of the statement in its file, from 1.
        number: usize,
        /// Where in the file, as far as the server says.
        place: Position,
        /// What stands there, up to the first literal: those may hold secrets.
        excerpt: Option<String>,
        source: Error,
    },
    #[error("a check that migration {migration} put off failed")]
    Check { migration: MigrationId, source: Error },
    #[error("migration {0} ended the transaction in which it ran")]
    LeftTransaction(MigrationId),
    #[error("a check that a migration put off failed")]
    LastCheck(#[source] Error),
}

impl MigrationError {
    /// The statement of this number failed, counted from 1.
    pub(crate) fn in_statement(migration: &PluginMigration, number: usize, source: Error) -> Self {
        let statements = statements::parse(&migration.sql).unwrap_or_default();
        let failed = number.checked_sub(1).and_then(|index| statements.get(index));
        let position = DbFailure::find(&source).and_then(|said| said.position);
        let place = failed.map_or(Position { line: 1, column: 1 }, |failed| {
            position.map_or(failed.position, |position| failed.locate(position))
        });
        let excerpt = excerpt(&migration.sql, place);
        Self::Statement { migration: migration.id.clone(), number, place, excerpt, source }
    }

    pub(crate) fn in_reset(migration: &PluginMigration, source: Error) -> Self {
        Self::Reset { migration: migration.id.clone(), source }
    }
}

/// The line from there on, without the literals in it.
fn excerpt(sql: &str, place: Position) -> Option<String> {
    let line: String = sql.lines().nth(place.line - 1)?.chars().skip(place.column - 1).collect();
    let before_literals = line.split('\'').next().unwrap_or_default().trim_end();
    (!before_literals.is_empty()).then(|| before_literals.to_owned())
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
