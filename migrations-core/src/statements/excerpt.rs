//! A statement on one short line.

use super::scan::{Token, TokenKind};

const LONGEST: usize = 80;

/// The statement with its blanks and comments collapsed and its literals elided, cut at 80 characters.
pub(super) fn excerpt(sql: &str, tokens: &[Token]) -> String {
    let mut line = String::new();
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end < token.start) {
            line.push(' ');
        }
        end = Some(token.end);
        let text = &sql[token.start..token.end];
        match token.kind {
            TokenKind::Text => line.push_str("'…'"),
            // \connect may carry a password, \copy a path.
            TokenKind::Psql => {
                let mut words = text.split_whitespace();
                line.push_str(words.next().unwrap_or_default());
                if words.next().is_some() {
                    line.push_str(" …");
                }
            }
            _ => line.push_str(text),
        }
        if let Some((cut, _)) = line.char_indices().nth(LONGEST) {
            line.truncate(cut);
            line.push('…');
            return line;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::statements::parse;

    fn excerpt(sql: &str) -> String {
        parse(sql).unwrap()[0].excerpt()
    }

    #[test]
    fn an_excerpt_is_one_line_without_comments() {
        assert_eq!(excerpt("SELECT a,\n  b -- c\n FROM t;"), "SELECT a, b FROM t");
    }

    #[test]
    fn an_excerpt_shows_no_literal() {
        assert_eq!(excerpt("ALTER ROLE r PASSWORD 'secret'"), "ALTER ROLE r PASSWORD '…'");
        assert_eq!(excerpt("\\connect postgres://u:secret@h/d"), "\\connect …");
        assert_eq!(excerpt("COPY t FROM STDIN;\nsecret\n\\.\n"), "COPY t FROM STDIN");
    }

    #[test]
    fn a_long_statement_is_cut() {
        assert_eq!(excerpt(&format!("SELECT {}", "é, ".repeat(100))).chars().count(), 81);
    }
}
