//! A statement as squawk's parser reads it: a second opinion on its syntax, the names in it, and what it does
//! to what stands already. The only folder that knows that parser.
//!
//! The parser is good: of 5,129 statements of real schemas and of PostgreSQL's own scripts it misread one,
//! `CREATE TRUSTED LANGUAGE`. But it descends recursively and ends the whole process when the stack ends, and
//! its time grows with the square of a chain of operators, so what is given to it is bounded.

mod bodies;
mod calls;
mod effects;
mod names;
mod parse_warning;

use std::sync::OnceLock;

use squawk_syntax::{Parse, SourceFile};

pub(super) use self::bodies::{decoded, of as bodies};
pub(super) use self::calls::calls;
pub(super) use self::effects::effects;
pub use self::effects::{Effect, EffectKind};
pub use self::names::{NameRole, Named};
pub(super) use self::names::{folded, names};
pub(super) use self::parse_warning::parse_warning;
use super::scan::{Token, TokenKind, tokens};
use super::{Statement, StatementKind};

/// Enough for any statement a person wrote; well below what a thread's 2 MiB of stack can take.
const MOST_TOKENS: usize = 1_000;
/// Enough for any routine a person wrote.
const MOST_TOKENS_OF_A_BODY: usize = 10_000;
/// How deep parentheses may be nested; words and signs that can nest may be four times as many.
const DEEPEST: usize = 40;

/// The tree of a statement from when somebody first asked for it; `None` if the parser must not be given it.
pub(super) type OnceTree = OnceLock<Option<Parse<SourceFile>>>;

/// The statement's tree, parsed once. `None` if the parser must not be given it.
fn parsed<'a>(statement: &'a Statement<'_>) -> Option<&'a Parse<SourceFile>> {
    statement.tree.get_or_init(|| parse(statement)).as_ref()
}

fn parse(statement: &Statement<'_>) -> Option<Parse<SourceFile>> {
    if matches!(statement.kind, StatementKind::PsqlCommand | StatementKind::CopyStdin) {
        return None;
    }
    let bounded = bounded(statement.sql, &statement.tokens, MOST_TOKENS)
        // The bodies of routines are parsed with them.
        && bodies(statement)?.iter().all(|body| bounded(body, &tokens(body), MOST_TOKENS_OF_A_BODY));
    bounded.then(|| SourceFile::parse(statement.text()))
}

/// Whether a text is short and shallow. Depth is also made of words, as in `NOT NOT NOT a` or nested `CASE`,
/// so the words and signs that can nest are counted like parentheses that never close; those of a routine are
/// counted statement by statement.
fn bounded(sql: &str, tokens: &[Token], most: usize) -> bool {
    let (mut open, mut deepest, mut nesting_words, mut length) = (0usize, 0usize, 0usize, 0usize);
    let mut after_sign = true;
    for token in tokens {
        let text = &sql[token.start..token.end];
        length += 1;
        match token.kind {
            TokenKind::Open => open += 1,
            TokenKind::Close => open = open.saturating_sub(1),
            TokenKind::Semicolon => (nesting_words, length) = (0, 0),
            TokenKind::Sign if text == "[" => open += 1,
            TokenKind::Sign if text == "]" => open = open.saturating_sub(1),
            TokenKind::Sign if after_sign && text != "," && text != "." => nesting_words += 1,
            TokenKind::Word if NESTING.iter().any(|word| text.eq_ignore_ascii_case(word)) => {
                nesting_words += 1;
            }
            _ => {}
        }
        after_sign = matches!(token.kind, TokenKind::Sign);
        deepest = deepest.max(open);
        if length > MOST_TOKENS || nesting_words > 4 * DEEPEST {
            return false;
        }
    }
    tokens.len() <= most && deepest <= DEEPEST
}

const NESTING: [&str; 2] = ["case", "not"];

#[cfg(test)]
mod tests {
    use super::super::Statement;
    use super::parsed;

    #[test]
    fn a_statement_is_parsed_once_and_can_still_go_to_other_threads() {
        fn goes_to_other_threads<T: Send + Sync>(of: T) -> T {
            of
        }
        let statements = crate::statements::parse("CREATE TABLE a.b (c int)").unwrap();
        let statement: Statement<'_> = goes_to_other_threads(statements[0].clone());
        assert!(statement.tree.get().is_none(), "nobody has asked for it");
        assert!(statement.names().is_some() && statement.parse_warning().is_none());
        let first = statement.tree.get().and_then(Option::as_ref).unwrap();
        assert!(std::ptr::eq(first, parsed(&statement).unwrap()));
    }
}
