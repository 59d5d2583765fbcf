//! SQL text cut into pieces of one kind each, for whoever shows it in colours.

use super::scan::{self, TokenKind};

/// A part of a text. All pieces of a text together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    pub kind: PieceKind,
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
}

/// The kind of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Names, signs and blanks.
    Plain,
    Keyword,
    /// A literal of text.
    Text,
    Number,
    Comment,
}

/// Cuts a text into pieces. What cannot be split into tokens is plain.
pub fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut at = 0;
    let mut add = |start: usize, end: usize, kind: PieceKind| {
        let Some(text) = sql.get(start..end).filter(|text| !text.is_empty()) else { return };
        match pieces.last_mut() {
            Some(last) if last.kind == kind && kind == PieceKind::Plain => {
                last.text = &sql[last.start..end];
            }
            _ => pieces.push(Piece { kind, text, start }),
        }
    };
    for token in scan::tokens(sql) {
        between(sql, at, token.start, &mut add);
        let kind = match token.kind {
            TokenKind::Word if is_keyword(&sql[token.start..token.end]) => PieceKind::Keyword,
            TokenKind::Text => PieceKind::Text,
            TokenKind::Number => PieceKind::Number,
            _ => PieceKind::Plain,
        };
        add(token.start, token.end, kind);
        at = token.end;
    }
    between(sql, at, sql.len(), &mut add);
    pieces
}

/// What stands between two tokens: blanks, and comments with the blanks between them.
fn between(sql: &str, start: usize, end: usize, add: &mut impl FnMut(usize, usize, PieceKind)) {
    let Some(gap) = sql.get(start..end) else { return };
    let comment = gap.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if comment.is_empty() {
        return add(start, end, PieceKind::Plain);
    }
    let from = start + gap.find(comment).unwrap_or_default();
    add(start, from, PieceKind::Plain);
    add(from, from + comment.len(), PieceKind::Comment);
    add(from + comment.len(), end, PieceKind::Plain);
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

/// The words that give statements their shape, sorted. Words that columns are often called by are not among
/// them.
const KEYWORDS: &[&str] = &[
    "add",
    "all",
    "alter",
    "always",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "before",
    "begin",
    "between",
    "by",
    "cascade",
    "case",
    "cast",
    "check",
    "cluster",
    "collate",
    "column",
    "comment",
    "commit",
    "concurrently",
    "constraint",
    "copy",
    "create",
    "cross",
    "database",
    "default",
    "deferrable",
    "deferred",
    "delete",
    "desc",
    "detach",
    "disable",
    "distinct",
    "do",
    "domain",
    "drop",
    "each",
    "else",
    "enable",
    "end",
    "enum",
    "except",
    "exclude",
    "execute",
    "exists",
    "extension",
    "false",
    "for",
    "foreign",
    "from",
    "function",
    "generated",
    "grant",
    "group",
    "having",
    "identity",
    "if",
    "immutable",
    "in",
    "index",
    "inherits",
    "initially",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "key",
    "language",
    "lateral",
    "left",
    "like",
    "limit",
    "lock",
    "materialized",
    "not",
    "null",
    "of",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "owner",
    "partition",
    "policy",
    "primary",
    "procedure",
    "publication",
    "references",
    "reindex",
    "rename",
    "replace",
    "restrict",
    "return",
    "returning",
    "returns",
    "revoke",
    "right",
    "row",
    "rule",
    "schema",
    "security",
    "select",
    "sequence",
    "set",
    "stable",
    "stored",
    "strict",
    "table",
    "temporary",
    "then",
    "to",
    "trigger",
    "true",
    "truncate",
    "type",
    "union",
    "unique",
    "unlogged",
    "update",
    "using",
    "vacuum",
    "validate",
    "values",
    "view",
    "volatile",
    "when",
    "where",
    "with",
    "without",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_text_are_the_text() {
        for sql in [
            "-- first\nCREATE TABLE a.b (c int DEFAULT 1, d text DEFAULT 'x -- y'); /* last */\n",
            "\u{feff}SELECT $$a$$ , \"select\"\r\n",
            "SELECT 'open",
            "",
            "  \n",
            "-- only\n",
        ] {
            let pieces = pieces(sql);
            assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), sql);
            assert!(pieces.iter().all(|piece| sql[piece.start..].starts_with(piece.text)), "{pieces:?}");
        }
    }

    #[test]
    fn keywords_literals_numbers_and_comments_are_told_apart() {
        let of = |kind| {
            let sql =
                "create TABLE a.b (\"table\" int DEFAULT 12); -- table 'x'\n\n/* more */ SELECT 'select'";
            let pieces = pieces(sql).into_iter().filter(|piece| piece.kind == kind);
            pieces.map(|piece| piece.text).collect::<Vec<_>>()
        };
        assert_eq!(of(PieceKind::Keyword), ["create", "TABLE", "DEFAULT", "SELECT"]);
        assert_eq!(of(PieceKind::Number), ["12"]);
        assert_eq!(of(PieceKind::Text), ["'select'"]);
        assert_eq!(of(PieceKind::Comment), ["-- table 'x'\n\n/* more */"]);
    }

    #[test]
    fn the_keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }
}
