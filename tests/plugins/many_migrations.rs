//! A plugin of many small migrations, for the benchmarks, which install copies of it under other ids.
//!
//! Its id stands in nothing but its own bytes, and each copy has one of the same length in its place.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::{
    Column, Constraint, ConstraintRule, Descriptors, FORMAT, Ident, Index, ObjectName, Table,
};
use tenon_test_plugins::Silent;

const SCHEMA: &str = "many_000";
/// Each makes a table, adds a column to it, an index and a check: four migrations.
const TABLES: usize = 5;

fn migrations() -> Vec<Migration> {
    let table = |number: usize| {
        let table = format!("{SCHEMA}.t{number}");
        let schema = if number == 1 { format!("CREATE SCHEMA {SCHEMA};\n") } else { String::new() };
        [
            format!(
                "{schema}CREATE TABLE {table} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL\n);\n"
            ),
            format!("ALTER TABLE {table} ADD COLUMN size integer NOT NULL DEFAULT 0;\n"),
            format!("CREATE INDEX ON {table} (name);\n"),
            format!("ALTER TABLE {table} ADD CHECK (size >= 0);\n"),
        ]
    };
    let migration =
        |(number, sql)| Migration { filename: format!("{number:04}_step.sql"), sql, requires: Vec::new() };
    (1..).zip((1..=TABLES).flat_map(table)).map(migration).collect()
}

fn descriptors() -> Descriptors {
    Descriptors { format: FORMAT, tables: (1..=TABLES).map(table).collect(), ..Descriptors::default() }
}

fn table(number: usize) -> Table {
    let primary_key = ConstraintRule::PrimaryKey { columns: vec![Ident::new("id")], include: Vec::new() };
    let check = ConstraintRule::Check { expression: "size >= 0".to_owned(), no_inherit: false };
    let index = Index { method: "btree".to_owned(), keys: vec!["name".to_owned()], ..Index::default() };
    Table {
        name: ObjectName::new(Ident::new(SCHEMA), Ident::new(format!("t{number}"))),
        columns: vec![
            column("id", "bigint", None),
            column("name", "text", None),
            column("size", "integer", Some("0")),
        ],
        constraints: vec![Constraint::new(primary_key), Constraint::new(check)],
        indexes: vec![index],
        ..Table::default()
    }
}

fn column(name: &str, data_type: &str, default: Option<&str>) -> Column {
    Column {
        name: Ident::new(name),
        data_type: data_type.to_owned(),
        not_null: true,
        default: default.map(str::to_owned),
        ..Column::default()
    }
}

export_plugin! { Silent, id: "many_000", name: "One Plugin of Many", schema: descriptors(), migrations: migrations() }
