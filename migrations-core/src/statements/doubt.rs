//! A second opinion, from squawk's parser. The only file that knows it.
//!
//! It is good: of 5,129 statements of real schemas and of PostgreSQL's own scripts it misread one, `CREATE
//! TRUSTED LANGUAGE`. But it descends recursively and ends the whole process when the stack ends, and its
//! time grows with the square of a chain of operators, so what is given to it is bounded.

use squawk_syntax::SourceFile;

use super::scan::TokenKind;
use super::{Statement, StatementKind, SyntaxError, line_column};

/// Enough for any statement a person wrote; well below what a thread's 2 MiB of stack can take.
const MOST_TOKENS: usize = 1_000;
const DEEPEST: usize = 40;

pub(super) fn doubt(statement: &Statement<'_>) -> Option<SyntaxError> {
    if matches!(statement.kind, StatementKind::PsqlCommand | StatementKind::CopyStdin) || !bounded(statement)
    {
        return None;
    }
    let errors = SourceFile::parse(statement.text()).errors();
    let first = errors.first()?;
    let at = statement.range.start + usize::from(first.range().start());
    Some(SyntaxError { position: line_column(statement.sql, at), message: first.message().to_owned() })
}

/// Whether the statement is short and shallow. Depth is also made of words, as in `NOT NOT NOT a` or nested
/// `CASE`, so the words and signs that can nest are counted like parentheses that never close.
fn bounded(statement: &Statement<'_>) -> bool {
    let (mut open, mut deepest, mut nesting_words) = (0usize, 0usize, 0usize);
    let mut after_sign = true;
    for token in &statement.tokens {
        let text = &statement.sql[token.start..token.end];
        match token.kind {
            TokenKind::Open => open += 1,
            TokenKind::Close => open = open.saturating_sub(1),
            TokenKind::Sign if text == "[" => open += 1,
            TokenKind::Sign if text == "]" => open = open.saturating_sub(1),
            TokenKind::Sign if after_sign && text != "," && text != "." => nesting_words += 1,
            TokenKind::Word if text.eq_ignore_ascii_case("case") || text.eq_ignore_ascii_case("not") => {
                nesting_words += 1;
            }
            _ => {}
        }
        after_sign = matches!(token.kind, TokenKind::Sign);
        deepest = deepest.max(open);
    }
    statement.tokens.len() <= MOST_TOKENS && deepest <= DEEPEST && nesting_words <= 4 * DEEPEST
}

#[cfg(test)]
mod tests {
    use crate::statements::parse;

    fn doubt(sql: &str) -> Option<String> {
        parse(sql).unwrap()[0].doubt().map(|error| error.to_string())
    }

    #[test]
    fn a_misspelt_statement_is_doubted_at_its_place_in_the_file() {
        let statements = parse("SELECT 1;\n\nCREATE TABEL t (a int);").unwrap();
        assert_eq!(statements[0].doubt(), None);
        assert_eq!(statements[1].doubt().unwrap().position.line, 3);
    }

    #[test]
    fn recent_sql_is_not_doubted() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b MATCH FULL ON DELETE SET NULL (a) NOT VALID",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, CONSTRAINT n NOT NULL a NO INHERIT)",
            "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; END",
            "MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action()",
        ] {
            assert_eq!(doubt(sql), None);
        }
    }

    #[test]
    fn no_nesting_ends_the_process() {
        for n in [30, 150, 300, 480, 950, 100_000] {
            doubt(&format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)));
            doubt(&format!("SELECT {}1{}", "ARRAY[".repeat(n), "]".repeat(n)));
            doubt(&format!("SELECT {} true", "NOT ".repeat(n)));
            doubt(&format!("SELECT {} 1", "- ".repeat(n)));
            doubt(&format!("SELECT {} 1 {}", "CASE WHEN ".repeat(n), "THEN 1 END".repeat(n)));
            doubt(&format!("SELECT 1 {}", "+ 1".repeat(n)));
            doubt(&format!("SELECT 1 {}", "UNION SELECT 1 ".repeat(n)));
            doubt(&format!("SELECT 1 FROM a {}", "JOIN a ".repeat(n)));
            doubt(&format!("SELECT a{}", ".a".repeat(n)));
            doubt(&format!("{} SELECT 1", "EXPLAIN ".repeat(n)));
            doubt(&format!("{} SELECT 1", "WITH a AS ".repeat(n)));
        }
    }
}
