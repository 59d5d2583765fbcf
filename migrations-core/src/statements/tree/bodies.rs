//! The bodies of routines: SQL or PL/pgSQL inside a string.

use super::super::scan::TokenKind;
use super::super::words::Words;
use super::super::{Statement, StatementKind};

/// The texts in which a statement may bring a body, decoded. `None` if one of them cannot be.
pub(in super::super) fn of(statement: &Statement<'_>) -> Option<Vec<String>> {
    let words = Words::new(statement.sql, &statement.tokens);
    let at = if words.begins(&["create", "or", "replace"]) { 3 } else { 1 };
    let routine = words.is(0, "create") && words.is_any(at, &["function", "procedure"]);
    if !routine && statement.kind != StatementKind::Do {
        return Some(Vec::new());
    }
    let texts = statement.tokens.iter().filter(|token| token.kind == TokenKind::Text);
    texts.map(|token| decoded(&statement.sql[token.start..token.end])).collect()
}

/// What a string says. `None` for one with escapes, whose meaning only PostgreSQL knows for sure.
pub(in super::super) fn decoded(text: &str) -> Option<String> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let inner = quoted.strip_suffix('\'')?;
        // One that continues on the next line is several strings.
        let plain = inner.replace("''", "");
        return (!plain.contains('\'')).then(|| inner.replace("''", "'"));
    }
    let tag = text.strip_prefix('$')?;
    let tag = &text[..=tag.find('$')? + 1];
    Some(text.strip_prefix(tag)?.strip_suffix(tag)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_says_what_stands_between_its_quotes() {
        for (text, said) in [
            ("'a ''b'''", Some("a 'b'")),
            ("$$a $b$ ''$$", Some("a $b$ ''")),
            ("$x$a$x$", Some("a")),
            ("''", Some("")),
            ("E'a'", None),
            ("'a'\n'b'", None),
            ("$", None),
            ("$$", None),
        ] {
            assert_eq!(decoded(text).as_deref(), said, "{text}");
        }
    }
}
