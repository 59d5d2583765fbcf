//! What a statement of a mend makes, removes, converts and names.
//!
//! Mends are written by us: names are quoted, and qualified wherever PostgreSQL lets them be. So a few words
//! at the beginning tell what is done, and the names in the rest tell with what.

use std::collections::BTreeSet;

use tenon_schema::{Ident, ObjectName};

use crate::reading::{Kind, ObjectId};
use crate::statements::scan::{self, TokenKind};

/// What a statement removes, or a column that it converts: others may stand on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disturbed {
    pub name: ObjectName,
    /// The column, where it is one of that relation.
    pub column: Option<Ident>,
    /// The types by which a routine is known.
    pub types: Option<String>,
    pub is_converted: bool,
}

/// What the statements of mends remove or convert, as far as something else can stand on it.
pub fn disturbed<'a>(sql: impl IntoIterator<Item = &'a str>) -> BTreeSet<Disturbed> {
    let of_one = |sql: &'a str| {
        let says = Says::of(sql);
        let removed = says.removes.map(|id| (id, false));
        let (id, is_converted) = removed.or(says.converts.map(|id| (id, true)))?;
        let column = (id.kind == Kind::Column).then(|| id.name.clone());
        let types = (id.kind == Kind::Function).then(|| types_of(sql)).flatten();
        let stands = column.is_some() || types.is_some() || id.kind == Kind::Table;
        stands.then(|| Disturbed { name: id.owner(), column, types, is_converted })
    };
    sql.into_iter().filter_map(of_one).collect()
}

/// What stands in parentheses behind the name of a routine; of an aggregate that may be a star.
fn types_of(sql: &str) -> Option<String> {
    let (_, types) = sql.split_once("\"(")?;
    let types = types.strip_suffix(')')?;
    Some(if types == "*" { String::new() } else { types.to_owned() })
}

/// What stands on something that a mend removes or converts, as the server tells: it may be in a schema of no
/// plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub on: Disturbed,
    pub name: ObjectName,
    /// The object with its kind.
    pub told: String,
}

/// What of this keeps these statements of mends from running: what stands on something that they remove or
/// convert, and what they do not name.
pub fn in_the_way<'a>(sql: impl Iterator<Item = &'a str> + Clone, standing: &[Standing]) -> BTreeSet<String> {
    if standing.is_empty() {
        return BTreeSet::new();
    }
    let disturbed = disturbed(sql.clone());
    let named: BTreeSet<_> = sql.flat_map(|sql| Says::of(sql).names).collect();
    let in_the_way = standing.iter().filter(|one| disturbed.contains(&one.on) && !named.contains(&one.name));
    in_the_way.map(|one| one.told.clone()).collect()
}

/// What one statement says. Of kinds that share one space of names there is one that stands for all
/// ([`Kind::namesake`]), and an index is known without its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) makes: Option<ObjectId>,
    /// Whether it makes that also where it is there already.
    pub(super) replaces: bool,
    pub(super) removes: Option<ObjectId>,
    /// The sequence of an identity column that it makes besides.
    pub(super) makes_sequence: Option<ObjectName>,
    /// A column that gets another type, or an attribute of a composite type.
    pub(super) converts: Option<ObjectId>,
    /// The table for which it makes something that a foreign key can refer to.
    pub(super) makes_key_of: Option<ObjectName>,
    /// The table a foreign key refers to.
    pub(super) refers_to: Option<ObjectName>,
    /// The table of a column that may be NULL from now on.
    pub(super) drops_not_null_of: Option<ObjectName>,
    /// All names of two parts, whatever they name.
    pub(super) names: BTreeSet<ObjectName>,
    /// All words outside of strings.
    words: BTreeSet<String>,
}

