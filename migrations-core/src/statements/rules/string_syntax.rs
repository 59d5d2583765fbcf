//! `standard_conforming_strings` decides where a string ends, and so where a statement does.

use super::super::{Statement, StatementKind};
use super::Objection;

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    (statement.kind == StatementKind::StringSyntax).then(|| Objection {
        reason: "standard_conforming_strings changes where strings end: PostgreSQL would no longer run the statements \
                 that were checked"
            .to_owned(),
        remedy: "remove the statement and write E'…' where backslashes are to be escapes",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn it_is_refused_even_for_the_transaction_alone() {
        assert_eq!(refused("SET LOCAL standard_conforming_strings = off"), ["1:1 string-syntax"]);
    }
}
