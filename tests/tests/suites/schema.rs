//! `tenon schema`: reading a schema, and comparing two.

use tenon_tests::{TestDatabase, World};

const SQL: &str = "CREATE SCHEMA inv; CREATE TYPE inv.state AS ENUM ('new', 'sold'); CREATE TABLE inv.item (id bigint PRIMARY KEY, sku varchar(25) NOT NULL CHECK (sku IN ('R', 'D')), st inv.state DEFAULT 'new')";

fn with_second_database() -> (World, TestDatabase) {
    let world = World::with(&[]);
    world.sql(SQL);
    let second = TestDatabase::new();
    second.sql(SQL);
    world.set(&format!("[databases]\nsecond = \"{}\"", second.url()));
    (world, second)
}

#[test]
fn a_reading_is_an_outline_of_schemas_and_relations() {
    let world = World::with(&[]);
    world.sql("CREATE SCHEMA inv; CREATE TABLE inv.item (id bigint NOT NULL, note text DEFAULT 'a')");
    let out = world.tenon(&["schema", "read", "--schema", "inv"]).expect_code(0).out;
    let kept: Vec<_> =
        out.lines().filter(|line| !line.contains("owner") && !line.contains("storage:")).collect();
    assert!(kept.contains(&"schema inv"), "{out}");
    let at = |line: &str| kept.iter().position(|one| *one == line).unwrap_or_else(|| panic!("{line}: {out}"));
    assert!(at("schema inv") < at("  table item") && at("  table item") < at("    column id"), "{out}");
    assert_eq!(
        kept[at("    column note") + 1..][..2],
        ["        type: text", "        default: 'a'::text"].map(|line| line),
        "{out}"
    );
    assert!(!out.contains("pg_catalog") && !out.contains("information_schema"), "{out}");
}

#[test]
fn a_database_is_equal_to_the_reading_of_it_in_a_file_and_to_its_twin() {
    let (world, second) = with_second_database();
    let json = world.tenon(&["schema", "read", "--json"]).expect_code(0).out;
    std::fs::write(world.path().join("a.json"), &json).unwrap();
    for (a, b) in [("a.json", "database"), ("database", "a.json"), ("database", "database:second")] {
        let run = world.tenon(&["schema", "diff", a, b]).expect_code(0);
        assert_eq!(run.out, format!("A {a}, B {b}\nNo differences\n"));
    }
    let again = world.tenon(&["schema", "read", "database:second", "--json"]).expect_code(0).out;
    assert_eq!(json, again, "same schema, same bytes");
    second.sql("ALTER TABLE inv.item ALTER sku TYPE varchar(50); ALTER TABLE inv.item ADD note text; DROP TYPE inv.state CASCADE");
    let run = world.tenon(&["schema", "diff", "database", "database:second"]).expect_code(2);
    insta::assert_snapshot!(run.out, @r"
    A database, B database:second
    4 differences

    enum type inv.state is missing (breaking)
    column inv.item.note is not expected (warning)
    column inv.item.sku: type differs (breaking)
      expected (A): character varying(25)
      found (B): character varying(50)
    column inv.item.st is missing (breaking)
    ");
    let json = world.tenon(&["schema", "diff", "a.json", "database:second", "--json"]).expect_code(2).json();
    assert_eq!(json["differences"].as_array().unwrap().len(), 4, "{json:#}");
}

#[test]
fn a_plugin_is_compared_with_its_own_part_of_the_database() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.sql("CREATE TABLE public.other (id int)");
    let equal = world.tenon(&["schema", "diff", "plugin:inventory", "database"]).expect_code(0);
    assert!(equal.out.ends_with("No differences\n"), "{}", equal.out);
    world.sql("ALTER TABLE inventory.item ALTER price TYPE numeric(14,2)");
    let run = world.tenon(&["schema", "diff", "plugin:inventory", "database"]).expect_code(2);
    assert!(run.out.contains("column inventory.item.price: type differs"), "{}", run.out);
    world.tenon(&["schema", "read", "plugin:nobody"]).expect_code(64);
}

#[test]
fn what_cannot_be_read_or_compared_ends_with_3_and_says_why() {
    let world = World::with(&[]);
    let json = world.tenon(&["schema", "read", "--json"]).expect_code(0).out;
    std::fs::write(
        world.path().join("other.json"),
        json.replacen("\"server_major\": ", "\"server_major\": 9", 1),
    )
    .unwrap();
    let run = world.tenon(&["schema", "diff", "other.json", "database"]).expect_code(3);
    assert!(run.err.contains("each major spells things in its own way"), "{}", run.err);
    std::fs::write(world.path().join("no.json"), "{}").unwrap();
    for from in ["no.json", "nothing.json"] {
        let run = world.tenon(&["schema", "read", from]).expect_code(3);
        assert!(run.err.contains(&format!("{from} could not be read")), "{}", run.err);
    }
    world.tenon(&["schema", "read", "database", "--server-major", "8"]).expect_code(3);
}
