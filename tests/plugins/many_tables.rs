//! A plugin with as many tables as the variable `TENON_BENCH_TABLES` says, for the benchmarks.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::{
    Column, Constraint, ConstraintRule, Descriptors, FORMAT, Ident, Index, ObjectName, Table,
};
use tenon_test_plugins::Silent;

fn numbers() -> std::ops::RangeInclusive<usize> {
    1..=std::env::var("TENON_BENCH_TABLES").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// Each table has a primary key, a text column, a check, an index, and a foreign key to the table before it.
fn sql() -> String {
    let mut sql = String::from("CREATE SCHEMA many_tables;\n");
    for number in numbers() {
        let parent = number.max(2) - 1;
        sql.push_str(&format!(
            "\nCREATE TABLE many_tables.t{number} (\n    id bigint PRIMARY KEY,\n    parent bigint REFERENCES \
             many_tables.t{parent} (id),\n    name text NOT NULL DEFAULT '',\n    size integer NOT NULL CHECK (size > 0)\n);\n\
             CREATE INDEX ON many_tables.t{number} (name);\n"
        ));
    }
    sql
}

fn descriptors() -> Descriptors {
    Descriptors { format: FORMAT, tables: numbers().map(table).collect(), ..Descriptors::default() }
}

fn table(number: usize) -> Table {
    let named = |number: usize| ObjectName::new(Ident::new("many_tables"), Ident::new(format!("t{number}")));
    let rule = |rule| Constraint::new(rule);
    Table {
        name: named(number),
        columns: vec![
            column("id", "bigint", None, true),
            column("parent", "bigint", None, false),
            column("name", "text", Some("''"), true),
            column("size", "integer", None, true),
        ],
        constraints: vec![
            rule(ConstraintRule::PrimaryKey { columns: vec![Ident::new("id")], include: Vec::new() }),
            rule(ConstraintRule::ForeignKey {
                columns: vec![Ident::new("parent")],
                references: named(number.max(2) - 1),
                referenced_columns: vec![Ident::new("id")],
                on_delete: Default::default(),
                on_delete_columns: Vec::new(),
                on_update: Default::default(),
                match_full: false,
            }),
            rule(ConstraintRule::Check { expression: "size > 0".to_owned(), no_inherit: false }),
        ],
        indexes: vec![Index {
            name: None,
            unique: false,
            method: "btree".to_owned(),
            keys: vec!["name".to_owned()],
            include: Vec::new(),
            nulls_not_distinct: false,
            predicate: None,
            ..Index::default()
        }],
        ..Table::default()
    }
}

fn column(name: &str, data_type: &str, default: Option<&str>, not_null: bool) -> Column {
    Column {
        name: Ident::new(name),
        data_type: data_type.to_owned(),
        not_null,
        default: default.map(str::to_owned),
        identity: None,
        generated: None,
        collation: None,
        ..Column::default()
    }
}

fn migrations() -> Vec<Migration> {
    vec![Migration { filename: "0001_tables.sql".to_owned(), sql: sql(), requires: Vec::new() }]
}

export_plugin! { Silent, id: "many_tables", name: "Plugin of Many Tables", schema: descriptors(), migrations: migrations() }
