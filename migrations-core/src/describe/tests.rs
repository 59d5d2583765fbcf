use serde_json::json;
use tenon_schema::{ArgumentMode, ReferentialAction};

use super::*;

#[test]
fn arguments_are_told_apart_from_their_types_and_defaults() {
    use ArgumentMode as M;
    let read = |text| {
        let arguments = routine::arguments(text).unwrap().into_iter();
        let parts = arguments
            .map(|one| (one.mode, one.name.map(|name| name.as_str().to_owned()), one.data_type, one.default));
        parts.collect::<Vec<_>>()
    };
    let of = |mode, name: &str, data_type: &str, default: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (mode, some(name), data_type.to_owned(), some(default))
    };
    assert_eq!(read(""), []);
    assert_eq!(read("*"), []);
    assert_eq!(
        read("integer, double precision"),
        [of(M::In, "", "integer", ""), of(M::In, "", "double precision", "")]
    );
    assert_eq!(
        read("a integer DEFAULT 1, OUT \"B, c\" s.\"my type\", VARIADIC ids bigint[] DEFAULT ARRAY[1, 2]"),
        [
            of(M::In, "a", "integer", "1"),
            of(M::Out, "B, c", "s.\"my type\"", ""),
            of(M::Variadic, "ids", "bigint[]", "ARRAY[1, 2]"),
        ]
    );
    assert_eq!(
        read(
            "INOUT at timestamp without time zone DEFAULT now(), \"char\" \"char\", timestamp with time zone"
        ),
        [
            of(M::InOut, "at", "timestamp without time zone", "now()"),
            of(M::In, "char", "\"char\"", ""),
            of(M::In, "", "timestamp with time zone", ""),
        ]
    );
    assert_eq!(
        read("s text DEFAULT 'a, b DEFAULT (c'::text, \"in\" inv.t, \"char\""),
        [
            of(M::In, "s", "text", "'a, b DEFAULT (c'::text"),
            of(M::In, "in", "inv.t", ""),
            of(M::In, "", "\"char\"", ""),
        ]
    );
}

#[test]
fn a_rule_is_taken_apart_wherever_its_keywords_stand_too() {
    let parts = |sql| {
        let parts = on_relation::parts(sql).unwrap();
        (parts.event, parts.condition, parts.instead, parts.action)
    };
    assert_eq!(
        parts("CREATE RULE r AS\n    ON DELETE TO inv.item\n   WHERE (old.qty > 5) DO INSTEAD NOTHING;"),
        ("DELETE", Some("(old.qty > 5)"), true, "NOTHING")
    );
    assert_eq!(
        parts(
            "CREATE RULE \"DO ON\" AS\n    ON INSERT TO \"WHERE\".\"DO\" DO  INSERT INTO inv.log (a)\n  VALUES ('DO');"
        ),
        ("INSERT", None, false, "INSERT INTO inv.log (a)\n  VALUES ('DO')")
    );
    assert_eq!(
        parts("CREATE RULE r AS\n    ON UPDATE TO inv.v DO INSTEAD ( DELETE FROM a;\n DELETE FROM b;\n);"),
        ("UPDATE", None, true, "( DELETE FROM a;\n DELETE FROM b;\n)")
    );
}

#[test]
fn what_is_read_in_one_text_is_taken_apart() {
    let (action, columns) = constraint::action("SET NULL (a, \"b, c\")").unwrap();
    assert_eq!((action, columns), (ReferentialAction::SetNull, vec!["a".into(), "b, c".into()]));
    assert_eq!(constraint::action("NO ACTION").unwrap(), (ReferentialAction::NoAction, vec![]));
    let attribute = types::attribute("\"A b\" text COLLATE pg_catalog.\"C\"").unwrap();
    assert_eq!((attribute.name, attribute.data_type.as_str()), ("A b".into(), "text"));
    assert_eq!(attribute.collation.as_deref(), Some("pg_catalog.\"C\""));
    let check = types::check("ok CHECK (((VALUE)::text <> ''::text))").unwrap();
    assert_eq!((check.name, check.expression.as_str()), (Some("ok".into()), "((VALUE)::text <> ''::text)"));
    assert_eq!(types::check("ok CHECK ((VALUE > 0)) NOT VALID"), None);
    let published = global::published("inv.\"a WHERE b\" (id, \"x, y\") WHERE (id > 5)").unwrap();
    assert_eq!(published.table, ObjectName::new("inv", "a WHERE b"));
    assert_eq!(
        (published.columns, published.condition.as_deref()),
        (vec!["id".into(), "x, y".into()], Some("(id > 5)"))
    );
    assert_eq!(text::items("a, (b + c(d, e)), \"f, g\""), ["a", "(b + c(d, e))", "\"f, g\""]);
}

#[test]
fn names_that_postgresql_chooses_are_known() {
    assert_eq!(sequence::automatic_name("item", "id"), "item_id_seq");
    let (long, short) = ("t".repeat(60), "é".repeat(30));
    assert_eq!(sequence::automatic_name(&long, "id"), format!("{}_id_seq", "t".repeat(56)));
    assert_eq!(
        sequence::automatic_name(&long, &short),
        format!("{}_{}_seq", "t".repeat(29), "é".repeat(14)),
        "each is cut to its half, and no character in two"
    );
    assert_eq!(types::multirange_of("price_range"), "price_multirange");
    assert_eq!(types::multirange_of("span"), "span_multirange");
}

