use serde_json::json;
use tenon_schema::Ident;

use super::*;
use crate::statements::{StatementKind, parse};

/// One of everything that descriptors can say.
fn everything() -> Descriptors {
    serde_json::from_value(json!({
        "format": 1,
        "enums": [{ "name": "shop.state", "labels": ["new", "it's", "a\\b"] }],
        "sequences": [
            { "name": "shop.plain" },
            {
                "name": "shop.number", "data_type": "integer", "increment": -2, "min": -100, "max": 100, "start": 10,
                "cache": 5, "cycle": true, "owned_by": { "table": "shop.item", "column": "Number" },
            },
        ],
        "tables": [
            {
                "name": "shop.item",
                "columns": [
                    { "name": "id", "data_type": "bigint", "not_null": true, "identity": "always" },
                    { "name": "other_id", "data_type": "int", "identity": "by_default", "not_null": true },
                    { "name": "Number", "data_type": "integer", "default": "nextval('shop.number')" },
                    { "name": "sku", "data_type": "varchar(25)", "not_null": true, "collation": "\"C\"" },
                    { "name": "state", "data_type": "shop.state", "default": "'new'" },
                    { "name": "during", "data_type": "tstzrange" },
                    { "name": "upper\"sku", "data_type": "text", "generated": "upper(sku)" },
                    { "name": "serial", "data_type": "smallserial" },
                ],
                "constraints": [
                    { "rule": { "primary_key": { "columns": ["id"], "include": ["sku"] } } },
                    { "name": "Item Sku", "rule": { "unique": { "columns": ["sku", "state"], "nulls_not_distinct": true } },
                      "deferrability": "initially_deferred" },
                    { "rule": { "unique": { "columns": ["other_id"], "include": ["sku"] } } },
                    { "rule": { "check": { "expression": "serial > 0 OR id < 5" } } },
                    { "name": "c", "rule": { "check": { "expression": "sku <> ''", "no_inherit": true } } },
                    { "rule": { "exclude": { "definition": "USING gist (during WITH &&) WHERE (id > 0)" } },
                      "deferrability": "initially_immediate" },
                ],
                "indexes": [
                    { "keys": ["lower(sku) DESC NULLS LAST", "sku text_pattern_ops"] },
                    { "name": "item state", "unique": true, "keys": ["state"], "include": ["sku"],
                      "nulls_not_distinct": true, "predicate": "state = 'new' OR id > 7" },
                    { "method": "gist", "keys": ["during"] },
                ],
            },
            {
                "name": "shop.line",
                "columns": [{ "name": "item", "data_type": "bigint" }, { "name": "note", "data_type": "int" }],
                "constraints": [
                    { "rule": { "foreign_key": { "columns": ["item"], "references": "shop.item" } } },
                    { "name": "fk", "rule": { "foreign_key": {
                        "columns": ["note"], "references": "shop.item", "referenced_columns": ["other_id"],
                        "on_delete": "set_null", "on_update": "cascade", "match_full": true } },
                      "deferrability": "initially_deferred" },
                ],
            },
            { "name": "shop.nothing", "columns": [] },
        ],
        "views": [{ "name": "shop.overview", "query": "SELECT id, sku FROM shop.item;\n" }],
    }))
    .unwrap()
}

/// Every kind of object, with whatever can be said of it. All of it can be made on PostgreSQL 15, given the
/// roles `reader`, `writer` and `keeper`: the test plugin `every_kind` makes it so.
fn every_kind() -> Descriptors {
    serde_json::from_str(include_str!("every_kind.json")).unwrap()
}

fn text(statements: &[DdlStatement]) -> String {
    statements.iter().map(|s| format!("-- {}\n{};\n", s.object, s.sql)).collect()
}

#[test]
fn everything_is_made_in_an_order_that_works() {
    insta::assert_snapshot!(text(&create(&everything(), &Placement::as_declared(), ForeignKeys::Include)));
}

#[test]
fn in_a_scratch_schema_objects_move_and_the_authors_sql_stays() {
    let scratch = Placement::moved([(Ident::new("shop"), Ident::new("tenon scratch"))]);
    insta::assert_snapshot!(text(&create(&everything(), &scratch, ForeignKeys::Leave)));
}

