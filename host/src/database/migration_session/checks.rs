//! Checks that a migration puts off (manual, `SET CONSTRAINTS`): they are made when it is over, so that what
//! it has left violated is told of it and not of the next, which may put them off again as in a transaction
//! of its own.

use tenon_migrations_core::statements::{Statement, StatementKind, contains};
use tokio_postgres::{Client, Error};

/// Makes all checks that were put off, once nothing follows that might put off more.
pub(crate) const ALL: &str = "SET CONSTRAINTS ALL IMMEDIATE";

/// What a heal knows on its way of constraints whose checks can be put off.
#[derive(Debug)]
pub(crate) struct Checks {
    /// Whether there may be one. It costs to name them, and most databases have none.
    possible: bool,
}

impl Checks {
    /// Before the first migration.
    pub(crate) async fn before(client: &Client) -> Result<Self, Error> {
        let rows = client.query_typed(include_str!("sql/deferrable.sql"), &[]).await?;
        Ok(Self { possible: rows.first().map_or(Ok(false), |row| row.try_get(0))? })
    }

    /// What is to be run after this migration: nothing where it cannot have put off a check, as far as its
    /// text tells. What that does not tell, [`ALL`] finds in the end.
    pub(crate) fn after(&mut self, sql: &str, statements: &[Statement<'_>]) -> &'static str {
        self.possible |= contains(sql, "deferr");
        if self.possible && statements.iter().any(may_write) {
            include_str!("sql/make_checks.sql")
        } else {
            ""
        }
    }
}

fn may_write(statement: &Statement<'_>) -> bool {
    use StatementKind::{Ddl, Listen, Lock, Notify};
    !matches!(statement.kind, Ddl | Lock | Listen | Notify)
}

#[cfg(test)]
mod tests {
    use tenon_migrations_core::statements::parse;

    use super::*;

    #[test]
    fn checks_are_made_only_after_what_can_have_put_them_off() {
        let mut checks = Checks { possible: false };
        let mut makes = |sql: &str| !checks.after(sql, &parse(sql).unwrap()).is_empty();
        assert!(!makes("INSERT INTO a.b VALUES (1)"), "nothing can be put off yet");
        assert!(!makes("ALTER TABLE a.b ADD UNIQUE (c) Deferrable"), "it writes no row");
        for writes in
            ["INSERT INTO a.b VALUES (1)", "SELECT a.f()", "DO $$ $$", "SET CONSTRAINTS ALL DEFERRED"]
        {
            assert!(makes(writes), "{writes}");
        }
        assert!(!makes("CREATE TABLE a.c (d integer)"));
    }
}
