//! `tenon plugin verify`: a version before it is released, from empty, from every earlier state, and held
//! against what was released.

use std::fs;

use serde_json::{Value, json};
use tenon_tests::author::{Author, ID, column, not_null};
use tenon_tests::{Run, World};

const FIRST: (&str, &str) = (
    "0001_first.sql",
    "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.item (id bigint PRIMARY KEY, note text);\n",
);

fn item(columns: &[Value]) -> Value {
    let columns = [&[not_null("id", "bigint")][..], columns].concat();
    json!({ "format": 1, "tables": [{
        "name": "brings_00.item",
        "columns": columns,
        "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }],
    }] })
}

/// The first version.
fn first() -> Author {
    Author::new(&[FIRST], item(&[column("note", "text")]))
}

/// The second, with one more column by one more migration.
fn second() -> (Author, String) {
    let mut author = first();
    let released = author.release();
    author.version = "0.2.0".to_owned();
    author.descriptors = item(&[column("note", "text"), column("due", "date")]);
    author.add("0002_due.sql", "ALTER TABLE brings_00.item ADD COLUMN due date;\n");
    (author, released)
}

fn verify(author: &Author, options: &[&str]) -> Run {
    author.world.tenon(&[&["plugin", "verify", ID], options].concat())
}

/// The steps of a run, each with whether it failed.
fn steps(run: &Run) -> Vec<(String, bool)> {
    let document = run.json();
    let steps = document["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["step"].as_str().unwrap().to_owned(), step["ok"] == true)).collect()
}

/// The names of the steps that failed.
fn failed(run: &Run) -> Vec<String> {
    steps(run).into_iter().filter(|(_, ok)| !ok).map(|(name, _)| name).collect()
}

#[test]
fn a_version_is_proved_and_healed_from_every_state_that_its_own_migrations_make() {
    let (mut author, _) = second();
    author.descriptors = item(&[column("note", "text"), column("due", "date"), column("more", "text")]);
    author.add("0003_more.sql", "ALTER TABLE brings_00.item ADD COLUMN more text;\n");
    let run = verify(&author, &["--json"]).expect_code(0);
    let names: Vec<_> = steps(&run).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "the library is loaded",
            "its own numbers",
            "proved from empty",
            "the lock file is up to date",
            "healed from empty",
            "healed from 0001_first.sql",
            "healed from 0002_due.sql",
            "healed one by one",
        ]
    );
    assert_eq!(run.json()["verified"], true);
    assert_eq!(run.json()["version"], "0.2.0");
    let run = verify(&author, &[]).expect_code(0);
    assert!(run.out.contains("ok      healed from 0002_due.sql"), "{run:#?}");
    assert!(run.err.contains("brings_00 0.2.0 is verified, in "), "{run:#?}");
    let schema = author.world.sql("SELECT to_regnamespace('brings_00') IS NULL");
    assert_eq!(schema, "t", "the database itself is not touched");
}

#[test]
fn a_version_is_healed_from_each_released_one_in_one_transaction() {
    let (author, released) = second();
    let run = verify(&author, &["--against", &released, "--json"]).expect_code(0);
    let names: Vec<_> = steps(&run).into_iter().map(|(name, _)| name).collect();
    let from = format!("healed from 0.1.0 ({released})");
    assert!(names.contains(&from) && names.contains(&format!("against 0.1.0 ({released})")), "{names:?}");
    assert!(!names.contains(&"healed from 0001_first.sql".to_owned()), "{names:?}");
}

