//! SQL text as statements: where each begins and ends, what kind it is, and which must not run in a heal.
//!
//! Splitting follows PostgreSQL's own lexer and the few places of its grammar where a semicolon does not
//! end a statement, and nothing else: it is linear, does not recurse, and has no opinion about SQL that it
//! does not know, so no statement is refused merely because it is new. A full parser only gives
//! [parse warnings](Statement::parse_warning); PostgreSQL is the judge of them.

mod changed;
mod cleaned;
mod composed;
mod copy_data;
mod enum_from_start;
mod excerpt;
mod kind;
mod layout;
mod lent;
mod lock_mode;
mod needs;
mod pieces;
mod position;
mod reaching_out;
mod relations;
mod rules;
pub(crate) mod scan;
mod split;
mod star;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

use tenon_schema::{Ident, ObjectName};

pub use cleaned::{CleanedFile, CleanedStatement, CleaningAct, cleaned, forward_part};
pub use composed::composes;
pub use enum_from_start::{MovedValue, values_from_the_start};
pub use kind::StatementKind;
pub use layout::{
    broken_into_lines, dollar_quoted, quoted_names, unquoted, without_concurrently, without_defaults,
    without_if_exists,
};
pub use lent::Beyond;
pub use lock_mode::{LockMode, Waiting};
pub use needs::Need;
pub use pieces::{Piece, PieceKind, pieces};
pub use position::{Position, line_column};
pub use reaching_out::{EXTENSIONS as REACHING_EXTENSIONS, Reached};
pub use rules::{RuleId, RuleRefusal, refusals};
use scan::{Token, TokenKind};
pub use star::{equal_ignoring_select_list, selects_star};
pub use tokens::tokens;
use tree::OnceTree;
pub use tree::{Effect, EffectKind, NameRole, Named};
use words::Words;
pub use words::contains;

/// One statement of a file, without its semicolon and without the comments around it.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// Where it stands in the file, in bytes.
    pub range: Range<usize>,
    /// Where it begins, for people.
    pub position: Position,
    /// What Tenon has to know about it.
    pub kind: StatementKind,
    sql: &'a str,
    tokens: Vec<Token>,
    tree: OnceTree,
}

