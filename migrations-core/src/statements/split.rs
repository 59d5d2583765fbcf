//! Where statements end.

use super::Statement;
use super::copy_data::end_of_copy_data;
use super::kind::{StatementKind, classify};
use super::position::Places;
use super::scan::{Error, Scanner, Token, TokenKind};
use super::tree::OnceTree;
use super::words::Words;

/// All statements of `sql`. What cannot be is added to `errors`.
pub(super) fn split<'a>(sql: &'a str, errors: &mut Vec<Error>) -> Vec<Statement<'a>> {
    let mut splitter = Splitter { sql, places: Places::new(sql), tokens: Vec::new(), done: Vec::new() };
    let mut scanner = Scanner::new(sql);
    let mut parentheses = Vec::new();
    let mut body = Body::None;
    while let Some(token) = scanner.next(errors) {
        match token.kind {
            // Only CREATE RULE has semicolons between parentheses, and only a routine's body others.
            TokenKind::Semicolon if parentheses.is_empty() && !body.is_open() => {
                if splitter.finish() == Some(StatementKind::CopyStdin)
                    && let Some(end) = end_of_copy_data(sql, scanner.offset())
                {
                    splitter.extend_last(end);
                    scanner.skip_to(end);
                }
                body = Body::None;
                continue;
            }
            TokenKind::Psql => {
                open_end(&parentheses, body, errors);
                splitter.finish();
                splitter.tokens.push(token);
                splitter.finish();
                parentheses.clear();
                body = Body::None;
                continue;
            }
            TokenKind::Open => parentheses.push(token.start),
            TokenKind::Close if parentheses.pop().is_none() => {
                errors.push((token.start, "this parenthesis closes nothing"));
            }
            _ => {}
        }
        splitter.tokens.push(token);
        if parentheses.is_empty() {
            body.step(&Words::new(sql, &splitter.tokens));
        }
    }
    open_end(&parentheses, body, errors);
    splitter.finish();
    splitter.done
}

/// Holds against a statement that ends what it has left open.
fn open_end(parentheses: &[usize], body: Body, errors: &mut Vec<Error>) {
    if let Some(&open) = parentheses.first() {
        errors.push((open, "this parenthesis is never closed"));
    }
    if let Body::Open { at, .. } = body {
        errors.push((at, "this BEGIN ATOMIC has no END"));
    }
}

/// Whether the statement being read is inside the body of an SQL routine.
#[derive(Clone, Copy)]
enum Body {
    None,
    /// `statement_may_begin`: after `ATOMIC` or a semicolon, where `END` is the end of the body. Anywhere
    /// else it belongs to a `CASE` or is a column's label.
    Open {
        at: usize,
        statement_may_begin: bool,
    },
    Closed,
}

impl Body {
    fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Takes notice of the token that was read last.
    fn step(&mut self, words: &Words<'_>) {
        let last = words.len() - 1;
        match *self {
            Self::None => {
                if words.is(last, "atomic")
                    && last > 0
                    && words.is(last - 1, "begin")
                    && creates_routine(words)
                {
                    *self = Self::Open { at: words.start(last - 1), statement_may_begin: true };
                }
            }
            Self::Open { statement_may_begin: true, .. } if words.is(last, "end") => *self = Self::Closed,
            Self::Open { at, .. } => {
                let statement_may_begin = words.kind(last) == Some(TokenKind::Semicolon);
                *self = Self::Open { at, statement_may_begin };
            }
            Self::Closed => {}
        }
    }
}

fn creates_routine(words: &Words<'_>) -> bool {
    let at = if words.begins(&["create", "or", "replace"]) { 3 } else { 1 };
    words.is(0, "create") && (words.is(at, "function") || words.is(at, "procedure"))
}

struct Splitter<'a> {
    sql: &'a str,
    places: Places<'a>,
    tokens: Vec<Token>,
    done: Vec<Statement<'a>>,
}

impl Splitter<'_> {
    /// Makes a statement of the tokens since the last, if there are any.
    fn finish(&mut self) -> Option<StatementKind> {
        let tokens = std::mem::take(&mut self.tokens);
        let range = tokens.first()?.start..tokens.last()?.end;
        let kind = classify(&Words::new(self.sql, &tokens));
        let position = self.places.at(range.start);
        self.done.push(Statement { range, position, kind, sql: self.sql, tokens, tree: OnceTree::new() });
        Some(kind)
    }

    fn extend_last(&mut self, end: usize) {
        if let Some(last) = self.done.last_mut() {
            last.range.end = end;
        }
    }
}