#[test]
fn a_database_that_ends_otherwise_than_an_empty_one_is_told_with_the_difference() {
    let (mut author, released) = second();
    // It says that it comes to the same as the released one, and does not: a comment is nothing declared.
    let sum = tenon_migrations_core::migration::Checksum::of(FIRST.1);
    let edited =
        format!("-- tenon:accepts sha256:{sum}\n{}COMMENT ON TABLE brings_00.item IS 'edited';\n", FIRST.1);
    author.files[0].1 = edited;
    fs::write(author.file("0001_first.sql"), &author.files[0].1).unwrap();
    author.build();
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(run.out.contains(&format!("failed  healed from 0.1.0 ({released})")), "{run:#?}");
    assert!(run.err.contains("it ends otherwise than from empty"), "{run:#?}");
    assert!(run.err.contains("table brings_00.item: comment expected edited, found none"), "{run:#?}");
}

#[test]
fn what_cannot_be_healed_from_a_release_is_told_where_it_fails() {
    let mut author = first();
    author.files[0].1 = format!("{}INSERT INTO brings_00.item (id) VALUES (1);\n", FIRST.1);
    fs::write(author.file("0001_first.sql"), &author.files[0].1).unwrap();
    let released = author.release();
    author.version = "0.2.0".to_owned();
    // On an empty database all of it runs at once, and there is a row by then.
    author.descriptors = item(&[column("note", "text"), not_null("sku", "text")]);
    author.add(
        "0002_sku.sql",
        "ALTER TABLE brings_00.item ADD COLUMN sku text;\nALTER TABLE brings_00.item ALTER COLUMN sku SET NOT NULL;\n",
    );
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(
        run.out.contains("failed  proved from empty") && run.err.contains("0002_sku.sql:2:1"),
        "{run:#?}"
    );
    assert!(run.err.contains("brings_00 0.2.0 is not verified: 1 step failed"), "{run:#?}");
}

#[test]
fn a_version_that_was_not_raised_and_released_files_that_were_edited_or_removed_are_told() {
    let (mut author, released) = second();
    author.version = "0.1.0".to_owned();
    author.build();
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(run.err.contains("version-not-raised: version 0.1.0"), "{run:#?}");
    assert!(run.out.contains("ok      healed from 0.1.0"), "the rest is tried all the same: {run:#?}");
    author.version = "0.2.0".to_owned();
    author.files[0].1 = FIRST.1.replace("note text", "note text NULL");
    author.files.iter().for_each(|(name, sql)| fs::write(author.file(name), sql).unwrap());
    author.build();
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(run.err.contains("edited-migration: brings_00/0001_first.sql"), "{run:#?}");
    assert!(run.err.contains("`-- tenon:accepts sha256:"), "{run:#?}");
    assert!(!run.out.contains("healed from 0.1.0"), "that it cannot be is told already: {run:#?}");
    // Which helps.
    let sum = tenon_migrations_core::migration::Checksum::of(FIRST.1);
    author.files[0].1 = format!("-- tenon:accepts sha256:{sum}\n{}", author.files[0].1);
    author.files.iter().for_each(|(name, sql)| fs::write(author.file(name), sql).unwrap());
    author.build();
    verify(&author, &["--against", &released]).expect_code(0);
    let file = author.files.remove(0);
    author.files[0].1 = format!("{}{}", file.1, author.files[0].1);
    fs::remove_file(author.file(&file.0)).unwrap();
    fs::write(author.file(&author.files[0].0), &author.files[0].1).unwrap();
    author.build();
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(run.err.contains("removed-migration: brings_00/0001_first.sql"), "{run:#?}");
}

#[test]
fn a_table_that_is_lost_is_a_mistake_where_nobody_drops_it_and_advice_where_somebody_does() {
    let mut author = first();
    let released = author.release();
    author.version = "0.1.1".to_owned();
    author.declare(json!({ "format": 1, "schemas": [{ "name": "brings_00" }] }));
    let run = verify(&author, &["--against", &released]).expect_code(1);
    assert!(run.err.contains("lost-undropped: table brings_00.item"), "{run:#?}");
    assert!(run.err.contains("`tenon plugin diff brings_00`"), "{run:#?}");
    assert!(author.diff(&[]).expect_code(2).out.contains("DROP TABLE brings_00.item;"));
    author.add("0003_drop.sql", "DROP TABLE brings_00.item;\n");
    let run = verify(&author, &["--against", &released]).expect_code(0);
    assert!(run.out.contains("advice    breaking-version: version 0.1.1"), "{run:#?}");
    assert!(run.out.contains("table brings_00.item (by 0003_drop.sql)"), "{run:#?}");
    assert!(run.out.contains("advice    number-gap: 0001 to 0003"), "{run:#?}");
}

