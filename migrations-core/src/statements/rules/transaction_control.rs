//! `BEGIN`, `COMMIT`, `ROLLBACK` and the like: the transaction is the heal's.

use super::super::{Statement, StatementKind};
use super::{Objection, verb};

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    (statement.kind == StatementKind::TransactionControl).then(|| Objection {
        reason: format!(
            "{} would take the transaction out of the heal's hands: all pending migrations of all plugins commit \
             together or not at all",
            verb(statement, 1)
        ),
        remedy: "remove the statement; the heal begins and ends the transaction around all files",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn a_commit_is_refused_wherever_it_hides() {
        for sql in [
            "COMMIT",
            "; ; commit;",
            "SELECT 1; /* ; */ cOmMiT",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT;",
            "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT; SELECT 1 AS end",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT CASE WHEN true THEN 1 END; END; COMMIT",
            "SELECT '\\'; COMMIT; --'",
            "SELECT E'a'\n'b\\''; COMMIT; --'",
        ] {
            assert_eq!(refused(sql).len(), 1, "{sql}");
            assert!(refused(sql)[0].ends_with("transaction-control"), "{sql}");
        }
    }

    #[test]
    fn a_commit_that_is_only_text_is_let_through() {
        for sql in [
            "SELECT 'COMMIT;'",
            "SELECT $$;COMMIT;$$",
            "-- COMMIT;\nSELECT 1",
            "SELECT 1 AS commit",
            "DO $$ BEGIN NULL; END $$",
            "CREATE TABLE a.\"commit\" (\"begin\" int)",
        ] {
            assert!(refused(sql).is_empty(), "{sql}");
        }
    }
}