impl<'a> Statement<'a> {
    /// The text to send to PostgreSQL: exactly one statement.
    pub fn text(&self) -> &'a str {
        &self.sql[self.range.clone()]
    }

    /// The relation that it changes or drops, if it names one in full.
    pub fn changed(&self) -> Option<ObjectName> {
        changed::changed(self)
    }

    /// Where the statement ends in the file: the position after its last character.
    pub fn end(&self) -> Position {
        line_column(self.sql, self.range.end)
    }

    /// The place in the file of an error position that PostgreSQL reported for [`text`](Self::text):
    /// a count of characters beginning at 1.
    pub fn locate(&self, error_position: u32) -> Position {
        let skipped = usize::try_from(error_position).unwrap_or(usize::MAX).saturating_sub(1);
        let within = self.text().char_indices().nth(skipped).map_or(self.text().len(), |(at, _)| at);
        line_column(self.sql, self.range.start + within)
    }

    /// The statement on one short line for people. Literals are left out: they may hold secrets.
    pub fn excerpt(&self) -> String {
        excerpt::excerpt(self.sql, &self.tokens)
    }

    /// What an SQL parser that is not PostgreSQL's holds against this statement, if anything.
    ///
    /// Worth a warning to an author, never a refusal: such a parser lags behind PostgreSQL. `None` is also
    /// the answer for a statement too large or too deeply nested to be given to it.
    pub fn parse_warning(&self) -> Option<SyntaxError> {
        tree::parse_warning(self)
    }

    /// Whether any of its words, in the body of its routine too, is such a one. Folded like names.
    pub fn mentions(&self, such: impl Fn(&Ident) -> bool) -> bool {
        let any = |sql: &str, tokens: &[Token]| {
            let names =
                tokens.iter().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted));
            names.clone().any(|token| such(&tree::folded(&sql[token.start..token.end])))
        };
        any(self.sql, &self.tokens)
            || tree::bodies(self).into_iter().flatten().any(|body| any(&body, &scan::tokens(&body)))
    }

    /// The names of all objects in it, in no order; `None` if that parser cannot tell.
    pub fn names(&self) -> Option<Vec<Named>> {
        tree::names(self)
    }

    /// The functions that it calls by their names; `None` if that parser cannot tell.
    pub fn calls(&self) -> Option<Vec<Named>> {
        tree::calls(self)
    }

    /// What it reaches out of the plugins' schemas for, as far as that is written in it.
    pub fn reached_out(&self) -> Vec<Reached> {
        reaching_out::reached(self)
    }

    /// Whether it runs SQL that it puts together itself, as a `DO` may.
    pub fn runs_composed(&self) -> bool {
        composed::runs_composed(self)
    }

    /// The routine that it makes, if that may run SQL that it puts together itself.
    pub fn makes_composing(&self) -> Option<ObjectName> {
        composed::makes_composing(self)
    }

    /// Whether it begins with these keywords, in lower case.
    pub fn begins(&self, keywords: &[&str]) -> bool {
        Words::new(self.sql, &self.tokens).begins(keywords)
    }

    /// Whether these keywords stand one after another, anywhere in it. In lower case.
    pub fn has(&self, keywords: &[&str]) -> bool {
        Words::new(self.sql, &self.tokens).begins_anywhere(keywords)
    }

    /// The schema that it makes, if it makes one and names it.
    pub fn makes_schema(&self) -> Option<Ident> {
        relations::made_schema(self)
    }

    /// The strings in it, as far as they have no escapes: those of what it runs or checks too, which is a
    /// `DO` or the body of an SQL function.
    pub fn texts(&self) -> Vec<String> {
        let of = |sql: &str, tokens: &[Token]| -> Vec<String> {
            let texts = tokens.iter().filter(|token| token.kind == TokenKind::Text);
            texts.filter_map(|token| tree::decoded(&sql[token.start..token.end])).collect()
        };
        let mut texts = of(self.sql, &self.tokens);
        let runs = self.kind == StatementKind::Do
            || Words::new(self.sql, &self.tokens).begins_anywhere(&["language", "sql"]);
        for body in tree::bodies(self).into_iter().flatten().filter(|_| runs) {
            texts.extend(of(&body, &scan::tokens(&body)));
        }
        texts
    }

    /// The table that it certainly makes, if it makes one: not one that may be there already.
    pub fn makes_table(&self) -> Option<ObjectName> {
        relations::made(self)
    }

    /// At least how many relations it makes, each of which the transaction locks until its end.
    pub fn makes_at_least(&self) -> usize {
        relations::made_at_least(self)
    }

    /// All names of two parts in it, whatever they name: seen at once, and not read.
    pub fn dotted_names(&self) -> Vec<ObjectName> {
        relations::dotted(self)
    }

    /// What whoever runs it has to have, besides owning what it changes; as far as its tokens tell.
    pub fn needs(&self) -> Vec<Need> {
        needs::needs(self)
    }

    /// What it does that a plugin's borrowed connection is not lent for, if anything. How it stands to
    /// transactions and to the session its [kind](Self::kind) says.
    pub fn beyond_rows(&self) -> Option<Beyond> {
        lent::beyond(self)
    }

    /// Why it may change more of the database than what stands in these schemas, if it may: in words. Of a
    /// statement that changes the schema.
    pub fn changes_outside(&self, schemas: &BTreeSet<Ident>) -> Option<String> {
        lent::outside(self, schemas)
    }

    /// What it does to what may stand already, as far as that parser can tell.
    pub fn effects(&self) -> Vec<Effect> {
        tree::effects(self)
    }
}

/// A place where the text cannot be SQL, whatever the version of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct SyntaxError {
    /// Where.
    pub position: Position,
    /// What is wrong there.
    pub message: String,
}

/// Splits a file into its statements.
///
/// # Errors
///
/// All places where the text cannot be split: a literal, quoted name or comment that is never closed,
/// parentheses that do not match, a function body without its end, a character PostgreSQL cannot store.
pub fn parse(sql: &str) -> Result<Vec<Statement<'_>>, Vec<SyntaxError>> {
    let mut errors = Vec::new();
    let statements = split::split(sql, &mut errors);
    if errors.is_empty() {
        return Ok(statements);
    }
    errors.sort_by_key(|(at, _)| *at);
    let mut places = position::Places::new(sql);
    Err(errors
        .into_iter()
        .map(|(at, message)| SyntaxError { position: places.at(at), message: message.to_owned() })
        .collect())
}

/// How many statements a file has; 0 if it cannot be split.
pub fn count(sql: &str) -> usize {
    parse(sql).map_or(0, |statements| statements.len())
}
