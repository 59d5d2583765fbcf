use std::collections::BTreeMap;

use serde_json::json;
use tenon_schema::Descriptors;

use super::*;
use crate::compare::compare;
use crate::snapshot::CatalogSnapshot;
use crate::statements::parse;

fn snapshot(objects: serde_json::Value) -> CatalogSnapshot {
    serde_json::from_value(objects).unwrap()
}

fn column(name: &str, properties: &serde_json::Value) -> serde_json::Value {
    json!({ "schema": "inv", "relation": "item", "kind": "column", "name": name, "properties": properties })
}

fn table(name: &str) -> serde_json::Value {
    json!({ "schema": "inv", "kind": "table", "name": name, "properties": { "relation_kind": "table" } })
}

fn sides<'a>(
    expected: &'a CatalogSnapshot,
    live: &'a CatalogSnapshot,
    descriptors: &'a Descriptors,
) -> Sides<'a> {
    Sides { expected, live, descriptors, unmanaged: &[], server_major: 15 }
}

/// What is found and offered: the difference, and the repair.
fn offered(expected: &CatalogSnapshot, live: &CatalogSnapshot) -> BTreeMap<String, Option<Repair>> {
    let descriptors = Descriptors::default();
    let sides = sides(expected, live, &descriptors);
    let differences = compare(expected, live);
    differences.iter().map(|difference| (difference.to_string(), repair(difference, &sides))).collect()
}

fn sql(offered: &BTreeMap<String, Option<Repair>>) -> Vec<String> {
    in_order(offered.values().flatten()).into_iter().flat_map(|part| part.sql).collect()
}

fn hazards(offered: &BTreeMap<String, Option<Repair>>) -> Vec<String> {
    offered.values().flatten().flat_map(|repair| &repair.hazards).map(ToString::to_string).collect()
}

#[test]
fn a_default_that_is_missing_is_added_and_one_that_is_other_is_changed() {
    let expected = snapshot(json!([table("item"), column("qty", &json!({ "default": "0" }))]));
    let missing = offered(&expected, &snapshot(json!([table("item"), column("qty", &json!({}))])));
    let other =
        offered(&expected, &snapshot(json!([table("item"), column("qty", &json!({ "default": "1" }))])));
    assert_eq!(sql(&missing), ["ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"qty\" SET DEFAULT 0"]);
    assert_eq!(sql(&missing), sql(&other));
    let additive = |offered: BTreeMap<_, Option<Repair>>| {
        offered.into_values().flatten().all(|repair| repair.is_additive())
    };
    assert!(additive(missing) && !additive(other));
}

#[test]
fn what_is_removed_or_converted_is_a_hazard_by_name() {
    let expected = snapshot(json!([table("item"), column("qty", &json!({ "data_type": "integer" }))]));
    let live = snapshot(json!([
        table("item"),
        column("qty", &json!({ "data_type": "text" })),
        column("note", &json!({ "data_type": "text" })),
    ]));
    let offered = offered(&expected, &live);
    assert_eq!(hazards(&offered), ["drop-column:inv.item.note", "rewrite-column:inv.item.qty"]);
    assert_eq!(
        sql(&offered),
        [
            "ALTER TABLE \"inv\".\"item\" DROP COLUMN IF EXISTS \"note\"",
            "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"qty\" TYPE integer USING \"qty\"::integer",
        ]
    );
}

#[test]
fn a_column_that_is_missing_beside_one_like_it_is_made_anew_only_by_choice() {
    let text = json!({ "data_type": "text" });
    let expected = snapshot(json!([table("item"), column("note", &text)]));
    let renamed = offered(&expected, &snapshot(json!([table("item"), column("remark", &text)])));
    assert_eq!(
        sql(&renamed),
        [
            "ALTER TABLE \"inv\".\"item\" DROP COLUMN IF EXISTS \"remark\"",
            "ALTER TABLE \"inv\".\"item\" ADD COLUMN \"note\" text",
        ]
    );
    assert_eq!(hazards(&renamed), ["drop-column:inv.item.remark"]);
    assert!(!renamed.values().flatten().any(Repair::is_additive), "{renamed:#?}");
    let lost = offered(&expected, &snapshot(json!([table("item")])));
    assert!(lost.values().flatten().all(Repair::is_additive), "{lost:#?}");
}

