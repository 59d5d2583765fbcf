//! What the parser holds against a statement.

use super::super::{Statement, SyntaxError, line_column};

pub(in super::super) fn parse_warning(statement: &Statement<'_>) -> Option<SyntaxError> {
    let errors = super::parsed(statement)?.errors();
    let first = errors.first()?;
    let at = statement.range.start + usize::from(first.range().start());
    Some(SyntaxError { position: line_column(statement.sql, at), message: first.message().to_owned() })
}

#[cfg(test)]
mod tests {
    use crate::statements::parse;

    fn parse_warning(sql: &str) -> Option<String> {
        parse(sql).unwrap()[0].parse_warning().map(|error| error.to_string())
    }

    #[test]
    fn a_misspelt_statement_is_doubted_at_its_place_in_the_file() {
        let statements = parse("SELECT 1;\n\nCREATE TABEL t (a int);").unwrap();
        assert_eq!(statements[0].parse_warning(), None);
        assert_eq!(statements[1].parse_warning().unwrap().position.line, 3);
    }

    #[test]
    fn recent_sql_is_not_doubted() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b MATCH FULL ON DELETE SET NULL (a) NOT VALID",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, CONSTRAINT n NOT NULL a NO INHERIT)",
            "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; END",
            "MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action()",
        ] {
            assert_eq!(parse_warning(sql), None);
        }
    }

    #[test]
    fn no_nesting_ends_the_process() {
        for n in [30, 150, 300, 480, 950, 100_000] {
            parse_warning(&format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)));
            parse_warning(&format!("SELECT {}1{}", "ARRAY[".repeat(n), "]".repeat(n)));
            parse_warning(&format!("SELECT {} true", "NOT ".repeat(n)));
            parse_warning(&format!("SELECT {} 1", "- ".repeat(n)));
            parse_warning(&format!("SELECT {} 1 {}", "CASE WHEN ".repeat(n), "THEN 1 END".repeat(n)));
            parse_warning(&format!("SELECT 1 {}", "+ 1".repeat(n)));
            parse_warning(&format!("SELECT 1 {}", "UNION SELECT 1 ".repeat(n)));
            parse_warning(&format!("SELECT 1 FROM a {}", "JOIN a ".repeat(n)));
            parse_warning(&format!("SELECT a{}", ".a".repeat(n)));
            parse_warning(&format!("{} SELECT 1", "EXPLAIN ".repeat(n)));
            parse_warning(&format!("{} SELECT 1", "WITH a AS ".repeat(n)));
        }
    }
}
