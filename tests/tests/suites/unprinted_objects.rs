//! What the server cannot print, such as text with bytes that are no UTF-8 in a database in SQL_ASCII, is
//! Unknown by name, and all else is compared.

use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::Status;
use tenon_tests::{TestDatabase, TestHost, World};

/// Two plugins, healed in a database of that encoding.
fn healed() -> (World, TestDatabase, TestHost) {
    let world = World::with(&["gallery", "stars"]);
    let database = TestDatabase::in_sql_ascii();
    world.set_url(&database.url());
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(host.check().status, Status::Healthy);
    (world, database, host)
}

/// The verdict on the plugin, and what is told of it.
fn told(host: &TestHost, plugin: &str) -> (Status, Vec<Finding>) {
    let report = host.check();
    let of_plugin = report.plugins.iter().find(|one| one.id.as_str() == plugin).unwrap();
    (of_plugin.status, of_plugin.findings.clone())
}

#[test]
fn invariant_6_an_object_with_a_foreign_byte_is_unknown_by_name_and_no_other_is() {
    let (_world, database, host) = healed();
    for (by_hand, back, object) in [
        (
            "COMMENT ON TABLE stars.item IS E'caf\\xe9'",
            "COMMENT ON TABLE stars.item IS 'made by a migration'",
            "table stars.item",
        ),
        (
            "ALTER TABLE stars.item ALTER name SET DEFAULT E'\\xe9'",
            "ALTER TABLE stars.item ALTER name DROP DEFAULT",
            "column stars.item.name",
        ),
        (
            "ALTER TABLE stars.item ADD CONSTRAINT odd CHECK (name <> E'\\xe9')",
            "ALTER TABLE stars.item DROP CONSTRAINT odd",
            "constraint stars.item.odd",
        ),
        ("CREATE TYPE stars.odd AS ENUM (E'\\xe9')", "DROP TYPE stars.odd", "enum type stars.odd"),
        (
            "DO $$BEGIN EXECUTE format('CREATE TABLE stars.%I (id int)', E't\\xe9'); END$$",
            "DO $$BEGIN EXECUTE format('DROP TABLE stars.%I', E't\\xe9'); END$$",
            "table stars.\"t\\xe9\"",
        ),
    ] {
        database.sql(by_hand);
        let (status, findings) = told(&host, "stars");
        assert_eq!(status, Status::Unknown, "{by_hand}: {findings:#?}");
        let [finding] = findings.as_slice() else { panic!("{by_hand}: {findings:#?}") };
        assert_eq!((finding.cause, finding.object.as_str()), (Cause::Unknown, object));
        assert!(finding.message.contains("no text in UTF-8"), "{finding:#?}");
        assert_eq!(told(&host, "gallery"), (Status::Healthy, Vec::new()), "{by_hand}");
        // What else differs is told beside it, of the same plugin and of others.
        database.sql("ALTER TABLE gallery.room ADD by_hand int; ALTER TABLE stars.item ADD by_hand int");
        assert_eq!(told(&host, "gallery").0, Status::Drifted, "{by_hand}");
        assert_eq!(told(&host, "stars").1.len(), 2, "{by_hand}");
        database.sql("ALTER TABLE gallery.room DROP by_hand; ALTER TABLE stars.item DROP by_hand");
        database.sql(back);
        assert_eq!(
            host.check().status,
            Status::Healthy,
            "{back}: {:#?}",
            host.check().findings().collect::<Vec<_>>()
        );
    }
}

#[test]
fn an_object_for_which_the_servers_own_function_fails_is_unknown_by_name() {
    let world = World::with(&["gallery", "stars"]);
    let host = world.heal_and_prove(&["gallery", "stars"]);
    world.sql(
        "CREATE FUNCTION public.gone() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE VIEW stars.broken AS SELECT public.gone() AS x; SET allow_system_table_mods = on; \
         DELETE FROM pg_proc WHERE oid = 'public.gone'::regproc",
    );
    let (status, findings) = told(&host, "stars");
    assert_eq!(status, Status::Unknown, "{findings:#?}");
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(finding.object, "view stars.broken");
    assert!(finding.message.contains("cache lookup failed for function"), "{finding:#?}");
    assert_eq!(told(&host, "gallery"), (Status::Healthy, Vec::new()));
    assert_eq!(host.check().status, Status::Unknown);
}

#[test]
fn others_can_be_healed_beside_what_cannot_be_printed() {
    let (world, database, host) = healed();
    drop(host);
    database.sql("COMMENT ON TABLE stars.item IS E'caf\\xe9'");
    world.install("inventory");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(told(&host, "inventory"), (Status::Healthy, Vec::new()));
    assert_eq!(told(&host, "stars").0, Status::Unknown);
}

#[test]
fn a_schema_is_read_and_compared_beside_what_cannot_be_printed() {
    let world = World::with(&[]);
    let database = TestDatabase::in_sql_ascii();
    world.set_url(&database.url());
    database.sql("CREATE SCHEMA s; CREATE TABLE s.odd (a int); CREATE TABLE s.even (a int)");
    let before = world.tenon(&["schema", "read", "--json"]).expect_code(0).out;
    std::fs::write(world.path().join("before.json"), &before).unwrap();
    database.sql("COMMENT ON TABLE s.odd IS E'caf\\xe9'");
    let run = world.tenon(&["schema", "read"]).expect_code(3);
    assert!(run.out.contains("table even") && run.out.contains("Left out"), "{}", run.out);
    assert!(run.out.contains("table s.odd: its comment is no text in UTF-8"), "{}", run.out);
    let json = world.tenon(&["schema", "read", "--json"]).expect_code(3).json();
    assert_eq!(json["unprinted"].as_array().unwrap().len(), 1, "{json:#}");
    let run = world.tenon(&["schema", "diff", "before.json", "database"]).expect_code(3);
    assert!(run.out.contains("No differences in what is compared"), "{}", run.out);
    assert!(run.out.contains("Of database not compared"), "{}", run.out);
    database.sql("ALTER TABLE s.even ADD b int");
    let run = world.tenon(&["schema", "diff", "before.json", "database"]).expect_code(2);
    assert!(run.out.contains("1 difference\n\ncolumn s.even.b is not expected"), "{}", run.out);
}
