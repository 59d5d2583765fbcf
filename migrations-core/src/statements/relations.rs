//! Names of relations, told by the tokens alone.

use tenon_schema::{Ident, ObjectName};

use super::Statement;
use super::scan::TokenKind;
use super::tree::folded;
use super::words::Words;

/// What stands between `CREATE` and `TABLE`, or before a materialized view.
const BEFORE: [&str; 6] = ["global", "local", "temporary", "temp", "unlogged", "foreign"];

/// The table that a statement makes, unless `IF NOT EXISTS` leaves that open.
pub(super) fn made(statement: &Statement<'_>) -> Option<ObjectName> {
    let words = Words::new(statement.sql, &statement.tokens);
    if !words.is(0, "create") {
        return None;
    }
    let mut at = 1;
    while words.is_any(at, &BEFORE) {
        at += 1;
    }
    if words.is(at, "materialized") && words.is(at + 1, "view") {
        at += 1;
    } else if !words.is(at, "table") {
        return None;
    }
    at += 1;
    if words.is(at, "if") && words.is(at + 1, "not") {
        return None;
    }
    let first = name(statement, at)?;
    Some(match words.is_sign(at + 1, ".").then(|| name(statement, at + 2)).flatten() {
        Some(second) => ObjectName::new(first, second),
        None => ObjectName::new("public", first),
    })
}

/// The schema that a statement makes by name.
pub(super) fn made_schema(statement: &Statement<'_>) -> Option<Ident> {
    let words = Words::new(statement.sql, &statement.tokens);
    if !words.begins(&["create", "schema"]) {
        return None;
    }
    let guarded = words.is(2, "if") && words.is(3, "not");
    let at = if guarded { 5 } else { 2 };
    if words.is(at, "authorization") { None } else { name(statement, at) }
}

/// At least how many relations a statement makes, each of which is locked until the transaction ends: the
/// relation itself, the indexes of its constraints, sequences, and what holds long values aside.
pub(super) fn made_at_least(statement: &Statement<'_>) -> usize {
    /// Types whose values may always be long.
    const LONG: [&str; 6] = ["text", "json", "jsonb", "bytea", "xml", "tsvector"];
    const SEQUENCES: [&str; 4] = ["serial", "bigserial", "smallserial", "identity"];
    let words = Words::new(statement.sql, &statement.tokens);
    if !words.is(0, "create") {
        return 0;
    }
    if made(statement).is_none() {
        let relation = (1..4).any(|at| words.is_any(at, &["index", "view", "sequence"]));
        return usize::from(relation && !words.begins_anywhere(&["if", "not", "exists"]));
    }
    let count = |such: &dyn Fn(usize) -> bool| (0..words.len()).filter(|&at| such(at)).count();
    let keys = count(&|at| words.is(at, "primary") && words.is(at + 1, "key"));
    let unique = count(&|at| words.is(at, "unique") && !words.labels(at));
    let sequences = count(&|at| words.is_any(at, &SEQUENCES));
    let long = (1..words.len()).any(|at| words.is_any(at, &LONG) && words.name(at - 1).is_some());
    1 + keys + unique + sequences + if long { 2 } else { 0 }
}

/// All `a.b` in a statement.
pub(super) fn dotted(statement: &Statement<'_>) -> Vec<ObjectName> {
    let words = Words::new(statement.sql, &statement.tokens);
    let inner = |at: usize| !words.is_sign(at.wrapping_sub(1), ".");
    (0..words.len())
        .filter(|&at| words.is_sign(at + 1, ".") && inner(at))
        .filter_map(|at| Some(ObjectName::new(name(statement, at)?, name(statement, at + 2)?)))
        .collect()
}

/// The name there as the catalog holds it. `None` for one with Unicode escapes, which only PostgreSQL can
/// read.
pub(super) fn name(statement: &Statement<'_>, at: usize) -> Option<Ident> {
    let token = statement.tokens.get(at)?;
    let text = statement.sql.get(token.start..token.end)?;
    let plain = token.kind == TokenKind::Word || token.kind == TokenKind::Quoted && text.starts_with('"');
    plain.then(|| folded(text))
}

#[cfg(test)]
mod tests {
    use crate::statements::parse;

    #[test]
    fn a_table_is_made_where_it_cannot_have_been_before() {
        let made = |sql: &str| parse(sql).unwrap()[0].makes_table().map(|name| name.to_string());
        assert_eq!(made("create unlogged table A.\"B c\" (d int)").as_deref(), Some("a.\"B c\""));
        assert_eq!(made("CREATE TABLE b AS SELECT 1").as_deref(), Some("public.b"));
        assert_eq!(made("CREATE MATERIALIZED VIEW a.b AS SELECT 1").as_deref(), Some("a.b"));
        for other in ["CREATE TABLE IF NOT EXISTS a.b (c int)", "CREATE VIEW a.b AS SELECT 1", "SELECT 1"] {
            assert_eq!(made(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_statement_makes_is_counted_low() {
        for (sql, most) in [
            ("CREATE TABLE a.b (c bigserial PRIMARY KEY, d text, e int UNIQUE)", 6),
            ("CREATE TABLE a.b (c int)", 1),
            ("CREATE INDEX ON a.b (c)", 1),
            ("CREATE INDEX IF NOT EXISTS i ON a.b (c)", 0),
            ("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 0),
            ("ALTER TABLE a.b ADD UNIQUE (c)", 0),
        ] {
            assert_eq!(parse(sql).unwrap()[0].makes_at_least(), most, "{sql}");
        }
    }

    #[test]
    fn names_of_two_parts_are_seen_wherever_they_stand() {
        let names: Vec<_> = parse("ALTER TABLE a.b ADD REFERENCES \"C\".d; SELECT 1.5, x FROM y").unwrap()[0]
            .dotted_names()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["a.b", "\"C\".d"]);
    }
}