impl Says {
    pub(super) fn of(sql: &str) -> Self {
        let words = words(sql);
        let mut says = Self { names: names(&words), ..Self::default() };
        says.names.extend(constants(sql));
        let mut at = Reader { words: &words, at: 0 };
        if at.skip("create") {
            says.replaces = at.skip("or") && at.skip("replace");
            says.create(&mut at);
        } else if at.skip("drop") {
            says.removes = dropped(&mut at);
        } else if at.skip("alter") {
            says.alter(&mut at);
        }
        let mut at = Reader { words: &words, at: 0 };
        says.makes_sequence = if at.after("sequence") && at.skip("name") { at.qualified() } else { None };
        says.words = words.into_iter().filter_map(Word::into_text).collect();
        says
    }

    /// Whether it names this column, together with its table.
    pub(super) fn names_column(&self, table: &ObjectName, column: &str) -> bool {
        self.names.contains(table) && self.words.contains(column)
    }

    fn create(&mut self, at: &mut Reader<'_>) {
        let unique = at.skip("unique");
        for word in ["unlogged", "constraint", "foreign", "materialized", "event", "default"] {
            at.skip(word);
        }
        let Some(what) = at.word() else { return };
        self.makes = match what.as_str() {
            "table" | "view" | "sequence" | "type" | "domain" => at.standing(Kind::Table),
            "function" | "procedure" | "aggregate" => at.standing(Kind::Function),
            "collation" => at.standing(Kind::Collation),
            "statistics" => at.standing(Kind::Statistics),
            "schema" => at.global(Kind::Schema),
            "extension" => at.global(Kind::Extension),
            "server" => at.global(Kind::ForeignServer),
            "publication" => at.global(Kind::Publication),
            "operator" => at.operator(),
            "text" => at.text_search(),
            "trigger" => at.event_trigger_or(Kind::Trigger, "on"),
            "policy" => at.of_relation(Kind::Policy, "on"),
            "rule" => at.of_relation(Kind::Rule, "to"),
            "index" => {
                let index = at.of_relation(Kind::Index, "on");
                self.makes_key_of = index.as_ref().map(ObjectId::owner).filter(|_| unique);
                index.map(|index| ObjectId { relation: None, ..index })
            }
            _ => None,
        };
    }

    fn alter(&mut self, at: &mut Reader<'_>) {
        at.skip("foreign");
        if at.skip("type") {
            let Some(name) = at.qualified() else { return };
            if at.skip("alter") && at.skip("attribute") {
                let attribute = at.ident();
                self.converts = attribute.map(|name_of| ObjectId::of_relation(Kind::Column, &name, name_of));
            }
            return;
        }
        if !at.skip("table") {
            return;
        }
        at.if_exists();
        let Some(table) = at.qualified() else { return };
        let part = |kind, name: Option<Ident>| name.map(|name| ObjectId::of_relation(kind, &table, name));
        match (at.word().as_deref(), at.word().as_deref()) {
            (Some("add"), Some("column")) => self.makes = part(Kind::Column, at.ident()),
            (Some("add"), Some("constraint")) => {
                self.makes = part(Kind::Constraint, at.ident());
                match at.word().as_deref() {
                    Some("primary" | "unique" | "exclude") => self.makes_key_of = Some(table),
                    Some("foreign") if at.after("references") => self.refers_to = at.qualified(),
                    _ => {}
                }
            }
            (Some("drop"), Some(what @ ("column" | "constraint"))) => {
                let kind = if what == "column" { Kind::Column } else { Kind::Constraint };
                at.if_exists();
                self.removes = part(kind, at.ident());
            }
            (Some("alter"), Some("column")) => {
                let column = part(Kind::Column, at.ident());
                match (at.word().as_deref(), at.word().as_deref()) {
                    (Some("type"), _) => self.converts = column,
                    (Some("drop"), Some("not")) => self.drops_not_null_of = Some(table),
                    _ => {}
                }
            }
            (Some("rename"), Some("column")) => {
                at.ident();
                at.skip("to");
                self.makes = part(Kind::Column, at.ident());
            }
            (Some("rename"), Some("to")) => {
                self.makes = at.ident().map(|name| ObjectId {
                    schema: table.schema.clone(),
                    relation: None,
                    kind: Kind::Table,
                    name,
                });
            }
            _ => {}
        }
    }
}

