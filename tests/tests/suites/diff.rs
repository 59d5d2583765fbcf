//! `tenon plugin diff`: the next migration, from what the descriptors say and the migrations do not make.

use std::fs;

use serde_json::{Value, json};
use tenon_host::heal::HealOutcome;
use tenon_tests::author::{Author, ID, column, not_null};
use tenon_tests::random;

const FIRST: &str = "CREATE SCHEMA brings_00;\n\
                     CREATE TYPE brings_00.state AS ENUM ('draft', 'active');\n\
                     CREATE TABLE brings_00.item (\n    id bigint PRIMARY KEY,\n    qty integer NOT NULL,\n    \
                     note text,\n    state brings_00.state NOT NULL DEFAULT 'draft'\n);\n";

const ROWS: &str = "INSERT INTO brings_00.item VALUES (1, 5, 'five', 'active'), (2, 7, NULL, 'draft')";

/// What the first migration makes, with these columns instead of `qty` and `note`.
fn item(columns: &[Value]) -> Value {
    let mut all = vec![not_null("id", "bigint")];
    all.extend_from_slice(columns);
    all.push(
        json!({ "name": "state", "data_type": "brings_00.state", "not_null": true, "default": "'draft'" }),
    );
    json!({
        "format": 1,
        "enums": [{ "name": "brings_00.state", "labels": ["draft", "active"] }],
        "tables": [{
            "name": "brings_00.item",
            "columns": all,
            "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }],
        }],
    })
}

fn as_it_was() -> Value {
    item(&[not_null("qty", "integer"), column("note", "text")])
}

/// An author whose database has rows already, and who has declared this since.
fn author_of(declared: Value) -> Author {
    let mut author = Author::new(&[("0001_first.sql", FIRST)], as_it_was());
    author.prove_and_heal();
    author.world.sql(ROWS);
    author.declare(declared);
    author
}

#[test]
fn where_nothing_differs_nothing_is_written() {
    let author = author_of(as_it_was());
    let run = author.diff(&["--write", "more"]).expect_code(0);
    assert!(run.out.is_empty() && run.err.contains("There is nothing to write"), "{run:#?}");
    assert_eq!(fs::read_dir(author.world.path().join("migrations")).unwrap().count(), 1);
    assert_eq!(author.diff(&["--json"]).expect_code(0).json()["migration"], Value::Null);
}