/// The description of a snapshot of these entries, in its stored form.
fn described(objects: serde_json::Value) -> Description {
    let snapshot: CatalogSnapshot = serde_json::from_value(objects).unwrap();
    describe(&snapshot, &BTreeSet::from([Ident::new("inv")]))
}

fn told(description: &Description) -> Vec<String> {
    description.undescribed.iter().map(|(id, why)| format!("{id}: {why}")).collect()
}

#[test]
fn what_has_no_words_and_what_stands_elsewhere_is_told() {
    let description = described(json!([
        { "schema": "inv", "kind": "enum", "name": "state", "properties": { "labels": ["a"], "cache": "7", "owner": "me" } },
        { "schema": "inv", "kind": "table", "name": "gone", "properties": { "persistence": "temporary" } },
        { "schema": "inv", "relation": "gone", "kind": "column", "name": "a", "properties": { "data_type": "text" } },
        { "schema": "", "kind": "default_privileges", "name": "TABLES by me", "properties": { "grants": [] } },
        { "schema": "other", "kind": "enum", "name": "state", "properties": { "labels": [] } },
        { "schema": "", "kind": "settings", "name": "database", "properties": { "user_mappings": ["me on srv"] } },
    ]));
    assert_eq!(
        told(&description),
        [
            "default privileges TABLES by me: it stands in none of these schemas",
            "settings of the database: no descriptor has words for user mappings: me on srv",
            "table inv.gone: it is temporary",
            "enum type inv.state: no descriptor has words for cache size: 7",
        ]
    );
    assert_eq!(description.descriptors.enums[0].labels, ["a"]);
}

#[test]
fn grants_are_those_beside_postgresqls_own() {
    let granted = |kind: &str, grants: &[&str]| {
        let name = if kind == "function" { "x()" } else { "x" };
        let properties = json!({ "grants": grants, "labels": [], "routine_kind": "function", "language": "sql",
                                 "volatility": "STABLE", "parallel": "SAFE" });
        let description =
            described(json!([{ "schema": "inv", "kind": kind, "name": name, "properties": properties }]));
        let descriptors = &description.descriptors;
        let about = descriptors
            .functions
            .iter()
            .map(|one| &one.about)
            .chain(descriptors.enums.iter().map(|one| &one.about));
        let about = about.last().unwrap();
        (
            serde_json::to_value(about).unwrap(),
            description.undescribed.iter().any(|(_, why)| why.contains("its owner")),
        )
    };
    assert_eq!(
        granted("function", &["owner: EXECUTE", "\"owner\": EXECUTE WITH GRANT OPTION"]),
        (
            json!({ "grants": [{ "to": "owner", "privileges": ["EXECUTE"], "with_grant_option": true }],
                    "revokes": [{ "to": "public", "privileges": ["EXECUTE"] }] }),
            false
        )
    );
    assert_eq!(
        granted("enum", &["owner: USAGE", "public: USAGE", "\"Odd one\": USAGE"]).0,
        json!({ "grants": [{ "to": "Odd one", "privileges": ["USAGE"] }] })
    );
    assert_eq!(granted("enum", &["public: USAGE"]), (json!({}), true));
}

#[test]
fn a_serial_is_said_by_its_type_and_a_sequence_that_is_otherwise_by_itself() {
    let table = |increment: &str| {
        described(json!([
            { "schema": "inv", "kind": "table", "name": "item", "properties": { "persistence": "permanent", "column_order": ["id"] } },
            { "schema": "inv", "relation": "item", "kind": "column", "name": "id",
              "properties": { "data_type": "bigint", "not_null": true, "default": "nextval('inv.item_id_seq'::regclass)" } },
            { "schema": "inv", "kind": "sequence", "name": "item_id_seq",
              "properties": { "data_type": "bigint", "start": "1", "increment": increment, "min": "1", "cycle": false,
                              "max": "9223372036854775807", "cache": "1", "owned_by": "inv.item.id", "persistence": "permanent" } },
        ]))
    };
    let serial = table("1");
    assert_eq!(told(&serial), [""; 0]);
    let column = &serial.descriptors.tables[0].columns[0];
    assert_eq!((column.data_type.as_str(), &column.default), ("bigserial", &None));
    assert_eq!(serial.descriptors.sequences, []);
    let other = table("2").descriptors;
    assert_eq!(other.tables[0].columns[0].data_type, "bigint");
    assert_eq!(other.sequences[0].increment, Some(2));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(OUT |VARIADIC )?[.é'\"$DOa1, \\\\=(\\[*]{0,40}( DEFAULT | WHERE | DO )?[é'\"(),]{0,9}") {
        let _ = routine::arguments(&text);
        let _ = on_relation::parts(&text);
        let _ = constraint::action(&text);
        let _ = types::attribute(&text);
        let _ = types::check(&text);
        let _ = global::published(&text);
        let _ = sequence::automatic_name(&text, &text.repeat(3));
        let _ = types::multirange_of(&text);
    }
}