#[test]
fn what_else_goes_by_a_renamed_columns_name_is_not_mended_and_neither_is_the_column() {
    let of = |name: &str| {
        json!({
            "column": column(name, &json!({ "data_type": "text" })),
            "check": { "schema": "inv", "relation": "item", "kind": "constraint", "name": "said",
                "properties": { "constraint_type": "CHECK", "expression": format!("{name} <> ''::text") } },
            "key": { "schema": "inv", "relation": "other", "kind": "constraint", "name": "of_item",
                "properties": { "constraint_type": "FOREIGN KEY", "columns": ["code"], "references": "inv.item",
                    "referenced_columns": [name] } },
            "child": { "schema": "inv", "relation": "below", "kind": "index", "name": "below_idx",
                "properties": { "method": "btree", "keys": [name] } },
            "view": { "schema": "inv", "kind": "view", "name": "all_items",
                "properties": { "query": format!(" SELECT item.{name} AS x\n   FROM inv.item;") } },
        })
    };
    let (was, is) = (of("note"), of("remark"));
    for used in ["check", "key", "child", "view"] {
        let with = |of: &serde_json::Value| {
            let mut below = table("below");
            below["properties"]["inherits"] = json!(["inv.item"]);
            snapshot(json!([table("item"), table("other"), below, of["column"], of[used]]))
        };
        let offered = offered(&with(&was), &with(&is));
        assert_eq!((offered.len(), sql(&offered)), (3, Vec::new()), "{used}: {offered:#?}");
    }
}

#[test]
fn a_part_of_a_table_under_another_name_goes_and_comes_anew_and_is_never_renamed() {
    let part = |kind: &str, name: &str, properties: &serde_json::Value| json!({ "schema": "inv", "relation": "item", "kind": kind, "name": name, "properties": properties });
    let check =
        json!({ "constraint_type": "CHECK", "expression": "(qty > 0)", "validated": true, "valid": true });
    let key = json!({ "constraint_type": "PRIMARY KEY", "columns": ["qty"], "validated": true });
    let index = json!({ "method": "btree", "keys": ["qty"], "valid": true });
    for (kind, properties, statements) in
        [("constraint", &check, 2), ("index", &index, 2), ("constraint", &key, 0)]
    {
        let of = |name: &str| snapshot(json!([table("item"), part(kind, name, properties)]));
        let offered = offered(&of("wanted"), &of("other"));
        let sql = sql(&offered);
        assert_eq!(sql.len(), statements, "{offered:#?}");
        assert!(!sql.iter().any(|sql| sql.contains("RENAME")), "{sql:#?}");
        assert_eq!(hazards(&offered).len(), statements / 2, "{offered:#?}");
    }
}

#[test]
fn a_comment_that_was_moved_to_another_column_is_moved_back_and_no_column_is_renamed() {
    let of = |a: Option<&str>, b: Option<&str>| {
        let said = |text: Option<&str>| match text {
            Some(text) => json!({ "data_type": "integer", "comment": text }),
            None => json!({ "data_type": "integer" }),
        };
        snapshot(json!([table("item"), column("a", &said(a)), column("b", &said(b))]))
    };
    let comment =
        |column: &str, text: &str| format!("COMMENT ON COLUMN \"inv\".\"item\".\"{column}\" IS {text}");
    let moved = offered(&of(Some("x"), None), &of(None, Some("x")));
    assert_eq!(sql(&moved), [comment("a", "'x'"), comment("b", "NULL")]);
    let exchanged = offered(&of(Some("x"), Some("y")), &of(Some("y"), Some("x")));
    assert_eq!(sql(&exchanged), [comment("a", "'x'"), comment("b", "'y'")]);
}

