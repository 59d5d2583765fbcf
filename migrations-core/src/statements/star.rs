//! `SELECT *`: what it stands for is frozen when a view is made, and so not known from its text.

use super::scan::TokenKind;
use super::words::Words;
use super::{Statement, parse};

/// Whether a query selects `*` or `relation.*` anywhere, whatever it multiplies or counts.
pub fn selects_star(query: &str) -> bool {
    let one = |statement: &Statement<'_>| {
        let words = Words::new(statement.sql, &statement.tokens);
        (1..words.len()).filter(|&at| words.is_sign(at, "*")).any(|at| {
            let before = at - 1;
            match words.kind(before) {
                // In an expression, `*` follows an operand; in `count(*)`, a parenthesis.
                Some(TokenKind::Word) => words.is_any(before, &["select", "distinct", "all"]),
                Some(TokenKind::Close) => closes_distinct_on(&words, before),
                _ => words.is_sign(before, ",") || (words.is_sign(before, ".") && !is_operator(&words, at)),
            }
        })
    };
    parse(query).is_ok_and(|statements| statements.iter().any(one))
}

/// `OPERATOR(pg_catalog.*)`
fn is_operator(words: &Words<'_>, at: usize) -> bool {
    at >= 4 && words.is(at - 4, "operator")
}

/// `DISTINCT ON (…)`
fn closes_distinct_on(words: &Words<'_>, close: usize) -> bool {
    let mut depth = 0_usize;
    for at in (0..=close).rev() {
        match words.kind(at) {
            Some(TokenKind::Close) => depth += 1,
            Some(TokenKind::Open) if depth == 1 => {
                return at >= 2 && words.is(at - 1, "on") && words.is(at - 2, "distinct");
            }
            Some(TokenKind::Open) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Whether two queries, as PostgreSQL printed them, take their rows in the same way, whatever they select.
pub fn equal_ignoring_select_list(one: &str, other: &str) -> bool {
    match (without_lists(one), without_lists(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The tokens of a query without those between a `SELECT` and what ends its list.
fn without_lists(query: &str) -> Option<Vec<String>> {
    let statements = parse(query).ok()?;
    let [statement] = statements.as_slice() else { return None };
    let words = Words::new(statement.sql, &statement.tokens);
    let mut kept = Vec::new();
    // The depth of the list that is being left out, if one is.
    let mut list: Option<usize> = None;
    let mut depth = 0_usize;
    for (at, token) in statement.tokens.iter().enumerate() {
        if token.kind == TokenKind::Close {
            depth = depth.saturating_sub(1);
        }
        let ends = match list {
            Some(of) if depth == of => {
                words.is_any(
                    at,
                    &[
                        "from",
                        "where",
                        "group",
                        "having",
                        "window",
                        "union",
                        "intersect",
                        "except",
                        "order",
                        "limit",
                        "offset",
                    ],
                ) && !words.labels(at)
            }
            Some(of) => depth < of,
            None => false,
        };
        if ends {
            list = None;
        }
        if list.is_none() {
            kept.push(statement.sql.get(token.start..token.end)?.to_owned());
            if words.is(at, "select") && !words.labels(at) {
                list = Some(depth);
            }
        }
        if token.kind == TokenKind::Open {
            depth += 1;
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_told_from_a_product_and_a_count() {
        for query in [
            "SELECT * FROM a",
            "select distinct * from a",
            "SELECT DISTINCT ON (x, (y)) * FROM a",
            "SELECT a.*, b FROM a",
            "SELECT b, * FROM a",
            "SELECT x FROM (SELECT * FROM a) s",
            "SELECT 1 UNION ALL SELECT * FROM a",
        ] {
            assert!(selects_star(query), "{query}");
        }
        for query in [
            "SELECT count(*), x * y, 2 * (3) * z FROM a",
            "SELECT '*', \"*\" FROM a -- *",
            "SELECT x OPERATOR(pg_catalog.*) y FROM a",
            "SELECT (x) * y FROM a",
        ] {
            assert!(!selects_star(query), "{query}");
        }
    }

    #[test]
    fn what_is_selected_is_left_out_and_where_it_comes_from_is_not() {
        let query = " SELECT item.id,\n    item.name\n   FROM inv.item\n  WHERE (item.id > 0);";
        for other in [
            " SELECT item.id,\n    item.name,\n    item.extra\n   FROM inv.item\n  WHERE (item.id > 0);",
            " SELECT item.id,\n    item.title AS name\n   FROM inv.item\n  WHERE (item.id > 0);",
            " SELECT EXTRACT(year FROM item.at) AS y FROM inv.item\n  WHERE (item.id > 0);",
        ] {
            assert!(equal_ignoring_select_list(query, other), "{other}");
        }
        for other in [
            " SELECT item.id,\n    item.name\n   FROM inv.item\n  WHERE (item.id < 0);",
            " SELECT item.id,\n    item.name\n   FROM inv.other item\n  WHERE (item.id > 0);",
            " SELECT item.id,\n    item.name\n   FROM inv.item;",
        ] {
            assert!(!equal_ignoring_select_list(query, other), "{other}");
        }
        let nested = |list: &str, bound: &str| {
            format!("SELECT s.a FROM ( SELECT {list} FROM inv.item LIMIT {bound}) s UNION SELECT x.a FROM x")
        };
        assert!(equal_ignoring_select_list(&nested("item.a", "5"), &nested("item.a, item.b", "5")));
        assert!(!equal_ignoring_select_list(&nested("item.a", "5"), &nested("item.a", "6")));
    }
}
