//! Deparsed texts of which it is known that reading and printing them again changes nothing.
//!
//! A list of what is allowed: literals, columns, calls in the usual notation, and comparisons of them. All
//! else may change, and PostgreSQL has to be asked.

use super::{Step, skip_quoted};

/// How deep an expression may be nested to be called plain.
const DEPTH: usize = 16;

/// The operators whose operands are printed with all their casts, and so are read as they were.
const OPERATORS: [&str; 14] = [
    "IS NOT DISTINCT FROM",
    "IS DISTINCT FROM",
    "<=",
    ">=",
    "<>",
    "=",
    "<",
    ">",
    "~~",
    "!~~",
    "~",
    "||",
    "+",
    "-",
];

/// Whether an expression is one of those that are known to stay as they are.
pub fn is_plain(text: &str) -> bool {
    expression(text, DEPTH).is_some_and(str::is_empty)
}

/// Whether the key of an index is known to stay as it is. Behind the expression stand words: how it is sorted
/// and by what operator class.
pub fn is_plain_key(text: &str) -> bool {
    let in_a_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | ' ');
    operand(text, DEPTH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && rest.chars().all(in_a_word))
}

/// What follows the expression that the text begins with.
fn expression(text: &str, depth: usize) -> Option<&str> {
    let depth = depth.checked_sub(1)?;
    operand(text, depth).or_else(|| in_parentheses(text, depth))
}

/// A comparison, a question for NULL, or a chain of these, in parentheses of its own.
fn in_parentheses(text: &str, depth: usize) -> Option<&str> {
    let inside = text.strip_prefix('(')?;
    if let Some(rest) = operand(inside, depth) {
        if let Some(rest) = rest.strip_prefix(" IS NULL)").or_else(|| rest.strip_prefix(" IS NOT NULL)")) {
            return Some(rest);
        }
        let rest = rest.strip_prefix(' ')?;
        let after = |operator: &&str| rest.strip_prefix(*operator)?.strip_prefix(' ');
        return operand(OPERATORS.iter().find_map(after)?, depth)?.strip_prefix(')');
    }
    let mut rest = comparison(inside, depth)?;
    let operator = [" AND ", " OR "].into_iter().find(|operator| rest.starts_with(operator))?;
    while let Some(next) = rest.strip_prefix(operator) {
        rest = comparison(next, depth)?;
    }
    rest.strip_prefix(')')
}

/// One that is no chain, which another could take in.
fn comparison(text: &str, depth: usize) -> Option<&str> {
    let depth = depth.checked_sub(1)?;
    let rest = in_parentheses(text, depth)?;
    let begins = text.strip_prefix('(').and_then(|inside| operand(inside, depth));
    begins.map(|_| rest)
}

/// A literal, a column, a call, or a column cast to a type.
fn operand(text: &str, depth: usize) -> Option<&str> {
    let depth = depth.checked_sub(1)?;
    if text.starts_with('\'') {
        let Step::Quoted(end) = skip_quoted(text, 0)? else { return None };
        return literal_end(&text[end..]);
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        return ends(&text[end..]);
    }
    if let Some(cast) = text.strip_prefix('(') {
        return type_after(name(cast)?.1.strip_prefix(")::")?);
    }
    let (word, rest) = name(text)?;
    if ["CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP", "CURRENT_USER", "SESSION_USER"].contains(&word)
    {
        return ends(rest);
    }
    if word == "NULL" {
        return type_after(rest.strip_prefix("::")?);
    }
    // A key word would not stand in small letters, or stands alone: true and false.
    if word.chars().any(|c| c.is_ascii_uppercase()) && !word.contains('"') {
        return None;
    }
    let Some(mut arguments) = rest.strip_prefix('(') else { return ends(rest) };
    if let Some(rest) = arguments.strip_prefix(')') {
        return ends(rest);
    }
    loop {
        let rest = operand(arguments, depth)?;
        match rest.strip_prefix(", ") {
            Some(next) => arguments = next,
            None => return ends(rest.strip_prefix(')')?),
        }
    }
}

