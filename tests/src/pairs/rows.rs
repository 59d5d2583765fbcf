//! The rows of a database, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenon_migrations_core::repair::{Hazard, HazardRule};
use tenon_migrations_core::snapshot::{Kind, ObjectId};
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::Client;

use super::Outcome;

/// One row: its columns by name.
type Row = BTreeMap<String, Value>;

/// The rows of each table, and how far each sequence is.
#[derive(Debug)]
pub(super) struct Rows {
    tables: BTreeMap<ObjectName, Table>,
    sequences: BTreeMap<ObjectName, Sequence>,
}

#[derive(Debug)]
struct Table {
    /// Each with its type.
    columns: BTreeMap<String, String>,
    /// The tables of which it is a part or a child.
    above: Vec<ObjectName>,
    /// The type of its rows, where that says its columns.
    of_type: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Sequence {
    stands: String,
    owner: Option<ObjectId>,
}

impl Rows {
    /// Fills what is empty, and gives the tables that still are.
    pub(super) async fn fill(client: &Client) -> Result<Vec<String>, Outcome> {
        let unmade =
            |error: tokio_postgres::Error| Outcome::Unmade(format!("it cannot be filled: {error:?}"));
        client.batch_execute(include_str!("fill.sql")).await.map_err(unmade)?;
        let rows = client.query(include_str!("empty.sql"), &[]).await.map_err(unmade)?;
        client.batch_execute("DROP FUNCTION pg_temp.value_of, pg_temp.has_rows").await.map_err(unmade)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) async fn of(client: &Client) -> Result<Self, Outcome> {
        let unread = |error: tokio_postgres::Error| Outcome::Unread(format!("its rows: {error:?}"));
        let mut tables = BTreeMap::new();
        for row in client.query(include_str!("columns.sql"), &[]).await.map_err(unread)? {
            let name: String = row.get(2);
            let (columns, types): (Vec<String>, Vec<String>) = (row.get(3), row.get(4));
            let sql = format!("SELECT to_jsonb(every_row)::text FROM ONLY {name} AS every_row ORDER BY 1");
            let rows = client.query(&sql, &[]).await.map_err(unread)?;
            let rows = rows.iter().map(|row| serde_json::from_str(row.get(0)).expect("it is JSON")).collect();
            let above = row.get::<_, Vec<String>>(5);
            let above = above.iter().map(|name| name.parse().expect("it is a name")).collect();
            let columns = columns.into_iter().zip(types).collect();
            let of_type = row.get(6);
            tables.insert(named(row.get(0), row.get(1)), Table { columns, above, of_type, rows });
        }
        let mut sequences = BTreeMap::new();
        for row in client.query(include_str!("sequences.sql"), &[]).await.map_err(unread)? {
            let owner = match row.get::<_, Vec<String>>(3).as_slice() {
                [schema, table, name] => Some(column(&named(schema, table), name)),
                _ => None,
            };
            sequences.insert(named(row.get(0), row.get(1)), Sequence { stands: row.get(2), owner });
        }
        Ok(Self { tables, sequences })
    }

    /// What is not as it was, and told of by no hazard.
    pub(super) fn changed(&self, now: &Self, hazards: &BTreeSet<Hazard>) -> Vec<String> {
        let told =
            |object: &str| hazards.iter().any(|hazard| hazard.object == object && tells_of_data(hazard.rule));
        let mut changed = Vec::new();
        for (name, table) in &self.tables {
            let above = || table.above.iter().chain([name]);
            let schema = ObjectId::global(Kind::Schema, &name.schema).path();
            if above().any(|table| told(&standing(Kind::Table, table))) || told(&schema) {
                continue;
            }
            let Some(now) = now.tables.get(name) else {
                changed.push(format!("table {name} is gone"));
                continue;
            };
            // What becomes of a parent's column becomes of those below it.
            let is_told = |(name, data_type): (&String, &String)| {
                above().any(|table| told(&column(table, name).path()))
                    || told(data_type)
                    || told(&table.of_type)
            };
            let mut kept = BTreeSet::new();
            for untold in table.columns.iter().filter(|column| !is_told(*column)) {
                if now.columns.contains_key(untold.0) {
                    kept.insert(untold.0);
                } else {
                    changed.push(format!("column {name}.{} is gone", untold.0));
                }
            }
            if let Some(difference) = differ(&only(&table.rows, &kept), &only(&now.rows, &kept)) {
                changed.push(format!("{name}: {difference}"));
            }
        }
        for (name, sequence) in &self.sequences {
            let of_owner = sequence
                .owner
                .as_ref()
                .is_some_and(|column| told(&column.path()) || told(&standing(Kind::Table, &column.owner())));
            match now.sequences.get(name) {
                _ if of_owner || told(&standing(Kind::Sequence, name)) => {}
                _ if told(&ObjectId::global(Kind::Schema, &name.schema).path()) => {}
                None => changed.push(format!("sequence {name} is gone")),
                Some(now) if now.stands == sequence.stands => {}
                Some(now) => changed.push(format!(
                    "sequence {name} stood at {}, and stands at {}",
                    sequence.stands, now.stands
                )),
            }
        }
        changed
    }
}

fn named(schema: &str, name: &str) -> ObjectName {
    ObjectName::new(schema, name)
}

fn column(table: &ObjectName, name: &str) -> ObjectId {
    ObjectId::of_relation(Kind::Column, table, Ident::new(name))
}

fn standing(kind: Kind, name: &ObjectName) -> String {
    ObjectId::standalone(kind, name).path()
}

/// Whether a hazard says that rows may go or change; what only takes time, or rights, does not.
fn tells_of_data(rule: HazardRule) -> bool {
    match rule {
        HazardRule::Drop(Kind::Table | Kind::Column | Kind::Sequence | Kind::Schema) => true,
        HazardRule::Drop(_) => false,
        rule => {
            rule.is_destructive()
                && !matches!(
                    rule,
                    HazardRule::Revoke | HazardRule::ChangeOwner | HazardRule::ChangeRowSecurity
                )
        }
    }
}

fn only(rows: &[Row], columns: &BTreeSet<&String>) -> Vec<String> {
    let kept = |row: &Row| {
        let kept = row.iter().filter(|(column, _)| columns.contains(column));
        let row: BTreeMap<_, _> = kept.map(|(column, value)| (column, without_nulls(value))).collect();
        serde_json::to_string(&row).expect("it is JSON")
    };
    let mut rows: Vec<_> = rows.iter().map(kept).collect();
    rows.sort();
    rows
}

/// An attribute that a type got later has no value.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let there = entries.iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

fn differ(before: &[String], now: &[String]) -> Option<String> {
    (before != now).then(|| format!("rows were {}\nand are {}", before.join(" "), now.join(" ")))
}