fn dropped(at: &mut Reader<'_>) -> Option<ObjectId> {
    for word in ["foreign", "materialized", "event"] {
        at.skip(word);
    }
    let what = at.word()?;
    let kind = match what.as_str() {
        "table" | "view" | "sequence" | "type" | "domain" => Kind::Table,
        "routine" | "function" | "procedure" | "aggregate" => Kind::Function,
        "collation" => Kind::Collation,
        "index" => Kind::Index,
        "statistics" => Kind::Statistics,
        "operator" => return at.operator(),
        "text" => return at.text_search(),
        "trigger" => return at.event_trigger_or(Kind::Trigger, "on"),
        "rule" => return at.of_relation(Kind::Rule, "on"),
        "policy" => return at.of_relation(Kind::Policy, "on"),
        "schema" => return at.global(Kind::Schema),
        "extension" => return at.global(Kind::Extension),
        "server" => return at.global(Kind::ForeignServer),
        "publication" => return at.global(Kind::Publication),
        _ => return None,
    };
    at.if_exists();
    at.standing(kind)
}

/// A word or a sign of a statement. Strings and numbers name nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A word as it stands there, in lower case: a keyword or a name.
    Bare(String),
    Quoted(String),
    /// Signs that follow each other, such as those of an operator.
    Signs(String),
    Other,
}

impl Word {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => Some(text),
            Self::Signs(_) | Self::Other => None,
        }
    }

    fn into_text(self) -> Option<String> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => Some(text),
            Self::Signs(_) | Self::Other => None,
        }
    }
}