/// Behind a quoted run: doubled quotes, and the type that the literal is of.
fn literal_end(text: &str) -> Option<&str> {
    let mut rest = text;
    while rest.starts_with('\'') {
        let Step::Quoted(end) = skip_quoted(rest, 0)? else { return None };
        rest = &rest[end..];
    }
    type_after(rest.strip_prefix("::")?)
}

/// What follows the type that the text begins with: of several words only those of PostgreSQL's own, without
/// modifiers.
fn type_after(text: &str) -> Option<&str> {
    const OF_SEVERAL_WORDS: [&str; 6] = [
        "character varying",
        "double precision",
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
    ];
    let several = OF_SEVERAL_WORDS.iter().find_map(|name| text.strip_prefix(name));
    let rest = several.or_else(|| Some(name(text)?.1))?;
    ends(rest.strip_prefix("[]").unwrap_or(rest))
}

/// The text, if nothing in it would make another thing of what stands before.
fn ends(text: &str) -> Option<&str> {
    let other = ["::", "(", "[", ".", "'", "\""].iter().any(|begin| text.starts_with(begin));
    (!other).then_some(text)
}

/// The name that the text begins with, of parts divided by dots, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let length = if rest.starts_with('"') {
            match skip_quoted(rest, 0)? {
                Step::Quoted(end) if !rest[end..].starts_with('"') => end,
                _ => return None,
            }
        } else {
            let first = rest.chars().next()?;
            if !(first.is_alphabetic() || first == '_') {
                return None;
            }
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        };
        at += length;
        if !text[at..].starts_with('.') {
            return Some((&text[..at], &text[at..]));
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_columns_calls_and_comparisons_are_plain() {
        for text in [
            "0",
            "3.5",
            "'-1'::integer",
            "'it''s'::text",
            "'{}'::text[]",
            "'new'::inv.state",
            "'a'::character varying",
            "NULL::character varying",
            "true",
            "now()",
            "CURRENT_TIMESTAMP",
            "nextval('inv.item_id_seq'::regclass)",
            "(qty > 0)",
            "(\"Qty\" <> '-1'::integer)",
            "((sku)::text <> ''::text)",
            "(char_length(sku) > 3)",
            "(deleted IS NULL)",
            "((qty >= 1) AND (qty <= 10))",
            "(old.qty IS DISTINCT FROM new.qty)",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for key in ["qty", "qty DESC NULLS LAST", "lower(sku)", "\"Title\" pg_catalog.text_pattern_ops"] {
            assert!(is_plain_key(key), "{key}");
        }
    }

    #[test]
    fn what_a_restore_may_print_otherwise_is_not_plain() {
        for text in [
            "",
            "EXTRACT(YEAR FROM d)",
            "(EXTRACT(YEAR FROM d) > 1)",
            "((sku)::text = ANY ((ARRAY['R'::character varying])::text[]))",
            "(((a >= 1) AND (a <= 2)) AND (b > 1))",
            "((a >= 1) AND ((a <= 2) OR b))",
            "'abc'::character varying(2)",
            "('abc'::character varying)::character varying(2)",
            "B'101'::\"bit\"",
            "'1 day'::interval day",
            "( SELECT 1)",
            "t.*",
            "(t.* IS NULL)",
            "f(VARIADIC a)",
            "f(a => 1)",
            "(a)::text COLLATE \"C\"",
            "a[1]",
            "'a'::text OPERATOR(s.+) b",
            "(a OPERATOR(s.+) b)",
            "COALESCE(a, b)",
            "CURRENT_TIMESTAMP(2)",
            "(qty > 0",
            "(qty > 0) ",
        ] {
            assert!(!is_plain(text), "{text}");
        }
        for key in ["EXTRACT(YEAR FROM d)", "((a + b))", "(a || b) DESC", "f(a) (x)"] {
            assert!(!is_plain_key(key), "{key}");
        }
        assert!(!is_plain(&"(".repeat(100_000)), "however deep");
        assert!(!is_plain(&"f(".repeat(100_000)), "however deep");
    }

    proptest::proptest! {
        #[test]
        fn whether_a_text_is_plain_is_told_of_any(text in "[()a'\":=1. ,ANDYLÉ\\[\\]\\\\]{0,40}") {
            let _ = (is_plain(&text), is_plain_key(&text));
        }
    }
}
