//! Statements that PostgreSQL refuses inside a transaction, and a heal is one.

use super::super::{Statement, StatementKind};
use super::{Objection, verb};

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    if statement.kind != StatementKind::NotInTransaction {
        return None;
    }
    let text = statement.text().to_ascii_lowercase();
    let (what, remedy) = if text.contains("concurrently") {
        (format!("{} … CONCURRENTLY", verb(statement, 2)), concurrently(statement))
    } else {
        (
            verb(statement, if text.starts_with("vacuum") { 1 } else { 2 }),
            "take the statement out of the migration and let an administrator run it by hand",
        )
    };
    Some(Objection {
        reason: format!("PostgreSQL refuses {what} inside a transaction, and a heal is one transaction"),
        remedy,
    })
}

/// What to do instead of it, by what is done.
fn concurrently(statement: &Statement<'_>) -> &'static str {
    if statement.begins(&["create"]) {
        "leave out CONCURRENTLY; if the table is too large to be locked meanwhile, write CREATE INDEX IF NOT EXISTS with \
         a name, have an administrator tolerate an index of that name ([[tolerate]] in the configuration) and build it \
         with CONCURRENTLY by hand, then heal"
    } else if statement.begins(&["reindex"]) {
        "take the statement out of the migration and let an administrator run it by hand: it changes nothing that is \
         compared"
    } else {
        "leave out CONCURRENTLY: the statement takes no time once it has its lock"
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn a_concurrent_index_is_refused_and_a_plain_one_is_not() {
        assert_eq!(refused("CREATE INDEX CONCURRENTLY ON a.t (b)"), ["1:1 not-in-transaction"]);
        assert_eq!(refused("CREATE INDEX ON a.t (b)"), Vec::<String>::new());
        assert_eq!(refused("DROP INDEX CONCURRENTLY a.i"), ["1:1 not-in-transaction"]);
    }
}
