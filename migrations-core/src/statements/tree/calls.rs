//! The functions that a statement calls.

use squawk_syntax::SyntaxKind;

use super::super::Statement;
use super::names::parts;
use super::{NameRole, Named};

/// The functions that are called in a statement by their names; what is called behind operators, casts, views
/// and triggers has none here.
///
/// `None` if the statement must not be given to the parser or cannot be read by it.
pub(in super::super) fn calls(statement: &Statement<'_>) -> Option<Vec<Named>> {
    let parse = super::parsed(statement)?;
    if !parse.errors().is_empty() {
        return None;
    }
    let root = parse.syntax_node();
    let calls = root.descendants().filter(|node| node.kind() == SyntaxKind::CALL_EXPR);
    let before = calls.filter_map(|node| node.first_child());
    // A syntax of its own, such as ANY's, calls nothing by name.
    let names = before.filter(|node| matches!(node.kind(), SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR));
    let named = |mut parts: Vec<_>| {
        let name = parts.pop()?;
        Some(Named { role: NameRole::Call, schema: parts.pop(), name })
    };
    Some(names.map(|name| parts(&name)).filter_map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::parse;

    fn calls(sql: &str) -> Vec<String> {
        let calls = parse(sql).unwrap()[0].calls().unwrap();
        let name = |called: &super::Named| match &called.schema {
            Some(schema) => format!("{schema}.{}", called.name),
            None => called.name.to_string(),
        };
        calls.iter().map(name).collect()
    }

    #[test]
    fn whatever_is_called_by_name_is_told_wherever_it_stands() {
        for (sql, expected) in [
            ("SELECT a, b FROM c.d WHERE e IN (1, 2) AND f = ANY($1) AND EXISTS (SELECT 1)", vec![]),
            ("SELECT extract(year FROM a.b(c)), substring(d FROM 1 FOR 2), row(1, 2)", vec!["a.b"]),
            ("SELECT Count(*), sum(x) OVER (PARTITION BY y) FROM a.b", vec!["count", "sum"]),
            ("INSERT INTO a.b (c, d) VALUES ($1, nextval('a.s')) RETURNING c", vec!["nextval"]),
            ("SELECT * FROM pg_advisory_lock(7)", vec!["pg_advisory_lock"]),
            ("SELECT x FROM y ORDER BY \"Shop\".f(x)", vec!["\"Shop\".f"]),
            ("WITH a AS (SELECT set_config('b', 'c', false)) TABLE a", vec!["set_config"]),
            ("UPDATE a.b SET c = (SELECT lower(d) FROM e) WHERE f(g(h))", vec!["lower", "f", "g"]),
            ("SELECT 1 FROM a, LATERAL b(a.c) d", vec!["b"]),
            ("SELECT pg_catalog.pg_advisory_lock ( 7 )", vec!["pg_catalog.pg_advisory_lock"]),
        ] {
            assert_eq!(calls(sql), expected, "{sql}");
        }
    }
}