#[test]
fn every_kind_is_written_out() {
    insta::assert_snapshot!(text(&create(&every_kind(), &Placement::as_declared(), ForeignKeys::Include)));
}

#[test]
fn a_scratch_copy_leaves_out_what_there_can_be_only_one_of() {
    let scratch = Placement::moved([(Ident::new("inv"), Ident::new("scratch"))]).prefixed("copy_");
    let made = create(&every_kind(), &scratch, ForeignKeys::Include);
    let text = text(&made);
    for absent in ["CREATE EXTENSION", "CREATE CAST", "OWNER TO", " DEFAULT FOR TYPE", "\"inv\".\"item\" ("] {
        assert!(!text.contains(absent), "{absent}");
    }
    for present in ["CREATE PUBLICATION \"copy_pub\"", "\"scratch\".\"item\"", "WITH NO DATA"] {
        assert!(text.contains(present), "{present}");
    }
}

#[test]
fn one_table_can_be_made_by_itself() {
    let descriptors = everything();
    let objects = |foreign_keys| -> Vec<String> {
        let made = create_table(&descriptors.tables[1], &Placement::as_declared(), foreign_keys);
        made.into_iter().map(|statement| statement.object).collect()
    };
    assert_eq!(objects(ForeignKeys::Leave), ["table shop.line"]);
    assert_eq!(
        objects(ForeignKeys::Include),
        ["table shop.line", "foreign key of shop.line", "foreign key fk of shop.line"]
    );
}

#[test]
fn each_is_one_statement_and_readable() {
    let placement = Placement::as_declared();
    let all = create(&everything(), &placement, ForeignKeys::Include);
    for made in all.into_iter().chain(create(&every_kind(), &placement, ForeignKeys::Include)) {
        let statements = parse(&made.sql).unwrap();
        assert_eq!(statements.len(), 1, "{}", made.sql);
        assert_eq!(statements[0].kind, StatementKind::Ddl);
        assert_eq!(statements[0].parse_warning(), None, "{}", made.sql);
    }
}

#[test]
fn a_name_cannot_become_sql() {
    let mut descriptors = everything();
    let name = "x\" (); DROP TABLE y; --";
    descriptors.tables[2].name.name = Ident::new(name);
    let made = create_table(&descriptors.tables[2], &Placement::as_declared(), ForeignKeys::Leave);
    assert_eq!(made[0].sql, "CREATE TABLE \"shop\".\"x\"\" (); DROP TABLE y; --\" ()");
    assert_eq!(parse(&made[0].sql).unwrap().len(), 1);
}

#[test]
fn an_identity_has_the_sequence_that_is_said_of_it_and_a_default_one_of_its_own() {
    let descriptors: Descriptors = serde_json::from_value(json!({
        "format": 1,
        "tables": [{ "name": "inv.t", "columns": [
            { "name": "id", "data_type": "int", "identity": "always" },
            { "name": "n", "data_type": "int", "default": "nextval('inv.n')" } ] }],
        "sequences": [
            { "name": "inv.former_id_seq", "data_type": "integer", "start": 7, "cycle": true, "about": { "comment": "c" },
              "owned_by": { "table": "inv.t", "column": "id" } },
            { "name": "inv.n", "owned_by": { "table": "inv.t", "column": "n" } },
        ],
    }))
    .unwrap();
    let scratch = Placement::moved([(Ident::new("inv"), Ident::new("scratch"))]);
    let made = create(&descriptors, &scratch, ForeignKeys::Include);
    let sql: Vec<_> = made.iter().map(|statement| statement.sql.replace("\n    ", "")).collect();
    assert_eq!(
        sql,
        [
            "CREATE SEQUENCE \"scratch\".\"n\"",
            "CREATE TABLE \"scratch\".\"t\" (\"id\" int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME \
             \"scratch\".\"former_id_seq\" START WITH 7 CYCLE),\"n\" int DEFAULT (nextval('inv.n'))\n)",
            "ALTER SEQUENCE \"scratch\".\"n\" OWNED BY \"scratch\".\"t\".\"n\"",
            "COMMENT ON SEQUENCE \"scratch\".\"former_id_seq\" IS 'c'",
        ]
    );
}
