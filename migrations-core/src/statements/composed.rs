//! SQL that is put together while it runs, so that no reading of a file can tell what it does.

use tenon_schema::ObjectName;

use super::relations::name;
use super::scan::{TokenKind, tokens};
use super::words::{Words, contains};
use super::{Statement, StatementKind, Token, tree};

/// The languages in which nothing but `EXECUTE` runs a text as SQL.
const READABLE: [&str; 3] = ["plpgsql", "sql", "internal"];

/// Whether the body of a routine in this language can run what is not written in it.
pub fn composes(language: &str, body: &str) -> bool {
    if !READABLE.contains(&language) {
        return true;
    }
    // Splitting a body takes longer than seeing that the word is nowhere in it.
    contains(body, "execute") && Words::new(body, &tokens(body)).has("execute")
}

/// Whether the statement is a `DO` that can run what is not written in it.
pub(super) fn runs_composed(statement: &Statement<'_>) -> bool {
    statement.kind == StatementKind::Do && body_composes(statement)
}

/// The routine that it makes, if that can run what is not written in it.
pub(super) fn makes_composing(statement: &Statement<'_>) -> Option<ObjectName> {
    let words = Words::new(statement.sql, &statement.tokens);
    let at = if words.begins(&["create", "or", "replace"]) { 3 } else { 1 };
    if !words.is(0, "create") || !words.is_any(at, &["function", "procedure"]) || !body_composes(statement) {
        return None;
    }
    let first = name(statement, at + 1)?;
    Some(match words.is_sign(at + 2, ".").then(|| name(statement, at + 3)).flatten() {
        Some(second) => ObjectName::new(first, second),
        None => ObjectName::new("public", first),
    })
}

fn body_composes(statement: &Statement<'_>) -> bool {
    let language = language_or_default(statement);
    // One with escapes only PostgreSQL can decode.
    tree::bodies(statement).is_none_or(|bodies| bodies.iter().any(|body| composes(&language, body)))
}

/// The language of the routine that it makes, or of the block that it runs.
pub(super) fn language_of(statement: &Statement<'_>) -> Option<String> {
    let words = Words::new(statement.sql, &statement.tokens);
    let at = if words.begins(&["create", "or", "replace"]) { 3 } else { 1 };
    let makes = words.is(0, "create") && words.is_any(at, &["function", "procedure"]);
    (makes || statement.kind == StatementKind::Do).then(|| language_or_default(statement))
}

fn language_or_default(statement: &Statement<'_>) -> String {
    let words = Words::new(statement.sql, &statement.tokens);
    let said = words.outer().find(|&at| words.is(at, "language")).map(|at| at + 1);
    match said {
        Some(at) => language(statement, at),
        None if statement.kind == StatementKind::Do => "plpgsql".to_owned(),
        None => "sql".to_owned(),
    }
}

/// Written as a name, or as a string in old dumps.
fn language(statement: &Statement<'_>, at: usize) -> String {
    let text = |token: &Token| tree::decoded(statement.sql.get(token.start..token.end)?);
    let quoted = statement.tokens.get(at).filter(|token| token.kind == TokenKind::Text).and_then(text);
    let named = || name(statement, at).map(|name| name.to_string());
    quoted.or_else(named).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_block_that_executes_a_text_is_told_from_one_that_does_not() {
        for (sql, composed) in [
            ("DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $$", true),
            ("DO $$ BEGIN execute 'SELECT 1'; END $$ LANGUAGE plpgsql", true),
            ("DO LANGUAGE plpython3u $$ plpy.execute('SELECT 1') $$", true),
            ("DO E'BEGIN PERFORM 1; END'", true),
            ("DO LANGUAGE 'plpgsql' 'BEGIN PERFORM 1; END'", false),
            ("DO $$ BEGIN RAISE 'nobody will execute this'; END $$", false),
            ("DO $$ BEGIN PERFORM a.executes(); END $$", false),
            ("SELECT 'EXECUTE'", false),
        ] {
            assert_eq!(runs_composed(&parse(sql).unwrap()[0]), composed, "{sql}");
        }
    }

    #[test]
    fn a_routine_that_executes_a_text_is_known_by_its_name() {
        let made = |sql: &str| makes_composing(&parse(sql).unwrap()[0]).map(|name| name.to_string());
        let body = "AS $$ BEGIN EXECUTE a; END $$ LANGUAGE plpgsql";
        assert_eq!(made(&format!("CREATE PROCEDURE x.y(a text) {body}")).as_deref(), Some("x.y"));
        assert_eq!(
            made(&format!("CREATE OR REPLACE FUNCTION y(a text) {body}")).as_deref(),
            Some("public.y")
        );
        assert_eq!(made("CREATE FUNCTION x.y() RETURNS int LANGUAGE sql AS 'SELECT 1'"), None);
        assert_eq!(made("CREATE FUNCTION x.y() RETURNS int RETURN 1"), None);
        assert_eq!(made("CREATE TABLE x.y (a int)"), None);
    }
}
