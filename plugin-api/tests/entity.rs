//! `#[derive(Entity)]` and `#[derive(EnumType)]`: what is written, and the descriptor it makes.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::to_value;
use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::{Constraint, Index};

fn constraints(constraints: &[Constraint]) -> Vec<Value> {
    constraints.iter().map(|constraint| to_value(constraint).unwrap()).collect()
}

fn indexes(indexes: &[Index]) -> Vec<Value> {
    indexes.iter().map(|index| to_value(index).unwrap()).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, EnumType)]
#[pg_enum(name = "inv.state")]
enum State {
    New,
    OnHold,
    #[pg_enum(rename = "gone!")]
    Sold,
}

#[test]
fn an_enum_has_its_labels_in_order_and_in_snake_case() {
    let descriptor = to_value(State::enum_type()).unwrap();
    assert_eq!(descriptor, json!({ "name": "inv.state", "labels": ["new", "on_hold", "gone!"] }));
    assert_eq!(State::from_label("on_hold"), Some(State::OnHold));
    assert_eq!(State::from_label("OnHold"), None);
    assert_eq!(State::Sold.label(), "gone!");
}

#[test]
fn the_types_of_fields_are_the_types_of_columns() {
    #[derive(Entity)]
    #[entity(table = "inv.all")]
    struct All {
        a: bool,
        b: i16,
        c: i32,
        d: i64,
        e: f32,
        f: f64,
        g: String,
        h: Vec<u8>,
        i: Uuid,
        j: Timestamp,
        k: Date,
        l: Numeric,
        m: Value,
        n: Vec<String>,
        o: Option<i32>,
        p: Option<Vec<Option<i64>>>,
        q: State,
        r: Vec<State>,
        #[column(type = "citext")]
        s: Option<String>,
        r#type: i32,
    }

    let table = All::table();
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            format!("{} {}{}", column.name, column.data_type, if column.not_null { "" } else { " null" })
        })
        .collect();
    assert_eq!(
        columns,
        [
            "a boolean",
            "b smallint",
            "c integer",
            "d bigint",
            "e real",
            "f double precision",
            "g text",
            "h bytea",
            "i uuid",
            "j timestamptz",
            "k date",
            "l numeric",
            "m jsonb",
            "n text[]",
            "o integer null",
            "p bigint[] null",
            "q inv.state",
            "r inv.state[]",
            "s citext null",
            "type integer",
        ]
    );
    assert!(table.constraints.is_empty() && table.indexes.is_empty());
}

#[test]
fn attributes_of_a_column_are_kept_as_they_are_written() {
    #[derive(Entity)]
    #[entity(table = "inv.item")]
    struct Item {
        #[column(identity = "by_default", name = "number")]
        id: i64,
        #[column(default = "'a''b'", collation = "\"C\"", type = "varchar(25)")]
        text: String,
        #[column(generated = "upper(text)")]
        loud: Option<String>,
    }

    let columns = to_value(Item::table().columns).unwrap();
    assert_eq!(
        columns,
        json!([
            { "name": "number", "data_type": "bigint", "not_null": true, "identity": "by_default" },
            {
                "name": "text", "data_type": "varchar(25)", "not_null": true, "default": "'a''b'",
                "collation": "\"C\""
            },
            { "name": "loud", "data_type": "text", "generated": "upper(text)" },
        ])
    );
}

