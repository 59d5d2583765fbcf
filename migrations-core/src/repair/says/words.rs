//! The words of a statement, read from left to right.

use std::collections::BTreeSet;

use tenon_schema::{Ident, ObjectName};

use crate::snapshot::{Kind, ObjectId};
use crate::statements::scan::{self, TokenKind};

/// A word or a sign of a statement. Strings and numbers name nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A word as it stands there, in lower case: a keyword or a name.
    Bare(String),
    Quoted(String),
    /// Signs that follow each other, such as those of an operator.
    Signs(String),
    Other,
}

impl Word {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => Some(text),
            Self::Signs(_) | Self::Other => None,
        }
    }

    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => Some(text),
            Self::Signs(_) | Self::Other => None,
        }
    }
}

pub(super) fn words(sql: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut end = None;
    for token in scan::tokens(sql) {
        let text = sql.get(token.start..token.end).unwrap_or_default();
        let follows = end == Some(token.start);
        end = Some(token.end);
        match (token.kind, words.last_mut()) {
            (TokenKind::Word, _) => words.push(Word::Bare(text.to_lowercase())),
            (TokenKind::Quoted, _) => {
                let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                words.push(inside.map_or(Word::Other, |text| Word::Quoted(text.replace("\"\"", "\""))));
            }
            // A point stands between names, whatever comes next to it.
            (TokenKind::Sign, Some(Word::Signs(signs))) if follows && text != "." && signs != "." => {
                signs.push_str(text);
            }
            (TokenKind::Sign, _) => words.push(Word::Signs(text.to_owned())),
            _ => words.push(Word::Other),
        }
    }
    words
}

/// What stands in a constant that names a relation, such as the sequence of a default.
pub(super) fn constants(sql: &str) -> impl Iterator<Item = ObjectName> {
    sql.match_indices("'::regclass").filter_map(|(end, _)| {
        let (_, name) = sql.get(..end)?.rsplit_once('\'')?;
        name.parse().ok()
    })
}

fn is_point(word: &Word) -> bool {
    *word == Word::Signs(".".to_owned())
}

/// The first two parts of each name that has more than one; of operators too.
pub(super) fn names(words: &[Word]) -> BTreeSet<ObjectName> {
    let mut names = BTreeSet::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let (Some(schema), Some(true)) = (word.name(), words.get(at).map(is_point)) else { continue };
        match words.get(at + 1) {
            Some(Word::Bare(name) | Word::Quoted(name) | Word::Signs(name)) => {
                names.insert(ObjectName::new(Ident::new(schema), name.as_str()));
                at += 2;
            }
            _ => at += 1,
        }
        // What follows is a column, or a field of one.
        while words.get(at).is_some_and(is_point) {
            at += 2;
        }
    }
    names
}

/// Reads a statement from left to right.
pub(super) struct Reader<'a> {
    pub(super) words: &'a [Word],
    pub(super) at: usize,
}

impl Reader<'_> {
    pub(super) fn skip(&mut self, keyword: &str) -> bool {
        let is = matches!(self.words.get(self.at), Some(Word::Bare(word)) if word == keyword);
        self.at += usize::from(is);
        is
    }

    pub(super) fn if_exists(&mut self) {
        let _ = self.skip("if") && self.skip("exists");
    }

    /// Goes behind the next such keyword.
    pub(super) fn after(&mut self, keyword: &str) -> bool {
        while self.at < self.words.len() {
            if self.skip(keyword) {
                return true;
            }
            self.at += 1;
        }
        false
    }

    pub(super) fn word(&mut self) -> Option<String> {
        let Some(Word::Bare(word)) = self.words.get(self.at) else { return None };
        self.at += 1;
        Some(word.clone())
    }

    pub(super) fn ident(&mut self) -> Option<Ident> {
        let name = self.words.get(self.at)?.name()?;
        self.at += 1;
        Some(Ident::new(name))
    }

    pub(super) fn qualified(&mut self) -> Option<ObjectName> {
        let schema = self.ident()?;
        is_point(self.words.get(self.at)?).then_some(())?;
        self.at += 1;
        Some(ObjectName::new(schema, self.ident()?))
    }

    pub(super) fn standing(&mut self, kind: Kind) -> Option<ObjectId> {
        Some(ObjectId::standalone(kind, &self.qualified()?))
    }

    pub(super) fn global(&mut self, kind: Kind) -> Option<ObjectId> {
        self.if_exists();
        Some(ObjectId::global(kind, &self.ident()?))
    }

    /// `name … keyword relation`.
    pub(super) fn of_relation(&mut self, kind: Kind, keyword: &str) -> Option<ObjectId> {
        self.if_exists();
        let name = self.ident()?;
        let relation = if self.after(keyword) { self.qualified()? } else { return None };
        Some(ObjectId::of_relation(kind, &relation, name))
    }

    pub(super) fn event_trigger_or(&mut self, kind: Kind, keyword: &str) -> Option<ObjectId> {
        let at = self.at;
        let of_relation = self.of_relation(kind, keyword);
        if of_relation.is_none() {
            self.at = at;
            return self.global(Kind::EventTrigger);
        }
        of_relation
    }

    pub(super) fn operator(&mut self) -> Option<ObjectId> {
        for (word, kind) in [("family", Kind::OperatorFamily), ("class", Kind::OperatorClass)] {
            if self.skip(word) {
                self.if_exists();
                return self.standing(kind);
            }
        }
        self.if_exists();
        let schema = self.ident()?;
        is_point(self.words.get(self.at)?).then_some(())?;
        let Word::Signs(symbol) = self.words.get(self.at + 1)? else { return None };
        Some(ObjectId::standalone(Kind::Operator, &ObjectName::new(schema, symbol.as_str())))
    }

    pub(super) fn text_search(&mut self) -> Option<ObjectId> {
        self.skip("search");
        let what = self.word()?;
        let kind = match what.as_str() {
            "dictionary" => Kind::TextSearchDictionary,
            "configuration" => Kind::TextSearchConfiguration,
            _ => return None,
        };
        self.if_exists();
        self.standing(kind)
    }
}
