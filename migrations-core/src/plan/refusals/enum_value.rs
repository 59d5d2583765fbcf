//! An enum value that is added cannot be used in the same transaction (manual, `ALTER TYPE`, "Notes"), and a
//! heal is one. From PostgreSQL 17 on it can where the type is new in it too.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::ObjectName;

use super::super::{Note, PlanRule, Refusal};
use super::of_statement;
use crate::migration::{MigrationId, PluginMigration};
use crate::snapshot::{CatalogSnapshot, Kind, Property, Value};
use crate::statements::{self, EffectKind, Named, Statement};

/// One use of a value that is added in the same heal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumUse {
    pub migration: MigrationId,
    /// The number of the statement, from 0.
    pub statement: usize,
    /// The place as the refusal has it.
    pub place: String,
    pub of: ObjectName,
}

/// The first major that lets a new type's added values be used at once; 15 and 16 do not.
const LENIENT_WITH_NEW_TYPES: i32 = 17;

/// The values that the statements so far have added.
pub(super) struct Values<'a> {
    live: &'a CatalogSnapshot,
    /// Whether the types that the statements make count like those that stand.
    new_types: NewTypes,
    added: Vec<Added>,
    /// What the statements made or changed, and what was named there.
    named: BTreeMap<ObjectName, BTreeSet<ObjectName>>,
    made: BTreeSet<ObjectName>,
}

/// What is held of types that are new in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NewTypes {
    /// The added values of new types cannot be used either.
    Count,
    /// The added values of new types can be used.
    AreFree,
}

struct Added {
    label: String,
    of: ObjectName,
    place: String,
}

impl<'a> Values<'a> {
    /// On a server of this major.
    pub(super) fn new(live: &'a CatalogSnapshot, server_major: i32) -> Self {
        let new_types =
            if server_major < LENIENT_WITH_NEW_TYPES { NewTypes::Count } else { NewTypes::AreFree };
        Self::with(live, new_types)
    }

    fn with(live: &'a CatalogSnapshot, new_types: NewTypes) -> Self {
        let (added, named, made) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { live, new_types, added, named, made }
    }

    /// Takes notice of a statement, and gives what is wrong with it.
    pub(super) fn used(&mut self, migration: &PluginMigration, statement: &Statement<'_>) -> Vec<Refusal> {
        self.uses(migration, statement).into_iter().map(|(refusal, _)| refusal).collect()
    }

    /// Takes notice of a statement, and gives what is wrong with it, each with the type.
    pub(super) fn uses(
        &mut self,
        migration: &PluginMigration,
        statement: &Statement<'_>,
    ) -> Vec<(Refusal, ObjectName)> {
        let refusals = self.refusals(migration, statement);
        if statement.begins(&["create"]) || statement.begins(&["alter", "table"]) {
            let names = statement.dotted_names();
            if let Some(first) = names.first() {
                if statement.begins(&["create", "type"]) {
                    self.made.insert(first.clone());
                }
                self.named.entry(first.clone()).or_default().extend(names);
            }
        }
        if statement.begins(&["drop", "type"]) {
            // Another takes its name, whose values came with it.
            let gone = statement.dotted_names();
            self.added.retain(|added| !gone.contains(&added.of));
        }
        if statement.begins(&["alter", "type"]) {
            let position = statement.position;
            let place = format!("{}:{}:{}", migration.id, position.line, position.column);
            for effect in statement.effects() {
                match effect.what {
                    EffectKind::ValueAdded(label) if self.counts(&effect.of) => {
                        self.added.push(Added { label, of: effect.of, place: place.clone() });
                    }
                    EffectKind::Renamed(new) => {
                        for added in self.added.iter_mut().filter(|added| added.of == effect.of) {
                            added.of = new.clone();
                        }
                        if self.made.remove(&effect.of) {
                            self.made.insert(new);
                        }
                    }
                    _ => {}
                }
            }
        }
        refusals
    }

    /// Whether added values of this type cannot be used in the same transaction.
    fn counts(&self, of: &ObjectName) -> bool {
        self.new_types == NewTypes::Count || !self.made.contains(of)
    }

