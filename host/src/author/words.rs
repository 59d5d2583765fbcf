//! Words that may be names: in PostgreSQL without quotes, and in Rust.

/// What PostgreSQL reserves (its manual, appendix C: "reserved", also where a function or a type may have
/// that name).
const OF_POSTGRESQL: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// What Rust reserves (its reference, "Keywords").
const OF_RUST: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// The longest name that PostgreSQL keeps whole, in bytes.
const LONGEST: usize = 63;

/// Why a text is no name that can stand in SQL and in Rust as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("{0:?} is no name: a lower-case letter, then lower-case letters, digits and underscores")]
    Form(String),
    #[error("{0:?} is longer than {LONGEST} characters")]
    TooLong(String),
    #[error("{name:?} is a reserved word of {of}: take another name")]
    Reserved { name: String, of: &'static str },
}

/// The text, if it can be a name in SQL and in Rust as it is.
pub(super) fn name(text: &str) -> Result<String, NameError> {
    let is_form = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_form {
        return Err(NameError::Form(text.to_owned()));
    }
    if text.len() > LONGEST {
        return Err(NameError::TooLong(text.to_owned()));
    }
    for (words, of) in [(OF_POSTGRESQL, "PostgreSQL"), (OF_RUST, "Rust")] {
        if words.contains(&text) {
            return Err(NameError::Reserved { name: text.to_owned(), of });
        }
    }
    Ok(text.to_owned())
}

/// Whether PostgreSQL reserves it, in any of its versions that Tenon supports.
pub(super) fn is_reserved_in_sql(word: &str) -> bool {
    OF_POSTGRESQL.contains(&word)
}

/// Whether Rust reserves it.
pub(super) fn is_reserved_in_rust(word: &str) -> bool {
    OF_RUST.contains(&word)
}

/// `stock_count` as a type: `StockCount`.
pub(super) fn camel_case(name: &str) -> String {
    title_case(name).split(' ').collect()
}

/// `stock_count` as a title: `Stock Count`.
pub(super) fn title_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// `stock_count` in a sentence: `stock count`.
pub(super) fn spoken(name: &str) -> String {
    name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_sql_and_in_rust_as_it_is() {
        assert_eq!(name("stock_count2"), Ok("stock_count2".to_owned()));
        for (bad, why) in [
            ("Stock", "is no name"),
            ("1st", "is no name"),
            ("", "is no name"),
            ("a-b", "is no name"),
            ("ä", "is no name"),
            ("order", "of PostgreSQL"),
            ("type", "of Rust"),
            (&"a".repeat(64), "longer"),
        ] {
            assert!(name(bad).unwrap_err().to_string().contains(why), "{bad}");
        }
    }

    #[test]
    fn a_name_becomes_a_type_and_words() {
        assert_eq!(camel_case("stock_count"), "StockCount");
        assert_eq!(camel_case("a__2_b"), "A2B");
        assert_eq!(title_case("stock_count"), "Stock Count");
        assert_eq!(spoken("stock_count"), "stock count");
    }
}
