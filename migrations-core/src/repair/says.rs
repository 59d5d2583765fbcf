//! What a statement of a repair makes, removes, converts and names.
//!
//! Repairs are written by us: names are quoted, and qualified wherever PostgreSQL lets them be. So a few
//! words at the beginning tell what is done, and the names in the rest tell with what.

mod words;

use std::collections::BTreeSet;

use tenon_schema::{Ident, ObjectName};

use crate::snapshot::{Kind, ObjectId};

use self::words::{Reader, Word, constants, names, words};

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

/// What the statements of repairs remove or convert, as far as something else can stand on it.
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

/// What stands on something that a repair removes or converts, as the server tells: it may be in a schema
/// of no plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub on: Disturbed,
    pub name: ObjectName,
    /// The object with its kind.
    pub told: String,
}

/// What of this keeps these statements of repairs from running: what stands on something that they remove or
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
/// ([`Kind::namespace_kind`]), and an index is known without its table.
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