    fn refusals(&self, migration: &PluginMigration, statement: &Statement<'_>) -> Vec<(Refusal, ObjectName)> {
        if self.added.is_empty() || statement.begins(&["alter", "type"]) {
            return Vec::new();
        }
        let texts = statement.texts();
        if !self.added.iter().any(|added| texts.contains(&added.label)) {
            return Vec::new();
        }
        let names: Vec<_> = match statement.names() {
            Some(names) => names.iter().map(Named::full).collect(),
            None => statement.dotted_names(),
        };
        let uses = |added: &&Added| {
            texts.contains(&added.label) && names.iter().any(|name| self.is_user(name, &added.of))
        };
        let found: BTreeMap<_, _> =
            self.added.iter().filter(uses).map(|added| ((&added.of, &added.label), added)).collect();
        let refusal = |added: &Added| {
            let Added { label, of, place, .. } = added;
            let reason = format!(
                "the value {label:?} of {of} is added in the same heal, at {place}, and PostgreSQL lets nobody \
                 use a new value before that is committed"
            );
            (of_statement(migration, statement, PlanRule::EnumValueUsed, reason, remedy(of)), of.clone())
        };
        found.into_values().map(refusal).collect()
    }

    /// Whether this is the type, or something that has columns or arguments of it.
    fn is_user(&self, name: &ObjectName, of: &ObjectName) -> bool {
        let spelled = of.to_string();
        let typed = |column: &crate::snapshot::ObjectId| {
            let object = self.live.objects.get(column);
            matches!(
                object.and_then(|object| object.get(&Property::DataType)),
                Some(Value::Text(text)) if text.trim_end_matches("[]") == spelled
            )
        };
        let columns = || self.live.objects.keys().filter(|id| id.kind == Kind::Column && id.owner() == *name);
        name == of || self.named.get(name).is_some_and(|named| named.contains(of)) || columns().any(typed)
    }
}

/// What helps wherever the file runs: on an empty database, and where any of the plugin's versions was
/// before.
fn remedy(of: &ObjectName) -> String {
    let name = of.name.as_str();
    let other = |suffix: &str| ObjectName::new(of.schema.clone(), format!("{name}{suffix}")).quoted();
    let (of, new) = (of.quoted(), other("_new"));
    let quoted = tenon_schema::Ident::from(name).quoted();
    format!(
        "make the type anew before this statement, in the same file: `CREATE TYPE {new} AS ENUM (…)` with all values, \
         for each column of it `ALTER TABLE … ALTER COLUMN … DROP DEFAULT, ALTER COLUMN … TYPE {new} USING \
         …::text::{new}, ALTER COLUMN … SET DEFAULT …`, `DROP TYPE {of}`, `ALTER TYPE {new} RENAME TO {quoted}`. Leaving \
         the use to a later version does not help: whoever installs that one runs both in one heal"
    )
}

/// What will fail elsewhere, though not here: wherever a file that adds a value and one that uses it are
/// pending together, as on an empty database.
pub(in super::super) fn elsewhere(migrations: &[&PluginMigration], refused: &[Refusal]) -> Vec<Note> {
    // Reading all statements takes longer than seeing that no value is added anywhere.
    let adds = |one: &&PluginMigration| {
        ["alter", "type", "value"].iter().all(|word| statements::contains(&one.sql, word))
    };
    if !migrations.iter().any(adds) {
        return Vec::new();
    }
    let nothing = CatalogSnapshot::default();
    let mut values = Values::with(&nothing, NewTypes::Count);
    let mut notes = Vec::new();
    for migration in migrations {
        for statement in statements::parse(&migration.sql).iter().flatten() {
            let used = values.used(migration, statement).into_iter();
            notes.extend(used.filter(|one| !told(one, refused)).map(|one| Note {
                plugin: migration.id.plugin.clone(),
                rule: PlanRule::EnumValueElsewhere,
                place: one.place,
                reason: format!(
                    "where both run in one heal, as on an empty database of PostgreSQL 15 or 16 or on an upgrade that \
                     skips a version, this fails: {}",
                    one.reason
                ),
                remedy: one.remedy,
            }));
        }
    }
    notes
}

