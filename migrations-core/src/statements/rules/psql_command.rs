//! Lines for psql, such as `\connect` or `\gexec`.

use super::super::{Statement, StatementKind};
use super::{Objection, verb};

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    (statement.kind == StatementKind::PsqlCommand).then(|| Objection {
        reason: format!("{} is a command to psql, not SQL", verb(statement, 1)),
        remedy: "remove the line; a migration is SQL alone",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn a_command_is_refused_at_the_beginning_of_a_line_and_after_a_query() {
        assert_eq!(
            refused("\\i 'it''s.sql\nSELECT 'x' \\gexec\nSELECT 1;"),
            ["1:1 psql-command", "2:12 psql-command"]
        );
        assert_eq!(refused("SELECT '\\i x'"), Vec::<String>::new());
    }
}
