//! The rows of a database, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenon_migrations_core::mend::{Hazard, HazardRule};
use tenon_migrations_core::reading::Kind;
use tokio_postgres::Client;

use super::Outcome;

/// One row: its columns by name.
type Row = BTreeMap<String, Value>;

/// The rows of each table, and how far each sequence is.
#[derive(Debug)]
pub(super) struct Rows {
    tables: BTreeMap<String, Table>,
    sequences: BTreeMap<String, (String, String)>,
}

#[derive(Debug)]
struct Table {
    /// Each with the type that an administrator may be told of instead.
    columns: BTreeMap<String, String>,
    rows: Vec<Row>,
}

impl Rows {
    /// Fills what is empty, and gives the tables that still are.
    pub(super) async fn fill(client: &Client) -> Result<Vec<String>, Outcome> {
        let unmade = |error: tokio_postgres::Error| Outcome::Unmade(format!("it cannot be filled: {error:?}"));
        client.batch_execute(include_str!("fill.sql")).await.map_err(unmade)?;
        let rows = client.query(include_str!("empty.sql"), &[]).await.map_err(unmade)?;
        client.batch_execute("DROP FUNCTION pg_temp.value_of, pg_temp.has_rows").await.map_err(unmade)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) async fn of(client: &Client) -> Result<Self, Outcome> {
        let unread = |error: tokio_postgres::Error| Outcome::Unread(format!("its rows: {error:?}"));
        let mut tables = BTreeMap::new();
        for row in client.query(include_str!("columns.sql"), &[]).await.map_err(unread)? {
            let (name, columns, types): (String, Vec<String>, Vec<String>) =
                (row.get(0), row.get(1), row.get(2));
            let sql = format!("SELECT to_jsonb(every_row)::text FROM ONLY {name} AS every_row ORDER BY 1");
            let rows = client.query(&sql, &[]).await.map_err(unread)?;
            let rows = rows.iter().map(|row| serde_json::from_str(row.get(0)).expect("it is JSON")).collect();
            tables.insert(name, Table { columns: columns.into_iter().zip(types).collect(), rows });
        }
        let mut sequences = BTreeMap::new();
        for row in client.query(include_str!("sequences.sql"), &[]).await.map_err(unread)? {
            sequences.insert(row.get(0), (row.get(1), row.get(2)));
        }
        Ok(Self { tables, sequences })
    }

    /// What is not as it was, and told of by no hazard.
    pub(super) fn changed(&self, now: &Self, hazards: &BTreeSet<Hazard>) -> Vec<String> {
        let told = |object: &str| {
            hazards.iter().any(|hazard| hazard.object == object && tells_of_data(hazard.rule))
        };
        let mut changed = Vec::new();
        for (name, table) in &self.tables {
            let Some(now) = now.tables.get(name) else {
                if !told(name) {
                    changed.push(format!("table {name} is gone"));
                }
                continue;
            };
            if told(name) {
                continue;
            }
            let is_told = |(column, data_type): (&String, &String)| {
                told(&format!("{name}.{column}")) || told(data_type)
            };
            for column in table.columns.iter().filter(|column| !is_told(*column)) {
                if !now.columns.contains_key(column.0) {
                    changed.push(format!("column {name}.{} is gone", column.0));
                }
            }
            let kept: BTreeSet<&String> = table
                .columns
                .iter()
                .filter(|column| !is_told(*column) && now.columns.contains_key(column.0))
                .map(|(column, _)| column)
                .collect();
            if let Some(difference) = differ(&only(&table.rows, &kept), &only(&now.rows, &kept)) {
                changed.push(format!("{name}: {difference}"));
            }
        }
        for (name, (stands, owner)) in &self.sequences {
            let is_told = told(name) || told(owner) || owner.rsplit_once('.').is_some_and(|(table, _)| told(table));
            match now.sequences.get(name) {
                _ if is_told => {}
                None => changed.push(format!("sequence {name} is gone")),
                Some((now, _)) if now == stands => {}
                Some((now, _)) => changed.push(format!("sequence {name} stood at {stands}, and stands at {now}")),
            }
        }
        changed
    }
}

/// Whether a hazard says that rows may go or change; what only takes time, or rights, does not.
fn tells_of_data(rule: HazardRule) -> bool {
    match rule {
        HazardRule::Drop(Kind::Table | Kind::Column | Kind::Sequence | Kind::Schema) => true,
        HazardRule::Drop(_) => false,
        HazardRule::RewriteTable
        | HazardRule::BuildIndex
        | HazardRule::ScanTable
        | HazardRule::LockTable
        | HazardRule::ComposeSql
        | HazardRule::ReadOnly
        | HazardRule::Revoke
        | HazardRule::ChangeOwner
        | HazardRule::ChangeRowSecurity => false,
        _ => true,
    }
}

fn only(rows: &[Row], columns: &BTreeSet<&String>) -> Vec<String> {
    let kept = |row: &Row| {
        let row: BTreeMap<_, _> = row.iter().filter(|(column, _)| columns.contains(column)).collect();
        serde_json::to_string(&row).expect("it is JSON")
    };
    let mut rows: Vec<_> = rows.iter().map(kept).collect();
    rows.sort();
    rows
}

fn differ(before: &[String], now: &[String]) -> Option<String> {
    (before != now).then(|| format!("rows were {}\nand are {}", before.join(" "), now.join(" ")))
}