fn words(sql: &str) -> Vec<Word> {
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
fn constants(sql: &str) -> impl Iterator<Item = ObjectName> {
    sql.match_indices("'::regclass").filter_map(|(end, _)| {
        let (_, name) = sql.get(..end)?.rsplit_once('\'')?;
        name.parse().ok()
    })
}

fn is_point(word: &Word) -> bool {
    *word == Word::Signs(".".to_owned())
}

/// The first two parts of each name that has more than one; of operators too.
fn names(words: &[Word]) -> BTreeSet<ObjectName> {
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
struct Reader<'a> {
    words: &'a [Word],
    at: usize,
}

impl Reader<'_> {
    fn skip(&mut self, keyword: &str) -> bool {
        let is = matches!(self.words.get(self.at), Some(Word::Bare(word)) if word == keyword);
        self.at += usize::from(is);
        is
    }

    fn if_exists(&mut self) {
        let _ = self.skip("if") && self.skip("exists");
    }

    /// Goes behind the next such keyword.
    fn after(&mut self, keyword: &str) -> bool {
        while self.at < self.words.len() {
            if self.skip(keyword) {
                return true;
            }
            self.at += 1;
        }
        false
    }

    fn word(&mut self) -> Option<String> {
        let Some(Word::Bare(word)) = self.words.get(self.at) else { return None };
        self.at += 1;
        Some(word.clone())
    }

    fn ident(&mut self) -> Option<Ident> {
        let name = self.words.get(self.at)?.name()?;
        self.at += 1;
        Some(Ident::new(name))
    }

    fn qualified(&mut self) -> Option<ObjectName> {
        let schema = self.ident()?;
        is_point(self.words.get(self.at)?).then_some(())?;
        self.at += 1;
        Some(ObjectName::new(schema, self.ident()?))
    }

    fn standing(&mut self, kind: Kind) -> Option<ObjectId> {
        Some(ObjectId::standalone(kind, &self.qualified()?))
    }

    fn global(&mut self, kind: Kind) -> Option<ObjectId> {
        self.if_exists();
        Some(ObjectId::global(kind, &self.ident()?))
    }

    /// `name … keyword relation`.
    fn of_relation(&mut self, kind: Kind, keyword: &str) -> Option<ObjectId> {
        self.if_exists();
        let name = self.ident()?;
        let relation = if self.after(keyword) { self.qualified()? } else { return None };
        Some(ObjectId::of_relation(kind, &relation, name))
    }

    fn event_trigger_or(&mut self, kind: Kind, keyword: &str) -> Option<ObjectId> {
        let at = self.at;
        let of_relation = self.of_relation(kind, keyword);
        if of_relation.is_none() {
            self.at = at;
            return self.global(Kind::EventTrigger);
        }
        of_relation
    }

    fn operator(&mut self) -> Option<ObjectId> {
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

    fn text_search(&mut self) -> Option<ObjectId> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(kind: Kind, name: &str) -> Option<ObjectId> {
        Some(ObjectId::standalone(kind, &ObjectName::new("inv", name)))
    }

    fn part(kind: Kind, table: &str, name: &str) -> Option<ObjectId> {
        Some(ObjectId::of_relation(kind, &ObjectName::new("inv", table), Ident::new(name)))
    }

    #[test]
    fn what_is_made_is_known_by_the_words_before_its_name() {
        for (sql, made) in [
            ("CREATE TABLE \"inv\".\"item\" (\"id\" bigint)", standing(Kind::Table, "item")),
            ("CREATE UNLOGGED TABLE \"inv\".\"item\" ()", standing(Kind::Table, "item")),
            ("CREATE FOREIGN TABLE \"inv\".\"item\" ()", standing(Kind::Table, "item")),
            ("CREATE MATERIALIZED VIEW \"inv\".\"v\" AS SELECT 1", standing(Kind::Table, "v")),
            ("CREATE TYPE \"inv\".\"t\" AS ENUM ('a')", standing(Kind::Table, "t")),
            ("CREATE OR REPLACE FUNCTION \"inv\".\"f\"(integer)", standing(Kind::Function, "f")),
            ("CREATE OPERATOR \"inv\".=== (FUNCTION = inv.f)", standing(Kind::Operator, "===")),
            ("CREATE UNIQUE INDEX \"i\" ON \"inv\".\"item\" USING btree (a)", standing(Kind::Index, "i")),
            (
                "CREATE TRIGGER \"t\" BEFORE UPDATE OF \"on\" ON \"inv\".\"item\" FOR EACH ROW",
                part(Kind::Trigger, "item", "t"),
            ),
            ("CREATE RULE r AS\n    ON DELETE TO inv.item DO INSTEAD NOTHING", part(Kind::Rule, "item", "r")),
            ("CREATE POLICY \"p\" ON \"inv\".\"item\" AS PERMISSIVE", part(Kind::Policy, "item", "p")),
            ("ALTER TABLE \"inv\".\"item\" ADD COLUMN \"a b\" text", part(Kind::Column, "item", "a b")),
            (
                "ALTER TABLE \"inv\".\"item\" ADD CONSTRAINT \"c\" CHECK (a > 0)",
                part(Kind::Constraint, "item", "c"),
            ),
            ("ALTER TABLE \"inv\".\"item\" RENAME COLUMN \"a\" TO \"b\"", part(Kind::Column, "item", "b")),
            ("ALTER TABLE \"inv\".\"thing\" RENAME TO \"item\"", standing(Kind::Table, "item")),
            ("COMMENT ON TABLE \"inv\".\"item\" IS 'CREATE TABLE inv.x'", None),
            ("CREATE", None),
            ("", None),
        ] {
            assert_eq!(Says::of(sql).makes, made, "{sql}");
        }
    }

    #[test]
    fn what_goes_and_what_is_converted_is_known_too() {
        for (sql, gone) in [
            ("DROP VIEW \"inv\".\"v\"", standing(Kind::Table, "v")),
            ("DROP MATERIALIZED VIEW \"inv\".\"v\"", standing(Kind::Table, "v")),
            ("DROP ROUTINE \"inv\".\"f\"(integer, inv.t)", standing(Kind::Function, "f")),
            ("DROP INDEX IF EXISTS \"inv\".\"i\"", standing(Kind::Index, "i")),
            ("DROP POLICY \"p\" ON \"inv\".\"item\"", part(Kind::Policy, "item", "p")),
            (
                "ALTER TABLE \"inv\".\"item\" DROP COLUMN IF EXISTS \"a\"\"b\"",
                part(Kind::Column, "item", "a\"b"),
            ),
            ("ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"a\" DROP DEFAULT", None),
        ] {
            assert_eq!(Says::of(sql).removes, gone, "{sql}");
        }
        let converted =
            Says::of("ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"a\" TYPE text USING \"a\"::text");
        assert_eq!(converted.converts, part(Kind::Column, "item", "a"));
        let not_null = Says::of("ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"a\" DROP NOT NULL");
        assert_eq!(not_null.drops_not_null_of, Some(ObjectName::new("inv", "item")));
    }

    #[test]
    fn names_are_those_outside_of_strings_and_their_columns_are_none() {
        let says = Says::of(
            "CREATE VIEW \"inv\".\"v\" AS\n SELECT i.id, inv.f(i.\"Qty\", 'inv.text') OPERATOR(inv.===) 1\n   FROM inv.item i WHERE inv.item.a > 0 AND $$inv.body$$ = 'x'",
        );
        let names: Vec<_> = says.names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["i.\"Qty\"", "i.id", "inv.\"===\"", "inv.f", "inv.item", "inv.v"]);
        assert!(says.names_column(&ObjectName::new("inv", "item"), "Qty"));
        assert!(!says.names_column(&ObjectName::new("inv", "item"), "text"));
        assert!(!says.names_column(&ObjectName::new("inv", "other"), "id"));
    }

    #[test]
    fn a_foreign_key_and_the_key_that_it_refers_to_find_each_other() {
        let table = Some(ObjectName::new("inv", "b"));
        let key =
            "ALTER TABLE \"inv\".\"a\" ADD CONSTRAINT \"k\" FOREIGN KEY (\"b\") REFERENCES inv.b (\"id\")";
        assert_eq!(Says::of(key).refers_to, table);
        for sql in [
            "ALTER TABLE \"inv\".\"b\" ADD CONSTRAINT \"k\" PRIMARY KEY (\"id\")",
            "CREATE UNIQUE INDEX \"i\" ON \"inv\".\"b\" USING btree (id)",
        ] {
            assert_eq!(Says::of(sql).makes_key_of, table, "{sql}");
        }
    }

    #[test]
    fn what_others_may_stand_on_is_told_with_what_it_is_known_by() {
        let told = |sql: &str| {
            let mut all = disturbed([sql]).into_iter();
            all.next().map(|one| (one.name.to_string(), one.column, one.types, one.is_converted))
        };
        let of = |name: &str, column: Option<&str>, types: Option<&str>, converted| {
            Some((name.to_owned(), column.map(Ident::new), types.map(str::to_owned), converted))
        };
        for (sql, expected) in [
            (
                "DROP ROUTINE \"inv\".\"f\"(integer, inv.\"t\")",
                of("inv.f", None, Some("integer, inv.\"t\""), false),
            ),
            ("DROP ROUTINE \"inv\".\"total\"(*)", of("inv.total", None, Some(""), false)),
            ("DROP VIEW \"inv\".\"v\"", of("inv.v", None, None, false)),
            (
                "ALTER TABLE \"inv\".\"item\" DROP COLUMN IF EXISTS \"a\"",
                of("inv.item", Some("a"), None, false),
            ),
            (
                "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"a\" TYPE text",
                of("inv.item", Some("a"), None, true),
            ),
            ("DROP POLICY \"p\" ON \"inv\".\"item\"", None),
            ("CREATE VIEW \"inv\".\"v\" AS SELECT 1", None),
        ] {
            assert_eq!(told(sql), expected, "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(CREATE|DROP|ALTER)? ?(TABLE|INDEX|OPERATOR)?[.é'\"$Ea1 \\\\=(*]{0,40}") {
            Says::of(&text);
        }
    }
}