#[test]
fn a_lock_file_that_is_out_of_date_is_exit_2_and_a_library_that_is_exit_5() {
    let (mut author, released) = second();
    author.world.tenon(&["plugin", "lock", ID]).expect_code(0);
    verify(&author, &["--against", &released]).expect_code(0);
    author.descriptors = item(&[column("note", "text"), column("due", "date"), column("more", "text")]);
    author.add("0003_more.sql", "ALTER TABLE brings_00.item ADD COLUMN more text;\n");
    let run = verify(&author, &["--json"]).expect_code(2);
    assert_eq!(failed(&run), ["the lock file is up to date"]);
    assert!(run.err.contains("`tenon plugin lock brings_00` writes it"), "{run:#?}");
    author.world.tenon(&["plugin", "lock", ID]).expect_code(0);
    verify(&author, &[]).expect_code(0);
    author.files.pop();
    author.build();
    let run = verify(&author, &[]).expect_code(5);
    assert!(run.err.contains("0003_more.sql") && run.err.contains("build the plugin first"), "{run:#?}");
}

#[test]
fn a_library_is_verified_wherever_it_lies_with_those_that_it_requires() {
    let world = World::with(&["identity", "inventory"]);
    let library = tenon_tests::artifacts::library("orders");
    let run = world.tenon(&["plugin", "verify", library.to_str().unwrap(), "--json"]).expect_code(0);
    assert_eq!(run.json()["plugin"], "orders");
    world.remove("identity");
    let run = world.tenon(&["plugin", "verify", library.to_str().unwrap()]).expect_code(1);
    assert!(run.err.contains("identity") && run.out.contains("failed  the library is loaded"), "{run:#?}");
    world.tenon(&["plugin", "list"]).expect_code(0);
    for (what, said) in [
        ("nobody", "`tenon plugin list` shows those that are there"),
        ("nobody", "there is no plugin nobody in"),
        ("./tenon.toml", "is no plugin"),
        ("./nothing.so", "is no plugin"),
    ] {
        let run = world.tenon(&["plugin", "verify", what]).expect_code(64);
        assert!(run.err.contains(said), "{run:#?}");
    }
    let run = world.tenon(&["plugin", "verify"]).expect_code(64);
    assert!(run.err.contains("it has no Cargo.toml") && run.err.contains("`cargo build`"), "{run:#?}");
    let other = tenon_tests::artifacts::library("identity");
    let run =
        world.tenon(&["plugin", "verify", "inventory", "--against", other.to_str().unwrap()]).expect_code(1);
    assert!(run.err.contains("is the plugin identity, and not inventory"), "{run:#?}");
}

#[test]
fn a_wanted_major_version_is_started_and_thrown_away_and_one_that_is_not_there_is_told() {
    let (author, released) = second();
    let major = author.world.database.major().to_string();
    let run = verify(&author, &["--against", &released, "--major", &major, "--json"]).expect_code(0);
    let names: Vec<_> = steps(&run).into_iter().map(|(name, _)| name).collect();
    for name in [
        format!("PostgreSQL {major} is started"),
        format!("proved from empty on PostgreSQL {major}"),
        format!("healed from 0.1.0 ({released}) on PostgreSQL {major}"),
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let run = verify(&author, &["--major", "99"]).expect_code(5);
    assert!(run.err.contains("PostgreSQL 99 is not installed here"), "{run:#?}");
    assert!(run.err.contains("looked at pg_config, PATH, /usr/lib/postgresql"), "{run:#?}");
}
