//! The lexical structure of PostgreSQL's SQL, as far as it decides where things end.
//!
//! After `scan.l` of PostgreSQL 15 to 18, with `standard_conforming_strings` on. It is written by hand
//! because one rule decides over safety and no lexer at hand has it: a string that continues on the next
//! line keeps the escapes of its first part, so `E'a'⏎'b\'` is still open.

/// A token, comments and blanks left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an unquoted name.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A string of any spelling, its continuations included.
    Text,
    Number,
    Open,
    Close,
    Semicolon,
    /// A backslash outside of everything: never SQL, but a command to psql, up to the end of the line.
    Psql,
    /// Any other single character.
    Sign,
}

/// A byte offset and what is wrong there.
pub(super) type Error = (usize, &'static str);

/// All tokens of a text, as far as it has any.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let (mut scanner, mut errors) = (Scanner::new(sql), Vec::new());
    std::iter::from_fn(|| scanner.next(&mut errors)).collect()
}

/// Reads token after token.
pub(super) struct Scanner<'a> {
    sql: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        // A byte order mark is an editor's, not SQL: psql skips it too.
        let at = if sql.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { sql: sql.as_bytes(), at }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Goes on from `offset`, a boundary of characters.
    pub(super) fn skip_to(&mut self, offset: usize) {
        self.at = offset;
    }

    pub(super) fn next(&mut self, errors: &mut Vec<Error>) -> Option<Token> {
        self.skip_blanks(errors);
        let start = self.at;
        let kind = match self.peek(0)? {
            b';' => self.one(TokenKind::Semicolon),
            b'(' => self.one(TokenKind::Open),
            b')' => self.one(TokenKind::Close),
            b'\'' => self.string(1, Escapes::No, errors),
            b'"' => self.quoted_name(1, errors),
            b'$' => self.dollar(errors),
            b'\\' => {
                self.while_(|b| b != b'\n' && b != b'\r');
                TokenKind::Psql
            }
            b'0'..=b'9' => {
                self.while_(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
                TokenKind::Number
            }
            b'e' | b'E' if self.peek(1) == Some(b'\'') => self.string(2, Escapes::Yes, errors),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if self.peek(1) == Some(b'\'') => {
                self.string(2, Escapes::No, errors)
            }
            b'u' | b'U' if self.peek(1) == Some(b'&') && self.peek(2) == Some(b'\'') => {
                self.string(3, Escapes::No, errors)
            }
            b'u' | b'U' if self.peek(1) == Some(b'&') && self.peek(2) == Some(b'"') => {
                self.quoted_name(3, errors)
            }
            b if begins_name(b) => {
                self.while_(|b| begins_name(b) || b.is_ascii_digit() || b == b'$');
                TokenKind::Word
            }
            0 => {
                errors.push((start, "a NUL character, which PostgreSQL cannot store; remove it"));
                self.one(TokenKind::Sign)
            }
            _ => self.one(TokenKind::Sign),
        };
        Some(Token { kind, start, end: self.at })
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.sql.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.sql.get(self.at..).unwrap_or_default()
    }

    fn one(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn while_(&mut self, wanted: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take_while(|&&b| wanted(b)).count();
    }

    fn skip_blanks(&mut self, errors: &mut Vec<Error>) {
        loop {
            self.while_(is_space);
            if self.rest().starts_with(b"--") {
                self.while_(|b| b != b'\n' && b != b'\r');
            } else if self.rest().starts_with(b"/*") {
                self.block_comment(errors);
            } else {
                return;
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self, errors: &mut Vec<Error>) {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            if self.rest().starts_with(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else if self.rest().is_empty() {
                errors.push((start, "this comment is never closed: */ is missing"));
                return;
            } else {
                self.at += 1;
            }
        }
    }

    fn string(&mut self, prefix: usize, escapes: Escapes, errors: &mut Vec<Error>) -> TokenKind {
        let start = self.at;
        self.at += prefix;
        loop {
            match self.peek(0) {
                None => {
                    errors.push((start, "this string is never closed: ' is missing"));
                    return TokenKind::Text;
                }
                Some(b'\\') if escapes == Escapes::Yes => self.at = (self.at + 2).min(self.sql.len()),
                Some(b'\'') if self.peek(1) == Some(b'\'') => self.at += 2,
                Some(b'\'') => {
                    self.at += 1;
                    match self.continuation() {
                        Some(next) => self.at = next,
                        None => return TokenKind::Text,
                    }
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// Where a string that was just closed goes on: after blanks with at least one newline, and a quote.
    fn continuation(&self) -> Option<usize> {
        let mut ahead = Self { sql: self.sql, at: self.at };
        let mut newline = false;
        loop {
            match ahead.peek(0)? {
                b'\n' | b'\r' => {
                    newline = true;
                    ahead.at += 1;
                }
                b'-' if ahead.peek(1) == Some(b'-') => ahead.while_(|b| b != b'\n' && b != b'\r'),
                b'\'' => return newline.then_some(ahead.at + 1),
                b if is_space(b) => ahead.at += 1,
                _ => return None,
            }
        }
    }

    fn quoted_name(&mut self, prefix: usize, errors: &mut Vec<Error>) -> TokenKind {
        let start = self.at;
        self.at += prefix;
        let first = self.at;
        loop {
            match self.peek(0) {
                None => {
                    errors.push((start, "this quoted name is never closed: \" is missing"));
                    return TokenKind::Quoted;
                }
                Some(b'"') if self.peek(1) == Some(b'"') => self.at += 2,
                Some(b'"') => {
                    if self.at == first {
                        errors.push((start, "a quoted name cannot be empty"));
                    }
                    self.at += 1;
                    return TokenKind::Quoted;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// `$1`, `$tag$ … $tag$`, or a lone `$`.
    fn dollar(&mut self, errors: &mut Vec<Error>) -> TokenKind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_some_and(|b| b.is_ascii_digit()) {
            self.while_(|b| b.is_ascii_digit());
            return TokenKind::Number;
        }
        if self.peek(0).is_some_and(begins_name) {
            self.while_(|b| begins_name(b) || b.is_ascii_digit());
        }
        if self.peek(0) != Some(b'$') {
            self.at = start + 1;
            return TokenKind::Sign;
        }
        self.at += 1;
        let tag = &self.sql[start..self.at];
        loop {
            self.while_(|b| b != b'$');
            if self.rest().starts_with(tag) {
                self.at += tag.len();
                return TokenKind::Text;
            }
            if self.rest().is_empty() {
                errors
                    .push((start, "this dollar-quoted string is never closed: its tag does not come again"));
                return TokenKind::Text;
            }
            self.at += 1;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Yes,
    No,
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn begins_name(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(sql: &str) -> Vec<(TokenKind, &str)> {
        let (mut scanner, mut errors) = (Scanner::new(sql), Vec::new());
        let mut tokens = Vec::new();
        while let Some(token) = scanner.next(&mut errors) {
            tokens.push((token.kind, &sql[token.start..token.end]));
        }
        assert_eq!(errors, [], "{sql}");
        tokens
    }

    #[test]
    fn a_string_that_continues_keeps_the_escapes_of_its_first_part() {
        for sql in [r"E'a' -- and", r"e'it''s'"] {
            assert!(scan(&format!("{sql}\n 'b\\'; COMMIT; --'")).iter().all(|(_, t)| *t != "COMMIT"));
        }
        // Without the newline, or without the E, the backslash is an ordinary character.
        assert!(scan("E'a' 'b\\'; COMMIT").contains(&(TokenKind::Word, "COMMIT")));
        assert!(scan("'a'\n'b\\'; COMMIT").contains(&(TokenKind::Word, "COMMIT")));
    }

    #[test]
    fn each_of_these_is_one_token() {
        for (text, kind) in [
            ("'it''s'", TokenKind::Text),
            ("'a;b\\'", TokenKind::Text),
            (r"E'a\'b'", TokenKind::Text),
            ("U&'d\\0061'", TokenKind::Text),
            ("B'01'", TokenKind::Text),
            ("x'1f'", TokenKind::Text),
            ("N'n'", TokenKind::Text),
            ("$$a;'b$$", TokenKind::Text),
            ("$a$ $$ $ab$ $a $a$", TokenKind::Text),
            ("$ä$ ; $ä$", TokenKind::Text),
            ("\"a\"\"b\"", TokenKind::Quoted),
            ("U&\"d\\0061\"", TokenKind::Quoted),
            ("a$b$c", TokenKind::Word),
            ("größe", TokenKind::Word),
            ("$12", TokenKind::Number),
            ("1_000.5e10", TokenKind::Number),
            ("\\copy t from 'x'", TokenKind::Psql),
        ] {
            assert_eq!(scan(text), [(kind, text)]);
        }
    }

    #[test]
    fn comments_nest_and_an_operator_ends_where_one_begins() {
        assert_eq!(scan("/* a /* b */ ; */ 1"), [(TokenKind::Number, "1")]);
        assert_eq!(scan("*/* ; */"), [(TokenKind::Sign, "*")]);
        assert_eq!(scan("@-- ;\n"), [(TokenKind::Sign, "@")]);
    }
}
