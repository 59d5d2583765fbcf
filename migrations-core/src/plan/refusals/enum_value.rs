//! An enum value that is added cannot be used in the same transaction (manual, `ALTER TYPE`, "Notes"), unless the
//! type is new too.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::ObjectName;

use super::super::Refusal;
use super::of_statement;
use crate::migration::Migration;
use crate::reading::{Kind, Property, Reading, Value};
use crate::statements::{Named, Statement, What};

/// The values that the statements so far have added to types that stood before.
pub(super) struct Values<'a> {
    live: &'a Reading,
    added: Vec<Added>,
}

struct Added {
    label: String,
    of: ObjectName,
    place: String,
    /// The type itself and the tables that have columns of it.
    users: BTreeSet<ObjectName>,
}

impl<'a> Values<'a> {
    pub(super) fn new(live: &'a Reading) -> Self {
        Self { live, added: Vec::new() }
    }

    /// Takes notice of a statement, and gives what is wrong with it.
    pub(super) fn used(&mut self, migration: &Migration, statement: &Statement<'_>) -> Vec<Refusal> {
        let refusals = self.refusals(migration, statement);
        if let Some(table) = statement.makes_table() {
            let names = statement.dotted_names();
            for added in self.added.iter_mut().filter(|added| names.contains(&added.of)) {
                added.users.insert(table.clone());
            }
        }
        if statement.begins(&["alter", "type"]) {
            let position = statement.position;
            let place = format!("{}:{}:{}", migration.id, position.line, position.column);
            for effect in statement.effects() {
                if let What::ValueAdded(label) = effect.what
                    && let Some(users) = self.users(&effect.of)
                {
                    self.added.push(Added { label, of: effect.of, place: place.clone(), users });
                }
            }
        }
        refusals
    }

    fn refusals(&self, migration: &Migration, statement: &Statement<'_>) -> Vec<Refusal> {
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
            texts.contains(&added.label) && names.iter().any(|name| added.users.contains(name))
        };
        let found: BTreeMap<_, _> =
            self.added.iter().filter(uses).map(|added| ((&added.of, &added.label), added)).collect();
        let refusal = |added: &Added| {
            let Added { label, of, place, .. } = added;
            let reason = format!(
                "the value {label:?} of {of} is added in the same heal, at {place}, and PostgreSQL lets nobody \
                 use a new value before that is committed"
            );
            let remedy = format!(
                "leave the use of it to the plugin's next version, which a heal of its own applies; or make the \
                 type anew: CREATE TYPE with all values, ALTER TABLE … ALTER COLUMN … TYPE, DROP TYPE {of}, \
                 ALTER TYPE … RENAME"
            );
            of_statement(migration, statement, "enum-value-used", reason, remedy)
        };
        found.into_values().map(refusal).collect()
    }

    /// Who can use a type that stands already; `None` where it is new.
    fn users(&self, of: &ObjectName) -> Option<BTreeSet<ObjectName>> {
        let standing = |kind| crate::reading::ObjectId::standalone(kind, of);
        self.live.objects.get(&standing(Kind::Enum))?;
        let spelled = of.to_string();
        let typed = self.live.objects.iter().filter(|(id, object)| {
            let is = |text: &str| text.trim_end_matches("[]") == spelled;
            id.kind == Kind::Column
                && matches!(object.get(&Property::DataType), Some(Value::Text(text)) if is(text))
        });
        Some(typed.map(|(id, _)| id.owner()).chain([of.clone()]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Object, ObjectId};

    fn refused(sql: &str) -> Vec<String> {
        let mut live = Reading::default();
        let (kind, table): (ObjectName, ObjectName) =
            ("shop.kind".parse().unwrap(), "shop.item".parse().unwrap());
        live.objects.insert(ObjectId::standalone(Kind::Enum, &kind), Object::default());
        let column = ObjectId::of_relation(Kind::Column, &table, "kind".into());
        let typed = [(Property::DataType, Value::Text("shop.kind".to_owned()))];
        live.objects.insert(column, typed.into_iter().collect());
        let migration = Migration::new("shop/0002.sql".parse().unwrap(), sql, Vec::new());
        let mut values = Values::new(&live);
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
}
