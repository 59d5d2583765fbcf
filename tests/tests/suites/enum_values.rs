//! Enum values that are added and used in one heal: refused, with the statements that help, which do.

use serde_json::json;
use tenon_host::heal::{HealOutcome, HealRequest};
use tenon_migrations_core::plan::RepairRequest;
use tenon_tests::{World, artifacts, request, some_of};

const MAKE: &str = "CREATE SCHEMA shop;
CREATE TYPE shop.kind AS ENUM ('old', 'older');
COMMENT ON TYPE shop.kind IS 'What it is';
CREATE TABLE shop.item (id int PRIMARY KEY, kind shop.kind NOT NULL DEFAULT 'old', kinds shop.kind[] DEFAULT '{old,older}',
    CONSTRAINT item_kind CHECK (kind <> 'older' OR id > 0));
CREATE INDEX item_kind_idx ON shop.item (kind);
CREATE INDEX item_old_idx ON shop.item (id) WHERE kind = 'old';
CREATE TABLE shop.part (kind shop.kind, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop.part_1 PARTITION OF shop.part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE FUNCTION shop.is_old(kind shop.kind) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT kind::text = ''old''';
CREATE VIEW shop.old AS SELECT id, kind FROM shop.item WHERE shop.is_old(kind);
COMMENT ON VIEW shop.old IS 'The old ones';
CREATE VIEW shop.old_ids AS SELECT id FROM shop.old;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER item_touch BEFORE UPDATE OF kind ON shop.item FOR EACH ROW WHEN (NEW.kind = 'old') EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY item_old ON shop.item USING (kind = 'old');
INSERT INTO shop.item (id) VALUES (1), (2);";
const ADD: &str = "ALTER TYPE shop.kind ADD VALUE 'new' BEFORE 'older';";
const USE: &str = "UPDATE shop.item SET kind = 'new' WHERE id = 2;
ALTER TABLE shop.item ALTER kind SET DEFAULT 'new';";

fn bring(world: &World, files: &[&str]) {
    let file = |(at, sql): (usize, &&str)| (format!("{:04}_a.sql", at + 1), (*sql).to_owned());
    let files: Vec<_> = files.iter().enumerate().map(file).collect();
    let descriptors =
        serde_json::from_value(json!({ "format": 1, "schemas": [{ "name": "shop" }] })).unwrap();
    world.write_library("libbrings_10.so", &artifacts::declaring("brings_10", &files, &descriptors));
}

#[track_caller]
fn succeeded(outcome: &HealOutcome) {
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
}

/// A request that consents to what is done to the rows.
fn consenting() -> HealRequest {
    let hazards = ["rewrite-column:shop.item.kind", "rewrite-column:shop.item.kinds"];
    let allowed = hazards.iter().map(|hazard| hazard.parse().unwrap()).collect();
    HealRequest { repairs: RepairRequest { allowed, ..RepairRequest::default() }, ..request() }
}

/// The statements of the refusal's remedy.
fn written(world: &World) -> String {
    let plan = world.host().plan();
    let refusals: Vec<_> = plan.refusals.iter().filter(|refusal| refusal.rule == "enum-value-used").collect();
    let Some(first) = refusals.first() else { panic!("{plan:#?}") };
    assert!(first.place.starts_with("brings_10/0003_a.sql:1:"), "{first:#?}");
    let (why, sql) = first.remedy.split_once("\n\n").unwrap_or_else(|| panic!("{first:#?}"));
    assert!(why.contains("write these statements before this one, in the same file"), "{why}");
    assert!(
        refusals[1..]
            .iter()
            .all(|refusal| refusal.remedy.contains("for an earlier use of it do for this one too"))
    );
    sql.to_owned()
}

#[test]
fn the_statements_that_come_with_the_refusal_work_from_empty_and_from_every_version() {
    // From the first version on.
    let world = World::with(&[]);
    bring(&world, &[MAKE]);
    succeeded(&world.host().heal());
    bring(&world, &[MAKE, ADD, USE]);
    let sql = written(&world);
    let repaired = format!("{sql}\n{USE}");
    bring(&world, &[MAKE, ADD, &repaired]);
    succeeded(&world.host().heal_as(&consenting()));
    assert_eq!(world.sql("SELECT kind FROM shop.item ORDER BY id"), "old\nnew");
    // From the second.
    let second = World::with(&[]);
    bring(&second, &[MAKE, ADD]);
    succeeded(&second.host().heal());
    bring(&second, &[MAKE, ADD, &repaired]);
    succeeded(&second.host().heal_as(&consenting()));
    // From nothing.
    let empty = World::with(&[]);
    bring(&empty, &[MAKE, ADD, &repaired]);
    succeeded(&empty.host().heal());
    assert_eq!(world.database.schema(), second.database.schema());
    assert_eq!(world.database.schema(), empty.database.schema());
    // The same as if the value had been there from the start.
    let plain = World::with(&[]);
    bring(&plain, &[&MAKE.replace("'old', 'older')", "'old', 'new', 'older')"), USE]);
    succeeded(&plain.host().heal());
    assert_eq!(world.database.schema(), plain.database.schema());
}

#[test]
fn what_will_fail_where_all_runs_at_once_is_told_where_it_does_not() {
    let world = World::with(&[]);
    bring(&world, &[MAKE, ADD]);
    succeeded(&world.host().heal());
    bring(&world, &[MAKE, ADD, USE]);
    let plan = world.host().plan();
    assert!(plan.refusals.is_empty(), "{plan:#?}");
    let told: Vec<_> = plan.notes.iter().map(|note| format!("{} {}", note.place, note.rule)).collect();
    assert_eq!(
        told,
        ["brings_10/0003_a.sql:1:1 enum-value-elsewhere", "brings_10/0003_a.sql:2:1 enum-value-elsewhere"]
    );
    succeeded(&world.host().heal());
}

#[test]
fn where_the_type_is_new_too_the_server_decides_as_the_plan_says() {
    let world = World::with(&[]);
    bring(&world, &[MAKE, ADD, USE]);
    let plan = world.host().plan();
    let refused = plan.refusals.iter().any(|refusal| refusal.rule == "enum-value-used");
    assert_eq!(refused, world.database.major() < 17, "{plan:#?}");
    if refused {
        let repaired = format!("{}\n{USE}", written(&world));
        bring(&world, &[MAKE, ADD, &repaired]);
    }
    succeeded(&world.host().heal());
}

/// What is made of the type in each of these ways.
const MADE_OF_IT: [&str; 8] = [
    "CREATE DOMAIN shop.some AS shop.kind DEFAULT 'old' CHECK (VALUE <> 'older'); COMMENT ON DOMAIN shop.some IS 'Some';
     CREATE DOMAIN shop.more AS shop.some NOT NULL;
     CREATE TABLE shop.of_domain (a shop.some, b shop.more DEFAULT 'old', c shop.some[]);
     INSERT INTO shop.of_domain VALUES ('old', 'old', '{old,NULL}')",
    "CREATE TYPE shop.span AS RANGE (subtype = shop.kind);
     CREATE TABLE shop.of_range (a shop.span PRIMARY KEY, b shop.span[]); INSERT INTO shop.of_range VALUES ('[old,older]', '{\"[old,old]\"}')",
    "CREATE TYPE shop.pair AS (a shop.kind, b int); CREATE TYPE shop.pairs AS (of shop.pair[]);
     CREATE TABLE shop.of_pair (a shop.pair, b shop.pairs); INSERT INTO shop.of_pair VALUES ('(old,1)', ROW(ARRAY[ROW('old', 2)::shop.pair])::shop.pairs)",
    "CREATE FUNCTION shop.number(shop.kind) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1::text)';
     CREATE CAST (shop.kind AS int) WITH FUNCTION shop.number(shop.kind) AS ASSIGNMENT;
     CREATE VIEW shop.numbers AS SELECT kind::int AS n FROM shop.item",
    "CREATE FUNCTION shop.longer(shop.kind, shop.kind) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1::text) > length($2::text)';
     CREATE OPERATOR shop.>> (LEFTARG = shop.kind, RIGHTARG = shop.kind, FUNCTION = shop.longer);
     CREATE VIEW shop.longer_ones AS SELECT id FROM shop.item WHERE kind OPERATOR(shop.>>) 'old'",
    "CREATE TABLE shop.computed (kind shop.kind, is_old boolean GENERATED ALWAYS AS (kind = 'old') STORED);
     CREATE INDEX computed_is_old ON shop.computed (is_old); INSERT INTO shop.computed VALUES ('old'), ('older')",
    "CREATE TABLE shop.kinds (kind shop.kind PRIMARY KEY); INSERT INTO shop.kinds VALUES ('old'), ('older');
     CREATE TABLE shop.refers (kind shop.kind REFERENCES shop.kinds); INSERT INTO shop.refers VALUES ('old')",
    "CREATE SCHEMA side; CREATE TABLE side.item (kind shop.kind DEFAULT 'old'); CREATE VIEW side.items AS SELECT kind FROM side.item WHERE kind = 'old'",
];

#[test]
fn whatever_is_made_of_the_type_is_taken_along_with_its_rows() {
    for of_it in some_of(MADE_OF_IT, 2) {
        let make = format!("{MAKE}\n{of_it};");
        let world = World::with(&[]);
        let rows = |world: &World| {
            let tables = world.sql(
                "SELECT string_agg(format('SELECT %L || t::text FROM %s t', c.oid::regclass, c.oid::regclass), ' UNION ALL ' ORDER BY c.oid::regclass::text) \
                 FROM pg_class c WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('shop', 'side')) AND relname <> 'item'",
            );
            world.sql(&format!("SELECT * FROM ({tables}) AS rows ORDER BY 1"))
        };
        bring(&world, &[&make]);
        succeeded(&world.host().heal());
        let before = rows(&world);
        bring(&world, &[&make, ADD, USE]);
        let repaired = format!("{}\n{USE}", written(&world));
        bring(&world, &[&make, ADD, &repaired]);
        let hazards = world.host().plan().hazards;
        let allowed = hazards.iter().map(|hazard| hazard.hazard.clone()).collect();
        let request =
            HealRequest { repairs: RepairRequest { allowed, ..RepairRequest::default() }, ..request() };
        succeeded(&world.host().heal_as(&request));
        assert_eq!(rows(&world), before, "{of_it}");
        assert_eq!(world.sql("SELECT kind FROM shop.item ORDER BY id"), "old\nnew");
        let empty = World::with(&[]);
        bring(&empty, &[&make, ADD, &repaired]);
        succeeded(&empty.host().heal());
        assert_eq!(world.database.schema(), empty.database.schema(), "{of_it}");
    }
}

#[test]
fn what_cannot_be_made_again_is_named_and_no_statements_are_offered() {
    for (of_it, told) in [
        ("CREATE TABLE shop.by_kind (kind shop.kind) PARTITION BY LIST (kind)", "partition key"),
        (
            "CREATE TYPE shop.pair AS (a shop.kind); CREATE TABLE shop.of_type OF shop.pair",
            "table shop.of_type cannot be made anew with it",
        ),
        (
            "CREATE TABLE shop.whole (kind shop.kind); CREATE TABLE shop.of_rows (a shop.whole)",
            "column shop.of_rows.a has the type of its rows",
        ),
    ] {
        let world = World::with(&[]);
        let make = format!("{MAKE}\n{of_it};");
        bring(&world, &[&make]);
        succeeded(&world.host().heal());
        bring(&world, &[&make, ADD, USE]);
        let plan = world.host().plan();
        let remedy = &plan.refusals.iter().find(|refusal| refusal.rule == "enum-value-used").unwrap().remedy;
        assert!(remedy.starts_with("make the type anew before this statement, in the same file"), "{remedy}");
        assert!(remedy.contains("They are not written here") && remedy.contains(told), "{told}: {remedy}");
    }
}
