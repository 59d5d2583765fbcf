//! A statement as words to be recognised.

use tenon_schema::Ident;

use super::scan::{Token, TokenKind};
use super::tree;

/// Whether the text has this in it, in whatever case and wherever it stands: cheaper than looking at its
/// words.
pub fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// The tokens of one statement with their text. Any index may be asked for.
pub(super) struct Words<'a> {
    sql: &'a str,
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    pub(super) fn new(sql: &'a str, tokens: &'a [Token]) -> Self {
        Self { sql, tokens }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    pub(super) fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(0, |token| token.start)
    }

    /// The unquoted word there, as it is written.
    pub(super) fn word(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        Some(&self.sql[token.start..token.end])
    }

    /// Whether the token there is this keyword (in lower case). A quoted name never is.
    pub(super) fn is(&self, at: usize, keyword: &str) -> bool {
        self.word(at).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn is_any(&self, at: usize, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(at, keyword))
    }

    pub(super) fn begins(&self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(at, keyword)| self.is(at, keyword))
    }

    /// Whether these keywords stand one after another, anywhere.
    pub(super) fn begins_anywhere(&self, keywords: &[&str]) -> bool {
        (0..self.len())
            .any(|from| keywords.iter().enumerate().all(|(at, keyword)| self.is(from + at, keyword)))
    }

    /// Whether the token there is this character.
    pub(super) fn is_sign(&self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| &self.sql[token.start..token.end] == sign)
    }

    /// Whether the word there is a column's label or part of a dotted name, and so no keyword.
    pub(super) fn labels(&self, at: usize) -> bool {
        at > 0 && (self.is(at - 1, "as") || self.is_sign(at - 1, "."))
    }

    /// Whether the keyword stands anywhere.
    pub(super) fn has(&self, keyword: &str) -> bool {
        (0..self.len()).any(|at| self.is(at, keyword))
    }

    /// The text of the name there, quoted or not, without its quotes.
    pub(super) fn name(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at)?;
        let text = &self.sql[token.start..token.end];
        match token.kind {
            TokenKind::Word => Some(text),
            TokenKind::Quoted => Some(text.trim_matches('"')),
            _ => None,
        }
    }

    /// The name there, as PostgreSQL reads it.
    pub(super) fn folded(&self, at: usize) -> Option<Ident> {
        let token = self.tokens.get(at)?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        is_name.then(|| tree::folded(&self.sql[token.start..token.end]))
    }

    /// All names and keywords as they are written, quotes included, with where they stand.
    pub(super) fn names(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let names = self.tokens.iter().enumerate();
        let names = names.filter(|(_, token)| matches!(token.kind, TokenKind::Word | TokenKind::Quoted));
        names.map(|(at, token)| (at, &self.sql[token.start..token.end]))
    }

    /// The string there, as it is written.
    pub(super) fn text(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Text)?;
        Some(&self.sql[token.start..token.end])
    }

    /// Where what stands behind the parenthesis begins that opens there.
    pub(super) fn after_parenthesis(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    /// The indices of the tokens that stand outside of all parentheses.
    pub(super) fn outer(&self) -> impl Iterator<Item = usize> {
        let mut depth = 0usize;
        self.tokens.iter().enumerate().filter_map(move |(at, token)| {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ if depth == 0 => return Some(at),
                _ => {}
            }
            None
        })
    }
}