#[test]
fn tables_that_refer_to_each_other_are_made_with_indexes_and_keys() {
    let mut declared = as_it_was();
    let tables = declared["tables"].as_array_mut().unwrap();
    let key = json!({ "rule": { "primary_key": { "columns": ["id"] } } });
    let to = |table: &str, column: &str| json!({ "rule": { "foreign_key": { "columns": [column], "references": table, "referenced_columns": ["id"] } } });
    tables.push(json!({
        "name": "brings_00.batch",
        "columns": [not_null("id", "bigint"), column("order", "bigint"), column("item", "bigint")],
        "constraints": [key, to("brings_00.order", "order"), to("brings_00.item", "item")],
        "indexes": [{ "keys": ["item", "\"order\" DESC"] }],
    }));
    tables.push(json!({
        "name": "brings_00.order",
        "columns": [not_null("id", "bigint"), column("Batch", "bigint")],
        "constraints": [key, to("brings_00.batch", "Batch")],
    }));
    let mut author = author_of(declared);
    let printed = author.diff(&[]).expect_code(2);
    let sql = author.write(&["--write", "Batches & orders"]);
    assert_eq!(printed.out.lines().skip(1).collect::<Vec<_>>(), sql.lines().skip(1).collect::<Vec<_>>());
    assert_eq!(author.files[1].0, "0002_batches_orders.sql");
    insta::assert_snapshot!(sql, @r###"
    -- Batches & orders

    CREATE TABLE brings_00.batch (
        id bigint NOT NULL,
        "order" bigint,
        item bigint
    );

    ALTER TABLE brings_00.batch ADD CONSTRAINT batch_pkey PRIMARY KEY (id);

    CREATE INDEX batch_item_order_idx ON brings_00.batch (item, "order" DESC);

    ALTER TABLE brings_00.batch ADD CONSTRAINT batch_item_fkey FOREIGN KEY (item) REFERENCES brings_00.item (id);

    CREATE TABLE brings_00."order" (
        id bigint NOT NULL,
        "Batch" bigint
    );

    ALTER TABLE brings_00."order" ADD CONSTRAINT order_pkey PRIMARY KEY (id);

    ALTER TABLE brings_00.batch ADD CONSTRAINT batch_order_fkey FOREIGN KEY ("order") REFERENCES brings_00."order" (id);

    ALTER TABLE brings_00."order" ADD CONSTRAINT "order_Batch_fkey" FOREIGN KEY ("Batch") REFERENCES brings_00.batch (id);
    "###);
    author.prove_and_heal();
}

#[test]
fn columns_are_added_and_where_only_data_decides_there_is_a_gap() {
    let mut author = author_of(item(&[
        not_null("qty", "integer"),
        column("note", "text"),
        column("due", "date"),
        json!({ "name": "level", "data_type": "integer", "not_null": true, "default": "3" }),
        not_null("sku", "text"),
    ]));
    let json = author.diff(&["--json"]).expect_code(2).json();
    assert_eq!(json["migration"]["gaps"], json!(["brings_00.item.sku"]));
    let sql = author.write(&["--write", "more columns"]);
    insta::assert_snapshot!(sql, @r###"
    -- more columns

    ALTER TABLE brings_00.item ADD COLUMN due date;

    ALTER TABLE brings_00.item ADD COLUMN level integer DEFAULT 3 NOT NULL;

    ALTER TABLE brings_00.item ADD COLUMN sku text;

    -- TODO: say what the rows that are there get, then:
    -- UPDATE brings_00.item SET sku = … WHERE sku IS NULL;
    -- scan-table:brings_00.item: all its rows are read to check them, and nobody can read or write it
    -- until the heal ends
    ALTER TABLE brings_00.item ALTER COLUMN sku SET NOT NULL;
    "###);
    // With rows in the table the gap is the author's to fill.
    let outcome = author.world.host().heal_consenting();
    assert!(matches!(outcome, HealOutcome::Failed { .. }), "{outcome:#?}");
    let filled =
        sql.replace("-- UPDATE brings_00.item SET sku = …", "UPDATE brings_00.item SET sku = 'S' || id");
    assert_ne!(filled, sql);
    author.files[1].1 = filled;
    author.build();
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT sku, level FROM brings_00.item ORDER BY 1"), "S1|3\nS2|3");
}

#[test]
fn a_gap_that_keeps_rows_of_an_earlier_migration_from_it_is_written_and_not_proved() {
    let rows = format!("{FIRST}INSERT INTO brings_00.item VALUES (1, 5, 'five', 'active');\n");
    let mut author = Author::new(&[("0001_first.sql", &rows)], as_it_was());
    author.prove_and_heal();
    author.declare(item(&[not_null("qty", "integer"), not_null("note", "integer"), not_null("sku", "text")]));
    let printed = author.diff(&["--json"]).expect_code(2).json();
    assert_eq!(printed["migration"]["proved"], false);
    assert_eq!(printed["migration"]["gaps"].as_array().unwrap().len(), 2, "{printed}");
    let run = author.diff(&["--write", "skus"]).expect_code(0);
    assert!(
        run.err.contains("0002_skus.sql is written, and not proved: rows of an earlier migration"),
        "{run:#?}"
    );
    let sql = fs::read_to_string(author.file("0002_skus.sql")).unwrap();
    assert!(sql.contains("UPDATE brings_00.item SET sku = … WHERE sku IS NULL;"), "{sql}");
    author.add("0002_skus.sql", &sql);
    let unfilled = author.world.tenon(&["plugin", "lock", ID]).expect_code(1);
    assert!(unfilled.err.contains("0002_skus.sql"), "{unfilled:#?}");
    author.files.pop();
    let filled = sql.replace("-- UPDATE brings_00.item SET sku = …", "UPDATE brings_00.item SET sku = 'S'");
    author.add("0002_skus.sql", &filled.replace("USING note::integer", "USING 5"));
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT note, sku FROM brings_00.item"), "5|S");
}

#[test]
fn a_column_that_goes_is_told_with_what_it_costs() {
    let mut author = author_of(item(&[not_null("qty", "integer")]));
    let sql = author.write(&["--write", "without notes"]);
    insta::assert_snapshot!(sql, @r###"
    -- without notes

    -- drop-column:brings_00.item.note: the column goes with its values in every row
    ALTER TABLE brings_00.item DROP COLUMN note;
    "###);
    author.prove_and_heal();
}

#[test]
fn a_renamed_column_keeps_its_values_also_where_more_of_it_is_other() {
    for (data_type, name) in [("integer", "qty"), ("bigint", "brings_00.item.qty")] {
        let mut author = author_of(item(&[not_null("quantity", data_type), column("note", "text")]));
        if data_type == "integer" {
            let run = author.diff(&[]).expect_code(2);
            let option = "--rename brings_00.item.qty=quantity";
            assert!(run.err.contains(option) && run.out.contains(option), "{run:#?}");
        }
        let sql = author.write(&["--write", "a better name", "--rename", &format!("{name}=quantity")]);
        assert!(sql.contains("RENAME COLUMN qty TO quantity;") && !sql.contains("DROP COLUMN"), "{sql}");
        author.prove_and_heal();
        assert_eq!(author.world.sql("SELECT quantity FROM brings_00.item ORDER BY 1"), "5\n7");
    }
}

#[test]
fn a_renamed_table_keeps_its_rows_and_what_is_on_it_its_place() {
    let mut declared = item(&[not_null("count", "integer"), column("note", "text")]);
    declared["tables"][0]["name"] = json!("brings_00.thing");
    let mut author = author_of(declared);
    let unknown = author.diff(&["--rename", "itme=thing"]).expect_code(64);
    assert!(
        unknown.err.contains("what goes is brings_00.item, and what comes is brings_00.thing"),
        "{unknown:#?}"
    );
    // Of the table's column the name is that of the renamed table.
    let sql = author.write(&["--write", "things", "--rename", "thing.qty=count", "--rename", "item=thing"]);
    assert!(sql.contains("RENAME CONSTRAINT item_pkey TO thing_pkey;"), "{sql}");
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT count FROM brings_00.thing ORDER BY 1"), "5\n7");
}

#[test]
fn types_checks_defaults_and_labels_are_changed() {
    let mut declared = item(&[not_null("qty", "bigint"), not_null("note", "integer")]);
    declared["enums"][0]["labels"] = json!(["draft", "active", "sold out"]);
    declared["tables"][0]["columns"][3]["default"] = json!("'active'");
    let check = json!({ "name": "few", "rule": { "check": { "expression": "qty < 100" } } });
    declared["tables"][0]["constraints"].as_array_mut().unwrap().push(check);
    let mut author = author_of(declared);
    let sql = author.write(&["--write", "changes"]);
    insta::assert_snapshot!(sql, @r###"
    -- changes

    ALTER TYPE brings_00.state ADD VALUE 'sold out' AFTER 'active';

    -- TODO: say in USING how each value of text becomes one of integer
    -- rewrite-column:brings_00.item.note: the column's values are converted from text to integer, which
    -- may fail or keep less of them; the table is written anew, and nobody can read or write it until the
    -- heal ends
    ALTER TABLE brings_00.item ALTER COLUMN note TYPE integer USING note::integer;

    -- TODO: say what the rows that are there get, then:
    -- UPDATE brings_00.item SET note = … WHERE note IS NULL;
    -- scan-table:brings_00.item: all its rows are read to check them, and nobody can read or write it
    -- until the heal ends
    ALTER TABLE brings_00.item ALTER COLUMN note SET NOT NULL;

    -- rewrite-column:brings_00.item.qty: the column's values are converted from integer to bigint, which
    -- may fail or keep less of them; the table is written anew, and nobody can read or write it until the
    -- heal ends
    ALTER TABLE brings_00.item ALTER COLUMN qty TYPE bigint USING qty::bigint;

    ALTER TABLE brings_00.item ALTER COLUMN state SET DEFAULT 'active'::brings_00.state;

    ALTER TABLE brings_00.item ADD CONSTRAINT few CHECK ((qty < 100));
    "###);
    author.world.sql("UPDATE brings_00.item SET note = id");
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT note, qty FROM brings_00.item ORDER BY 1"), "1|5\n2|7");
}

#[test]
fn a_label_is_renamed_where_that_is_said() {
    let mut declared = as_it_was();
    declared["enums"][0]["labels"] = json!(["draft", "on sale"]);
    let mut author = author_of(declared);
    let sql = author.write(&["--write", "labels", "--rename", "brings_00.state.active=on sale"]);
    assert!(sql.contains("ALTER TYPE brings_00.state RENAME VALUE 'active' TO 'on sale';"), "{sql}");
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT state FROM brings_00.item WHERE id = 1"), "on sale");
}

#[test]
fn views_and_functions_come_change_and_go() {
    let function = |name: &str, body: &str| json!({ "name": name, "arguments": [], "returns": "bigint", "language": "sql", "body": { "text": body } });
    let mut declared = as_it_was();
    declared["views"] =
        json!([{ "name": "brings_00.few", "query": "SELECT id FROM brings_00.item WHERE qty < 6" }]);
    // The body is looked into when it is made, and names what is made after it by its kind.
    declared["functions"] = json!([function("brings_00.n", "SELECT count(*) FROM brings_00.few")]);
    let mut author = author_of(declared.clone());
    author.write(&["--write", "a view"]);
    author.prove_and_heal();
    declared["views"] = json!([{
        "name": "brings_00.few",
        "query": "SELECT qty, id FROM brings_00.item WHERE qty < 9"
    }]);
    declared["functions"] = json!([function("brings_00.n", "SELECT sum(qty) FROM brings_00.few")]);
    author.declare(declared);
    author.write(&["--write", "another view"]);
    author.prove_and_heal();
    assert_eq!(author.world.sql("SELECT brings_00.n()"), "12");
    author.declare(as_it_was());
    let sql = author.write(&["--write", "no view"]);
    assert!(sql.contains("DROP VIEW brings_00.few;"), "{sql}");
    author.prove_and_heal();
}

#[test]
fn a_first_migration_is_written_from_descriptors_alone() {
    let mut author = Author::new(&[], as_it_was());
    let sql = author.write(&["--write", "first"]);
    insta::assert_snapshot!(sql, @r###"
    -- first

    CREATE SCHEMA brings_00;

    CREATE TYPE brings_00.state AS ENUM ('draft', 'active');

    CREATE TABLE brings_00.item (
        id bigint NOT NULL,
        qty integer NOT NULL,
        note text,
        state brings_00.state DEFAULT 'draft'::brings_00.state NOT NULL
    );

    ALTER TABLE brings_00.item ADD CONSTRAINT item_pkey PRIMARY KEY (id);
    "###);
    author.prove_and_heal();
}

#[test]
fn no_file_is_overwritten_and_a_library_that_is_older_than_the_folder_is_refused() {
    let mut author = author_of(item(&[not_null("qty", "integer")]));
    author.write(&["--write", "without notes"]);
    let name = author.files[1].0.clone();
    // The library is built without it again: what is in the folder is newer.
    let last = author.files.pop().unwrap();
    author.build();
    let run = author.diff(&["--write", "without notes"]).expect_code(5);
    assert!(run.err.contains(&name) && run.err.contains("build the plugin first"), "{run:#?}");
    assert_eq!(fs::read_to_string(author.file(&name)).unwrap(), last.1);
    // So is an edited one.
    fs::remove_file(author.file(&name)).unwrap();
    fs::write(author.file("0001_first.sql"), format!("{FIRST}-- edited")).unwrap();
    assert!(author.diff(&[]).expect_code(5).err.contains("0001_first.sql"));
    fs::write(author.file("0001_first.sql"), FIRST).unwrap();
    author.diff(&["--write", "…"]).expect_code(64);
    author.diff(&["--write", "tenon:accepts sha256:0"]).expect_code(64);
    let nowhere = author.diff(&["--write", "x", "--dir", "nowhere"]).expect_code(64);
    assert!(nowhere.err.contains("--dir"), "{nowhere:#?}");
    author.world.tenon(&["plugin", "diff", "nobody"]).expect_code(64);
}

#[test]
fn numbers_that_are_left_out_and_migrations_changed_since_the_lock_are_told() {
    let mut author = author_of(as_it_was());
    author.world.tenon(&["plugin", "lock", ID]).expect_code(0);
    author.files[0].1 = format!("{FIRST}\n-- Edited.\n");
    author.files.push(("0004_more.sql".to_owned(), "COMMENT ON TABLE brings_00.item IS 'x';\n".to_owned()));
    author.files.iter().for_each(|(name, sql)| fs::write(author.file(name), sql).unwrap());
    author.declare(item(&[not_null("qty", "integer"), column("note", "text"), column("due", "date")]));
    let run = author.diff(&["--write", "due"]).expect_code(0);
    assert!(run.err.contains("migrations has no number between 0001 and 0004"), "{run:#?}");
    assert!(run.err.contains("0001_first.sql was changed since tenon.lock was written"), "{run:#?}");
    assert!(author.file("0005_due.sql").exists());
}

#[test]
fn what_other_things_go_by_the_name_of_is_made_anew_or_renamed_as_is_said() {
    let indexed = |name: &str| {
        let mut declared = item(&[not_null("qty", "integer"), column(name, "text")]);
        declared["tables"][0]["indexes"] = json!([{ "name": "by_text", "keys": [name] }]);
        declared["views"] = json!([{
            "name": "brings_00.texts",
            "query": format!("SELECT id, {name} AS text FROM brings_00.item")
        }]);
        declared
    };
    for options in [&[][..], &["--rename", "note=remark"]] {
        let mut author = author_of(indexed("note"));
        author.write(&["--write", "an index"]);
        author.prove_and_heal();
        author.declare(indexed("remark"));
        let sql = author.write(&[&["--write", "remarks"], options].concat());
        assert_eq!(sql.contains("with `--rename brings_00.item.note=remark`"), options.is_empty(), "{sql}");
        author.prove_and_heal();
        let kept = if options.is_empty() { "1|" } else { "1|five" };
        assert_eq!(author.world.sql("SELECT * FROM brings_00.texts WHERE id = 1"), kept, "{sql}");
    }
}

#[test]
fn what_nobody_can_write_is_listed_by_name_and_nothing_is_written() {
    let mut declared = item(&[not_null("qty", "integer")]);
    declared["tables"][0]["partition_by"] = json!("RANGE (id)");
    let author = author_of(declared);
    let run = author.diff(&["--write", "parts"]).expect_code(1);
    assert!(run.err.contains("table brings_00.item: partition key expected RANGE (id)"), "{run:#?}");
    assert!(
        run.err.contains("3 differences of brings_00 cannot be written as SQL; nothing was written"),
        "{run:#?}"
    );
    assert_eq!(fs::read_dir(author.world.path().join("migrations")).unwrap().count(), 1);
}

#[test]
fn whatever_descriptors_become_is_written_and_proved() {
    for seed in [1, 2, 3] {
        let declared = |seed| serde_json::to_value(random::descriptors(seed)).unwrap();
        let mut author = Author::new(&[], declared(seed));
        for next in [seed + 100, seed + 200] {
            author.write(&["--write", "step"]);
            author.prove_and_heal();
            author.declare(declared(next));
        }
    }
}