fn told(one: &Refusal, refused: &[Refusal]) -> bool {
    refused.iter().any(|refusal| refusal.rule == one.rule && refusal.place == one.place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Object, ObjectId};

    fn refused(sql: &str) -> Vec<String> {
        let mut live = CatalogSnapshot::default();
        let (kind, table): (ObjectName, ObjectName) =
            ("shop.kind".parse().unwrap(), "shop.item".parse().unwrap());
        live.objects.insert(ObjectId::standalone(Kind::Enum, &kind), Object::default());
        let column = ObjectId::of_relation(Kind::Column, &table, "kind".into());
        let typed = [(Property::DataType, Value::Text("shop.kind".to_owned()))];
        live.objects.insert(column, typed.into_iter().collect());
        let migration = PluginMigration::new("shop/0002.sql".parse().unwrap(), sql, Vec::new());
        let mut values = Values::new(&live, 17);
        let statements = crate::statements::parse(&migration.sql).unwrap();
        let refusals = statements.iter().flat_map(|statement| values.used(&migration, statement));
        refusals.map(|refusal| format!("{} {}", refusal.place, refusal.rule)).collect()
    }

    #[test]
    fn a_value_that_is_only_added_is_no_trouble_and_one_that_is_used_is() {
        let add = "ALTER TYPE shop.kind ADD VALUE 'new'";
        for using in [
            "INSERT INTO shop.item VALUES ('new')",
            "UPDATE shop.item SET kind = 'new' WHERE kind = 'old'",
            "ALTER TABLE shop.item ALTER kind SET DEFAULT 'new'",
            "SELECT 'new'::shop.kind",
            "CREATE TABLE shop.other (kind shop.kind DEFAULT 'new')",
            "DO $$ BEGIN UPDATE shop.item SET kind = 'new'; END $$",
            "CREATE FUNCTION shop.f() RETURNS shop.kind LANGUAGE sql AS $$ SELECT 'new'::shop.kind $$",
        ] {
            let place = "shop/0002.sql:2:1 enum-value-used";
            assert_eq!(refused(&format!("{add};\n{using}")), [place], "{using}");
        }
        for other in [
            "ALTER TYPE shop.kind ADD VALUE 'newer' AFTER 'new'",
            "INSERT INTO shop.log VALUES ('new')",
            "INSERT INTO shop.item VALUES ('old')",
            "CREATE FUNCTION shop.f() RETURNS shop.kind LANGUAGE plpgsql AS $$ BEGIN RETURN 'new'; END $$",
            "COMMENT ON TABLE shop.other IS 'new'",
        ] {
            assert_eq!(refused(&format!("{add};\n{other}")), Vec::<String>::new(), "{other}");
        }
        let later = format!("{add}; CREATE TABLE shop.b (kind shop.kind); INSERT INTO shop.b VALUES ('new')");
        assert_eq!(refused(&later).len(), 1, "a table that was made since");
        let made = "CREATE TYPE shop.state AS ENUM ('a'); ALTER TYPE shop.state ADD VALUE 'b'; \
                    SELECT 'b'::shop.state";
        assert_eq!(refused(made), Vec::<String>::new(), "a type of the same transaction");
    }

    #[test]
    fn a_type_that_was_made_anew_has_its_values_from_the_start() {
        let sql = "ALTER TYPE shop.kind ADD VALUE 'new'; CREATE TYPE shop.anew AS ENUM ('old', 'new'); \
                   DROP TYPE shop.kind; ALTER TYPE shop.anew RENAME TO kind; UPDATE shop.item SET kind = 'new'";
        assert_eq!(refused(sql), Vec::<String>::new());
    }

    fn elsewhere(files: &[&str]) -> Vec<String> {
        let number = |(at, sql): (usize, &&str)| {
            PluginMigration::new(format!("shop/{}.sql", at + 1).parse().unwrap(), *sql, Vec::new())
        };
        let files: Vec<_> = files.iter().enumerate().map(number).collect();
        super::elsewhere(&files.iter().collect::<Vec<_>>(), &[]).into_iter().map(|note| note.place).collect()
    }

    #[test]
    fn a_new_type_counts_before_postgresql_17() {
        let sql = "CREATE TYPE shop.state AS ENUM ('a'); CREATE TABLE shop.t (s shop.state); \
                   ALTER TYPE shop.state ADD VALUE 'b'; INSERT INTO shop.t VALUES ('b')";
        let migration = PluginMigration::new("shop/1.sql".parse().unwrap(), sql, Vec::new());
        for (major, refused) in [(15, 1), (16, 1), (17, 0), (18, 0)] {
            let live = CatalogSnapshot::default();
            let mut values = Values::new(&live, major);
            let statements = crate::statements::parse(sql).unwrap();
            let refusals = statements.iter().flat_map(|statement| values.used(&migration, statement));
            assert_eq!(refusals.count(), refused, "{major}");
        }
    }

    #[test]
    fn what_will_fail_where_all_runs_at_once_is_told_while_it_does_not_fail_here() {
        let [make, add, using] = [
            "CREATE TYPE shop.kind AS ENUM ('a'); CREATE TABLE shop.item (kind shop.kind)",
            "ALTER TYPE shop.kind ADD VALUE 'b'",
            "UPDATE shop.item SET kind = 'b'",
        ];
        assert_eq!(elsewhere(&[make, add, using]), ["shop/3.sql:1:1"]);
        assert_eq!(elsewhere(&[make, add]), Vec::<String>::new());
        assert_eq!(elsewhere(&[make, using, add]), Vec::<String>::new());
    }
}