#[test]
fn two_columns_that_seem_to_have_each_others_names_are_told_and_neither_renamed_nor_converted() {
    let of = |a: &str, b: &str| {
        let typed = |data_type: &str, default: &str| json!({ "data_type": data_type, "default": default });
        let default = |data_type: &str| if data_type == "text" { "''::text" } else { "0" };
        snapshot(json!([
            table("item"),
            column("a", &typed(a, default(a))),
            column("b", &typed(b, default(b)))
        ]))
    };
    let (expected, live) = (of("integer", "text"), of("text", "integer"));
    assert_eq!(sql(&offered(&expected, &live)), Vec::<&str>::new());
    let descriptors = Descriptors::default();
    let sides = sides(&expected, &live, &descriptors);
    let differences = compare(&expected, &live);
    let told: Vec<_> = differences.iter().map(|difference| rename::probable(difference, &sides)).collect();
    assert_eq!(told, vec![Some("perhaps a and b have each other's names".to_owned()); 4]);
    // A copy has no rows.
    let copied: Vec<_> =
        differences.iter().filter_map(|difference| repair_copy(difference, &sides)).collect();
    assert_eq!(in_order(&copied).iter().map(|repair| repair.sql.len()).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_view_whose_columns_have_other_names_is_made_anew_with_what_reads_it() {
    let view = |columns: &[&str]| {
        let query = format!(" SELECT {}\n   FROM inv.item;", columns.join(", "));
        let columns: Vec<_> = columns.iter().map(|column| format!("{column} text")).collect();
        json!({ "schema": "inv", "kind": "view", "name": "seen", "properties": { "query": query, "columns": columns } })
    };
    let reader = json!({ "schema": "inv", "kind": "view", "name": "reads",
        "properties": { "query": " SELECT seen.a\n   FROM inv.seen;", "columns": ["a text"] } });
    let (expected, live) = (view(&["a", "b"]), view(&["b", "a"]));
    let alone = offered(&snapshot(json!([expected])), &snapshot(json!([live])));
    assert_eq!(
        sql(&alone),
        ["DROP VIEW \"inv\".\"seen\"", "CREATE VIEW \"inv\".\"seen\" AS\n SELECT a, b\n   FROM inv.item"]
    );
    let read = offered(&snapshot(json!([expected, reader])), &snapshot(json!([live, reader])));
    assert_eq!(
        sql(&read),
        [
            "DROP VIEW \"inv\".\"reads\"",
            "DROP VIEW \"inv\".\"seen\"",
            "CREATE VIEW \"inv\".\"seen\" AS\n SELECT a, b\n   FROM inv.item",
            "CREATE VIEW \"inv\".\"reads\" AS\n SELECT seen.a\n   FROM inv.seen"
        ]
    );
}

#[test]
fn a_rename_is_told_with_both_findings() {
    let expected = snapshot(json!([table("item"), column("note", &json!({}))]));
    let live = snapshot(json!([table("item"), column("remark", &json!({}))]));
    let descriptors = Descriptors::default();
    let sides = sides(&expected, &live, &descriptors);
    let told: Vec<_> =
        compare(&expected, &live).iter().map(|difference| rename::probable(difference, &sides)).collect();
    assert_eq!(told, vec![Some("perhaps renamed from note to remark".to_owned()); 2]);
}

fn labels(expected: &[&str], found: &[&str]) -> BTreeMap<String, Option<Repair>> {
    let of = |labels: &[&str]| {
        snapshot(
            json!([{ "schema": "inv", "kind": "enum", "name": "state", "properties": { "labels": labels } }]),
        )
    };
    offered(&of(expected), &of(found))
}

#[test]
fn a_label_is_added_at_its_place_and_one_too_many_goes_with_the_type_made_anew() {
    assert_eq!(
        sql(&labels(&["a", "b", "c"], &["b"])),
        [
            "ALTER TYPE \"inv\".\"state\" ADD VALUE 'a' BEFORE 'b'",
            "ALTER TYPE \"inv\".\"state\" ADD VALUE 'c' AFTER 'b'"
        ]
    );
    for found in [&["a", "b", "x"][..], &["a", "x'"], &["b", "a"], &["x", "a"], &["x", "y"]] {
        assert_eq!(
            sql(&labels(&["a", "b"], found)),
            [
                "ALTER TYPE \"inv\".\"state\" RENAME TO \"state~old\"",
                "CREATE TYPE \"inv\".\"state\" AS ENUM ('a', 'b')",
                "DROP TYPE \"inv\".\"state~old\""
            ],
            "{found:?}"
        );
    }
}

#[test]
fn what_names_a_label_that_is_not_there_is_mended_with_its_type() {
    let of = |label: &str| {
        let state =
            json!({ "schema": "inv", "kind": "enum", "name": "state", "properties": { "labels": [label] } });
        let default = json!({ "default": format!("'{label}'::inv.state") });
        snapshot(json!([state, table("item"), column("state", &default)]))
    };
    let offered = offered(&of("new"), &of("fresh"));
    let repaired: Vec<_> = offered.values().map(Option::is_some).collect();
    assert_eq!(repaired, [false, true], "the default goes with the type: {offered:#?}");
}

#[test]
fn grants_are_given_and_taken_by_the_difference_and_only_taking_is_a_hazard() {
    let of = |grants: &[&str]| {
        let mut table = table("item");
        table["properties"]["grants"] = json!(grants);
        table["properties"]["owner"] = json!("keeper");
        snapshot(json!([table]))
    };
    let (less, more) =
        (of(&["reader: SELECT"]), of(&["reader: SELECT, UPDATE WITH GRANT OPTION", "public: SELECT"]));
    let given = offered(&more, &less);
    assert_eq!(
        sql(&given),
        [
            "GRANT SELECT ON TABLE \"inv\".\"item\" TO PUBLIC",
            "GRANT UPDATE ON TABLE \"inv\".\"item\" TO reader WITH GRANT OPTION",
        ]
    );
    assert!(given.values().flatten().all(Repair::is_additive));
    let taken = offered(&less, &more);
    assert_eq!(
        sql(&taken),
        [
            "REVOKE SELECT ON TABLE \"inv\".\"item\" FROM PUBLIC",
            "REVOKE UPDATE ON TABLE \"inv\".\"item\" FROM reader"
        ]
    );
    assert_eq!(hazards(&taken), ["revoke:inv.item"]);
}

#[test]
fn a_missing_table_has_its_columns_in_the_declared_order() {
    let expected = snapshot(json!([
        table("item"),
        column("b", &json!({ "data_type": "text", "not_null": true })),
        column("a", &json!({ "data_type": "integer", "default": "0" })),
    ]));
    let descriptors: Descriptors = serde_json::from_value(json!({
        "format": 1,
        "tables": [{ "name": "inv.item", "columns": [
            { "name": "b", "data_type": "text" }, { "name": "a", "data_type": "integer" }] }],
    }))
    .unwrap();
    let live = CatalogSnapshot::default();
    let sides = sides(&expected, &live, &descriptors);
    let repair = repair(&compare(&expected, &live)[0], &sides).unwrap();
    assert_eq!(repair.sql, ["CREATE TABLE \"inv\".\"item\" (\"b\" text NOT NULL, \"a\" integer DEFAULT 0)"]);
    assert!(repair.is_additive());
}

fn part(kind: &str, name: &str, properties: &serde_json::Value) -> serde_json::Value {
    json!({ "schema": "inv", "relation": "item", "kind": kind, "name": name, "properties": properties })
}

fn table_with(properties: &serde_json::Value) -> serde_json::Value {
    json!({ "schema": "inv", "kind": "table", "name": "item", "properties": properties })
}

#[test]
fn an_index_of_a_partition_is_attached_and_never_taken_from_another() {
    let of = |whole: Option<&str>| {
        let index = json!({ "method": "btree", "keys": ["a"], "attached_to": whole });
        let mut index = part("index", "i", &index);
        if whole.is_none() {
            index["properties"].as_object_mut().unwrap().remove("attached_to");
        }
        snapshot(json!([table_with(&json!({ "partition_of": "inv.whole" })), index]))
    };
    let attach = ["ALTER INDEX inv.whole_a ATTACH PARTITION \"inv\".\"i\""];
    assert_eq!(sql(&offered(&of(Some("inv.whole_a")), &of(None))), attach);
    assert_eq!(sql(&offered(&of(None), &of(Some("inv.whole_a")))), [""; 0]);
    assert_eq!(sql(&offered(&of(Some("inv.other")), &of(Some("inv.whole_a")))), [""; 0]);
}

#[test]
fn a_detachment_that_was_cut_off_is_ended_and_undone_with_the_check_it_made() {
    let of = |properties: serde_json::Value, checks: &[&str]| {
        let mut properties = properties;
        properties["partition_of"] = json!("inv.whole");
        properties["partition_bound"] = json!("FOR VALUES IN (1)");
        let check = json!({ "constraint_type": "CHECK", "expression": "(a = 1)", "validated": true });
        let checks = checks.iter().map(|name| part("constraint", name, &check));
        snapshot(json!([table_with(&properties)].into_iter().chain(checks).collect::<Vec<_>>()))
    };
    let expected = of(json!({}), &[]);
    let end = "ALTER TABLE inv.whole DETACH PARTITION \"inv\".\"item\" FINALIZE";
    let back = "ALTER TABLE inv.whole ATTACH PARTITION \"inv\".\"item\" FOR VALUES IN (1)";
    let drop = |name: &str| format!("ALTER TABLE \"inv\".\"item\" DROP CONSTRAINT IF EXISTS \"{name}\"");
    let pending = json!({ "state": "being detached" });
    assert_eq!(sql(&offered(&expected, &of(pending.clone(), &[]))), [end, back]);
    assert_eq!(sql(&offered(&expected, &of(pending, &["item_a_check"]))), [end, back, &drop("item_a_check")]);
}

#[test]
fn what_a_reindex_left_of_a_toast_table_is_dropped_and_what_a_restore_left_empty_is_filled() {
    let left = |names: &[&str]| snapshot(json!([table_with(&json!({ "left_behind": names }))]));
    assert_eq!(
        sql(&offered(&left(&[]), &left(&["index pg_toast.pg_toast_7_index_ccnew"]))),
        ["DROP INDEX pg_toast.pg_toast_7_index_ccnew"]
    );
    let view = |populated: bool| {
        let properties = json!({ "query": "SELECT 1", "populated": populated });
        snapshot(
            json!([{ "schema": "inv", "kind": "materialized_view", "name": "m", "properties": properties }]),
        )
    };
    assert_eq!(sql(&offered(&view(true), &view(false))), ["REFRESH MATERIALIZED VIEW \"inv\".\"m\""]);
}

#[test]
fn not_null_is_made_anew_where_it_is_another_constraint_and_validated_where_it_is_not() {
    let of = |properties: serde_json::Value| {
        let mut properties = properties;
        properties["data_type"] = json!("integer");
        snapshot(json!([table("item"), column("qty", &properties)]))
    };
    let named = |name: &str| of(json!({ "not_null": true, "not_null_name": name }));
    let (automatic, nothing) = (named("(automatic)"), of(json!({ "not_null": false })));
    let alter = "ALTER TABLE \"inv\".\"item\"";
    let drop = format!("{alter} ALTER COLUMN \"qty\" DROP NOT NULL");
    assert_eq!(
        sql(&offered(&named("there"), &automatic)),
        [drop.clone(), format!("{alter} ADD CONSTRAINT there NOT NULL \"qty\"")]
    );
    assert_eq!(
        sql(&offered(&automatic, &named("there"))),
        [drop.clone(), format!("{alter} ADD NOT NULL \"qty\"")]
    );
    assert_eq!(
        sql(&offered(&named("there"), &nothing)),
        [format!("{alter} ADD CONSTRAINT there NOT NULL \"qty\"")]
    );
    assert_eq!(sql(&offered(&nothing, &automatic)), [drop]);
    let set = format!("{alter} ALTER COLUMN \"qty\" SET NOT NULL");
    let invalid = of(json!({
        "not_null": true, "not_null_name": "(automatic)", "not_null_validated": "NOT VALID" }));
    assert_eq!(sql(&offered(&automatic, &invalid)), std::slice::from_ref(&set));
    // As servers before 18 know it.
    assert_eq!(sql(&offered(&of(json!({ "not_null": true })), &nothing)), [set]);
}

#[test]
fn what_goes_with_an_extension_is_bound_to_it_and_let_go() {
    let index = |extensions: &[&str]| {
        let mut properties = json!({ "method": "btree", "keys": ["a"] });
        if !extensions.is_empty() {
            properties["depends_on"] = json!(extensions);
        }
        snapshot(json!([table("item"), part("index", "i", &properties)]))
    };
    let step = |words: &str| format!("ALTER INDEX \"inv\".\"i\" {words}");
    assert_eq!(sql(&offered(&index(&["citext"]), &index(&[]))), [step("DEPENDS ON EXTENSION \"citext\"")]);
    assert_eq!(
        sql(&offered(&index(&["a"]), &index(&["b"]))),
        [step("NO DEPENDS ON EXTENSION \"b\""), step("DEPENDS ON EXTENSION \"a\"")]
    );
}

#[test]
fn a_missing_table_has_its_columns_as_they_stood_and_leaves_to_its_parent_what_is_the_parents() {
    let integer = |more: serde_json::Value| {
        let mut properties = more;
        properties["data_type"] = json!("integer");
        properties
    };
    let expected = snapshot(json!([
        table_with(&json!({ "relation_kind": "table", "inherits": ["inv.base"], "column_order": ["z", "b"] })),
        column("b", &integer(json!({}))),
        column("z", &integer(json!({}))),
        column("id", &integer(json!({ "inherited": true, "default": "7" }))),
        { "schema": "inv", "kind": "table", "name": "base", "properties": {} },
        { "schema": "inv", "relation": "base", "kind": "column", "name": "id", "properties": integer(json!({})) },
    ]));
    let mut live = expected.clone();
    live.objects.retain(|id, _| id.owner().name.as_str() == "base");
    assert_eq!(
        sql(&offered(&expected, &live)),
        [
            "CREATE TABLE \"inv\".\"item\" (\"z\" integer, \"b\" integer) INHERITS (inv.base)",
            "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"id\" SET DEFAULT 7",
        ]
    );
}

#[test]
fn a_name_cannot_become_sql() {
    let name = "x\" TEXT; DROP TABLE y; --";
    let expected = snapshot(json!([table("item"), column(name, &json!({ "data_type": "text" }))]));
    let offered = offered(&expected, &snapshot(json!([table("item")])));
    let sql = sql(&offered);
    assert_eq!(sql, ["ALTER TABLE \"inv\".\"item\" ADD COLUMN \"x\"\" TEXT; DROP TABLE y; --\" text"]);
    assert_eq!(parse(&sql[0]).unwrap().len(), 1);
}

#[test]
fn what_has_the_name_of_something_else_makes_way_only_if_it_has_no_rows() {
    let view =
        json!({ "schema": "inv", "kind": "view", "name": "item", "properties": { "query": " SELECT 1;" } });
    let (table, view) = (snapshot(json!([table("item")])), snapshot(json!([view])));
    let of_table = offered(&table, &view).remove("table inv.item is missing").unwrap().unwrap();
    assert_eq!(of_table.sql, ["DROP VIEW \"inv\".\"item\"", "CREATE TABLE \"inv\".\"item\" ()"]);
    assert_eq!(of_table.hazards, ["drop-view:inv.item".parse().unwrap()]);
    assert_eq!(offered(&view, &table)["view inv.item is missing"], None);
}

/// What is kept as text looks it up when it runs; what was parsed holds on to it.
#[test]
fn a_function_that_returns_something_else_is_made_anew_with_what_was_parsed_and_names_it() {
    let routine = |name: &str, returns: &str, body: &str| {
        let properties = json!({
            "routine_kind": "function", "arguments": "", "returns": returns, "language": "sql", "body": body,
            "volatility": "VOLATILE", "parallel": "UNSAFE"
        });
        json!({ "schema": "inv", "kind": "function", "name": name, "properties": properties })
    };
    let offer = |caller: &str| {
        let of = |returns: &str| {
            let callee = routine("plain()", returns, "SELECT 1");
            snapshot(json!([callee, routine("caller()", "text", caller)]))
        };
        let offered = offered(&of("text"), &of("bigint"));
        let sql = offered.into_values().next().unwrap().unwrap().sql;
        sql.iter().filter_map(|sql| sql.strip_prefix("DROP ROUTINE ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(offer("SELECT inv.plain()"), ["\"inv\".\"plain\"()"]);
    assert_eq!(offer("RETURN inv.plain()"), ["\"inv\".\"caller\"()", "\"inv\".\"plain\"()"]);
}

#[test]
fn a_mend_survives_the_trip_through_json() {
    let repair = Repair::adding(7, ["SELECT 1".to_owned()]);
    let hazard = "drop-column:inv.item.note".parse().unwrap();
    for repair in [repair.clone(), repair.hazard(hazard)] {
        let json = serde_json::to_string(&repair).unwrap();
        assert_eq!(serde_json::from_str::<Repair>(&json).unwrap(), repair, "{json}");
    }
}

/// What is found and offered on a server of that major.
fn offered_on(server_major: i32, expected: &serde_json::Value, live: &serde_json::Value) -> Vec<Repair> {
    let (expected, live) = (snapshot(expected.clone()), snapshot(live.clone()));
    let descriptors = Descriptors::default();
    let sides = Sides { server_major, ..sides(&expected, &live, &descriptors) };
    compare(&expected, &live).iter().filter_map(|difference| repair(difference, &sides)).collect()
}

fn statements(repairs: &[Repair]) -> Vec<String> {
    in_order(repairs).into_iter().flat_map(|part| part.sql).collect()
}

#[test]
fn default_privileges_that_take_away_are_what_is_left_of_those_of_postgresql() {
    let everywhere = |grants: serde_json::Value| json!([{ "schema": "", "kind": "default_privileges", "name": "FUNCTIONS by ann", "properties": { "grants": grants } }]);
    let taken = everywhere(json!(["owner: EXECUTE"]));
    let (made, gone) = (offered_on(15, &taken, &json!([])), offered_on(15, &json!([]), &taken));
    assert_eq!(
        statements(&made),
        ["ALTER DEFAULT PRIVILEGES FOR ROLE \"ann\" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"]
    );
    assert_eq!(
        statements(&gone),
        ["ALTER DEFAULT PRIVILEGES FOR ROLE \"ann\" GRANT EXECUTE ON FUNCTIONS TO PUBLIC"]
    );
}

#[test]
fn who_owns_a_table_may_maintain_it_where_postgresql_knows_that() {
    let table = |grants: serde_json::Value| json!([{ "schema": "inv", "kind": "table", "name": "item", "properties": { "owner": "ann", "grants": grants } }]);
    let seven = "DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE";
    let live =
        json!([{ "schema": "inv", "kind": "table", "name": "item", "properties": { "owner": "ann" } }]);
    let without = table(json!([format!("owner: {seven}")]));
    assert_eq!(
        statements(&offered_on(17, &without, &live)),
        ["REVOKE MAINTAIN ON TABLE \"inv\".\"item\" FROM \"ann\""]
    );
    assert_eq!(statements(&offered_on(15, &without, &live)), [] as [&str; 0]);
}

#[test]
fn a_childs_key_is_its_own_whatever_its_parent_has() {
    let of = |table: &str, name: &str, deferrable: bool| {
        json!({ "schema": "inv", "relation": table, "kind": "constraint", "name": name, "properties": {
            "constraint_type": "UNIQUE", "columns": ["id"], "deferrable": deferrable, "validated": true } })
    };
    let all = |of_child| {
        json!([
            table("parent"),
            { "schema": "inv", "kind": "table", "name": "child", "properties": {
                "relation_kind": "table", "inherits": ["inv.parent"] } },
            of("parent", "parent_key", false),
            of_child,
        ])
    };
    let repairs = offered_on(15, &all(of("child", "child_key", true)), &all(of("child", "child_key", false)));
    let sql = statements(&repairs);
    assert_eq!(sql.len(), 2, "{sql:#?}");
    assert!(sql.iter().all(|sql| sql.contains("\"child\"")), "{sql:#?}");
}

#[test]
fn a_sequence_that_has_come_to_what_is_out_of_bounds_begins_anew_and_that_is_told() {
    let sequence = |min: &str, start: &str| {
        json!([{ "schema": "inv", "kind": "sequence", "name": "no", "properties": {
            "data_type": "bigint", "increment": "1", "min": min, "max": "9000", "start": start, "cache": "1" } }])
    };
    let narrower = offered_on(15, &sequence("1000", "1000"), &sequence("1", "1"));
    let wider = offered_on(15, &sequence("1", "1"), &sequence("1000", "1000"));
    let told = |repairs: &[Repair]| {
        repairs.iter().flat_map(|repair| &repair.hazards).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(told(&narrower).contains(&"restart-sequence:inv.no".to_owned()), "{narrower:#?}");
    assert_eq!((told(&wider), statements(&wider).len()), (Vec::new(), 1));
    assert_eq!(statements(&narrower).len(), 3);
}

#[test]
fn a_schema_that_is_missing_is_one_difference_and_comes_with_everything_in_it() {
    let schema = json!({ "schema": "", "kind": "schema", "name": "inv", "properties": {} });
    let expected = json!([
        schema,
        { "schema": "inv", "kind": "view", "name": "a", "properties": { "query": " SELECT item.id\n   FROM inv.item;" } },
        table("item"),
        column("id", &json!({ "data_type": "integer" })),
    ]);
    let repairs = offered_on(15, &expected, &json!([]));
    assert_eq!(repairs.len(), 1);
    let sql = statements(&repairs);
    let begins: Vec<_> = sql.iter().map(|sql| sql.split('"').next().unwrap().trim()).collect();
    assert_eq!(begins, ["CREATE SCHEMA", "CREATE TABLE", "CREATE VIEW"]);
}

#[test]
fn a_label_goes_only_with_the_type_that_has_it_and_columns_are_converted() {
    let mood = |labels: serde_json::Value| {
        json!([
            { "schema": "inv", "kind": "enum", "name": "mood", "properties": { "labels": labels } },
            table("item"),
            column("mood", &json!({ "data_type": "inv.mood", "default": "'ok'::inv.mood" })),
        ])
    };
    let repairs = offered_on(15, &mood(json!(["ok"])), &mood(json!(["ok", "sad"])));
    assert_eq!(
        statements(&repairs),
        [
            "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"mood\" DROP DEFAULT",
            "ALTER TYPE \"inv\".\"mood\" RENAME TO \"mood~old\"",
            "CREATE TYPE \"inv\".\"mood\" AS ENUM ('ok')",
            "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"mood\" TYPE \"inv\".\"mood\" USING \"mood\"::text::\"inv\".\"mood\"",
            "ALTER TABLE \"inv\".\"item\" ALTER COLUMN \"mood\" SET DEFAULT 'ok'::inv.mood",
            "DROP TYPE \"inv\".\"mood~old\"",
        ]
    );
    let told: Vec<_> = repairs.iter().flat_map(|repair| &repair.hazards).map(ToString::to_string).collect();
    assert_eq!(told, ["rewrite-column:inv.item.mood"]);
}

/// What is offered as a rename: the difference, its SQL and its hazards.
fn renames(expected: &CatalogSnapshot, live: &CatalogSnapshot) -> Vec<(String, String, Vec<String>)> {
    let descriptors = Descriptors::default();
    let sides = sides(expected, live, &descriptors);
    let differences = compare(expected, live);
    let offers = offers(&differences, &sides);
    let named_back = differences.iter().zip(offers).filter_map(|(difference, offer)| {
        let repair = offer.rename?;
        let hazards = repair.hazards.iter().map(ToString::to_string).collect();
        Some((difference.to_string(), repair.sql.join("; "), hazards))
    });
    named_back.collect()
}

#[test]
fn a_rename_is_offered_beside_the_plain_mend_and_needs_consent() {
    let text = json!({ "data_type": "text" });
    let of = |name: &str| {
        let index = part("index", "i", &json!({ "method": "btree", "keys": [name] }));
        snapshot(json!([table("item"), column(name, &text), index]))
    };
    let back = "ALTER TABLE \"inv\".\"item\" RENAME COLUMN \"remark\" TO \"note\"";
    let offered = renames(&of("note"), &of("remark"));
    assert_eq!(
        offered.len(),
        3,
        "the column that is missing, the one that is not expected, the index: {offered:#?}"
    );
    for (difference, sql, hazards) in offered {
        assert_eq!(
            (sql.as_str(), hazards),
            (back, vec!["rename-column:inv.item.remark".to_owned()]),
            "{difference}"
        );
    }
}

#[test]
fn no_rename_is_offered_where_more_than_the_name_is_other_or_there_are_two_of_one() {
    let text = json!({ "data_type": "text" });
    let with = |columns: &[(&str, &serde_json::Value)]| {
        let columns = columns.iter().map(|(name, properties)| column(name, properties));
        snapshot(json!(std::iter::once(table("item")).chain(columns).collect::<Vec<_>>()))
    };
    let commented = json!({ "data_type": "text", "comment": "x" });
    let number = json!({ "data_type": "integer" });
    for live in [&[("b", &commented)][..], &[("b", &number)], &[("b", &text), ("c", &text)], &[]] {
        assert_eq!(renames(&with(&[("a", &text)]), &with(live)), [], "{live:?}");
    }
    assert_eq!(renames(&with(&[("a", &text), ("b", &text)]), &with(&[("c", &text)])), []);
    let exchanged = renames(&with(&[("a", &text), ("b", &number)]), &with(&[("a", &number), ("b", &text)]));
    assert_eq!(exchanged, []);
}

#[test]
fn what_would_fail_is_not_offered_and_said_to_be_in_the_way() {
    let typed = |data_type: &str| {
        let pair = json!({ "schema": "inv", "kind": "composite", "name": "item_row", "properties": { "attributes": ["a text"] } });
        let uses = json!({ "schema": "inv", "relation": "other", "kind": "column", "name": "row",
            "properties": { "data_type": "inv.item" } });
        snapshot(json!([
            pair,
            table("item"),
            table("other"),
            column("a", &json!({ "data_type": data_type })),
            uses
        ]))
    };
    let (expected, live) = (typed("text"), typed("integer"));
    let descriptors = Descriptors::default();
    let sides = sides(&expected, &live, &descriptors);
    let offer = offers(&compare(&expected, &live), &sides).remove(0);
    assert_eq!(offer.repair, None);
    assert_eq!(offer.in_the_way.as_deref(), Some("column inv.other.row has the type of its rows"));
}