#[test]
fn constraints_of_a_column_come_without_a_name_unless_one_is_given() {
    #[derive(Entity)]
    #[entity(table = "inv.item")]
    struct Item {
        #[column(primary_key)]
        id: i64,
        #[column(unique, check = "sku <> ''", check(name = "short", "length(sku) < 9"))]
        sku: String,
        #[column(unique(name = "one_slot", nulls_not_distinct, deferrable = "deferred"))]
        slot: Option<i32>,
        #[column(
            references = "identity.account(public_id)",
            on_delete = "set_null",
            deferrable = "immediate"
        )]
        owner: Option<Uuid>,
        #[column(references("inv.item", name = "parent_fk", on_update = "cascade"))]
        parent: Option<i64>,
    }

    assert_eq!(
        constraints(&Item::table().constraints),
        [
            json!({ "rule": { "primary_key": { "columns": ["id"] } } }),
            json!({ "rule": { "unique": { "columns": ["sku"] } } }),
            json!({ "rule": { "check": { "expression": "sku <> ''" } } }),
            json!({ "name": "short", "rule": { "check": { "expression": "length(sku) < 9" } } }),
            json!({
                "name": "one_slot", "rule": { "unique": { "columns": ["slot"], "nulls_not_distinct": true } },
                "deferrability": "initially_deferred"
            }),
            json!({
                "rule": { "foreign_key": {
                    "columns": ["owner"], "references": "identity.account",
                    "referenced_columns": ["public_id"], "on_delete": "set_null"
                } },
                "deferrability": "initially_immediate"
            }),
            json!({
                "name": "parent_fk",
                "rule": { "foreign_key": {
                    "columns": ["parent"], "references": "inv.item", "on_update": "cascade"
                } }
            }),
        ]
    );
}

#[test]
fn constraints_and_indexes_of_a_table_keep_the_order_of_their_columns() {
    #[derive(Entity)]
    #[entity(
        table = "inv.booking",
        primary_key(name = "booking_pk", columns("room", "day"), include("note")),
        unique(columns("note", "day")),
        foreign_key(
            name = "booking_room",
            columns("room"),
            references = "inv.room",
            referenced("id"),
            on_delete = "set_null",
            on_delete_columns("room"),
            match_full
        ),
        check(name = "some_room", no_inherit, "room > 0"),
        exclude(name = "no_overlap", "USING gist (room WITH =, during WITH &&)"),
        index(name = "booking_note", keys("lower(note) DESC", "day"), where = "note IS NOT NULL", unique),
        index(method = "gin", keys("to_tsvector('simple', note)"))
    )]
    struct Booking {
        room: i32,
        day: Date,
        note: Option<String>,
        #[column(type = "tstzrange")]
        during: String,
    }

    let table = Booking::table();
    assert_eq!(
        constraints(&table.constraints),
        [
            json!({
                "name": "booking_pk",
                "rule": { "primary_key": { "columns": ["room", "day"], "include": ["note"] } }
            }),
            json!({ "rule": { "unique": { "columns": ["note", "day"] } } }),
            json!({
                "name": "booking_room",
                "rule": { "foreign_key": {
                    "columns": ["room"], "references": "inv.room", "referenced_columns": ["id"],
                    "on_delete": "set_null", "on_delete_columns": ["room"], "match_full": true
                } }
            }),
            json!({ "name": "some_room", "rule": { "check": { "expression": "room > 0", "no_inherit": true } } }),
            json!({
                "name": "no_overlap",
                "rule": { "exclude": { "definition": "USING gist (room WITH =, during WITH &&)" } }
            }),
        ]
    );
    assert_eq!(
        indexes(&table.indexes),
        [
            json!({
                "name": "booking_note", "unique": true, "keys": ["lower(note) DESC", "day"],
                "predicate": "note IS NOT NULL"
            }),
            json!({ "method": "gin", "keys": ["to_tsvector('simple', note)"] }),
        ]
    );
}

#[test]
fn single_files_can_be_embedded_by_name() {
    let file = embed_migrations!(files: ["tests/migrations/0007_lines.sql"]);
    assert_eq!(file, embed_migrations!("tests/migrations"));
    assert_eq!(file.len(), 1);
    assert_eq!(file[0].filename, "0007_lines.sql");
    assert_eq!(file[0].sql, include_str!("migrations/0007_lines.sql"));
    assert_eq!(file[0].requires, ["identity/0002_public_id.sql", "inventory/0001_items.sql"]);
}
