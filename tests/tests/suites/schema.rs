//! `tenon schema`: reading a schema, and comparing two.

use tenon_tests::{Role, TestDatabase, World};

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
        let (told, not_compared) = run.out.split_once("Not compared: ").unwrap();
        assert_eq!(told, format!("A {a}, B {b}\nNo differences in what is compared\n"));
        assert!(
            not_compared.contains("conversions") && not_compared.contains("security labels"),
            "{}",
            run.out
        );
    }
    let again = world.tenon(&["schema", "read", "database:second", "--json"]).expect_code(0).out;
    assert_eq!(json, again, "same schema, same bytes");
    second.sql("ALTER TABLE inv.item ALTER sku TYPE varchar(50); ALTER TABLE inv.item ADD note text; DROP TYPE inv.state CASCADE");
    let run = world.tenon(&["schema", "diff", "database", "database:second"]).expect_code(2);
    let (told, _) = run.out.split_once("\nNot compared: ").unwrap();
    insta::assert_snapshot!(told, @r"
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
    assert!(json["not_compared"].as_array().unwrap().len() > 2, "{json:#}");
}

#[test]
fn a_restored_database_differs_in_nothing_but_what_was_changed_since() {
    let world = World::with(&[]);
    world.sql(
        "CREATE SCHEMA inv; CREATE TYPE inv.state AS ENUM ('new', 'sold'); \
         CREATE TABLE inv.item (id bigint PRIMARY KEY, sku varchar(25) CHECK (sku IN ('R', 'D')), d date, \
           st inv.state DEFAULT 'new' CHECK (st IN ('new', 'sold')), y numeric DEFAULT EXTRACT('YEAR' FROM DATE '2020-01-01')); \
         CREATE INDEX by_year ON inv.item (id) WHERE EXTRACT('YEAR' FROM d) > -5; \
         CREATE VIEW inv.years AS SELECT EXTRACT('YEAR' FROM d) AS y FROM inv.item WHERE sku IN ('R', 'D'); \
         CREATE POLICY p ON inv.item USING (sku IN ('R', 'D')); ALTER TABLE inv.item ENABLE ROW LEVEL SECURITY",
    );
    let again = world.database.restored();
    let third = again.restored();
    world.set(&format!("[databases]\nagain = \"{}\"\nthird = \"{}\"", again.url(), third.url()));
    let json = world.tenon(&["schema", "read", "--json"]).expect_code(0).out;
    std::fs::write(world.path().join("a.json"), &json).unwrap();
    for sides in [
        ["database", "database:again"],
        ["database:again", "database"],
        ["database", "database:third"],
        ["a.json", "database:third"],
        ["database:third", "a.json"],
    ] {
        let run = world.tenon(&[&["schema", "diff"][..], &sides].concat());
        assert!(run.expect_code(0).out.contains("No differences in what is compared\n"), "{sides:?}");
    }
    third.sql("ALTER TABLE inv.item DROP CONSTRAINT item_sku_check, ADD CONSTRAINT item_sku_check CHECK (sku IN ('R', 'E'))");
    let run = world.tenon(&["schema", "diff", "database", "database:third"]).expect_code(2);
    assert!(run.out.contains("1 difference\n\nconstraint inv.item.item_sku_check: "), "{}", run.out);
    let scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tenon_scratch_%' AND shobj_description(oid, 'pg_database') IS NOT NULL \
                   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = pg_database.oid)";
    assert_eq!(world.sql(scratch), "0", "none is left behind");
}

#[test]
fn a_side_whose_role_may_make_no_scratch_database_is_told_of_where_texts_differ() {
    let world = World::with(&[]);
    world.sql("CREATE SCHEMA inv; CREATE TABLE inv.item (d date CHECK (EXTRACT('YEAR' FROM d) > 2000))");
    let again = world.database.restored();
    let role = Role::new(&world, "reading");
    world.set(&format!("[databases]\nagain = \"{}\"", again.url()));
    let json = world.tenon(&["schema", "read", "database:again", "--json"]).expect_code(0).out;
    std::fs::write(world.path().join("again.json"), &json).unwrap();
    world.set_url(&role.url());
    let run = world.tenon(&["schema", "diff", "database", "again.json"]).expect_code(2);
    for told in ["Not known: whether a restore spells the texts alike: ", "CREATEDB"] {
        assert!(run.out.contains(told), "{told}: {}", run.out);
    }
}

#[test]
fn a_plugin_is_compared_with_its_own_part_of_the_database() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.sql("CREATE TABLE public.other (id int)");
    let equal = world.tenon(&["schema", "diff", "plugin:inventory", "database"]).expect_code(0);
    assert!(equal.out.contains("No differences in what is compared\n"), "{}", equal.out);
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

#[test]
fn no_secret_among_options_is_printed_or_stored_and_another_secret_is_another_reading() {
    let world = World::with(&["inventory"]);
    world.sql(
        "CREATE FOREIGN DATA WRAPPER far; \
         CREATE SERVER there FOREIGN DATA WRAPPER far OPTIONS (host 'db.example', password 'swordfish', api_key 'swordfish-2'); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user 'ann', password 'swordfish-3'); \
         CREATE SCHEMA inv; CREATE FOREIGN TABLE inv.afar (id int OPTIONS (token 'swordfish-4')) SERVER there OPTIONS (secret 'swordfish-5'); \
         CREATE SUBSCRIPTION mirror CONNECTION 'host=nowhere password=swordfish-6' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let read = || world.tenon(&["schema", "read"]).expect_code(0).out;
    let before = read();
    for said in ["host=db.example", "password=(hidden, sha256 ", "api_key=(hidden, sha256 ", "ann", "mirror"]
    {
        assert!(before.contains(said), "{said}: {before}");
    }
    let json = world.tenon(&["schema", "read", "--json"]).expect_code(0).out;
    let stored = world.sql("SELECT string_agg(reading::text, ' ') FROM tenon.reading");
    for text in [&before, &json, &stored] {
        assert!(!text.contains("swordfish"), "{text}");
    }
    for (change, back) in [
        (
            "ALTER USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (SET password 'x')",
            "ALTER USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (SET password 'swordfish-3')",
        ),
        (
            "ALTER SUBSCRIPTION mirror CONNECTION 'host=nowhere password=x'",
            "ALTER SUBSCRIPTION mirror CONNECTION 'host=nowhere password=swordfish-6'",
        ),
    ] {
        world.sql(change);
        let findings = host.findings();
        assert_eq!(findings.len(), 1, "{change}: {findings:#?}");
        assert!(!format!("{findings:?}").contains("swordfish"), "{findings:#?}");
        world.sql(back);
        assert_eq!(host.findings(), [], "{back}");
    }
    let change = "ALTER SERVER there OPTIONS (SET password 'x'); ALTER FOREIGN TABLE inv.afar OPTIONS (SET secret 'x'); \
                  ALTER FOREIGN TABLE inv.afar ALTER id OPTIONS (SET token 'x')";
    std::fs::write(world.path().join("before.json"), &json).unwrap();
    world.sql(change);
    let told = world.tenon(&["schema", "diff", "before.json", "database"]).expect_code(2).out;
    assert!(told.contains("3 differences") && !told.contains("swordfish"), "{told}");
    world.sql("DROP SUBSCRIPTION mirror");
}
