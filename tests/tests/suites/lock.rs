//! Lock files: `tenon plugin lock`, and what is told of one that is out of date.

use std::fs;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tenon_host::heal::{HealOutcome, HealRequest};
use tenon_host::schema::catalog;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::health::Status;
use tenon_schema::{Descriptors, Ident};
use tenon_tests::artifacts::root;
use tenon_tests::{Run, World, is_long, random, request, some_of};

const SAMPLES: [&str; 4] = ["identity", "inventory", "orders", "reporting"];

#[test]
fn the_lock_files_of_the_sample_plugins_are_up_to_date() {
    let samples = [&SAMPLES[..], &["notifications", "todo"]].concat();
    let world = World::with(&samples);
    let major = world.database.major();
    for plugin in samples {
        let file = root().join("plugins").join(plugin).join("tenon.lock");
        let run = world.tenon(&["plugin", "lock", plugin, "--check", "--out", file.to_str().unwrap()]);
        let elsewhere = format!("it has nothing from PostgreSQL {major};");
        assert!(run.code == 0 || run.err.contains(&elsewhere), "scripts/lock renews it: {}", run.all());
    }
}

#[test]
fn a_lock_file_that_is_out_of_date_is_exit_2_and_says_why() {
    let world = World::with(&["identity", "inventory"]);
    let check = ["plugin", "lock", "inventory", "--check"];
    let told = || world.tenon(&check).expect_code(2).err;
    assert!(told().contains("tenon.lock is out of date: it cannot be read; `tenon plugin lock inventory`"));
    world.tenon(&["plugin", "lock", "inventory"]).expect_code(0);
    world.tenon(&check).expect_code(0);
    let path = world.path().join("tenon.lock");
    let made = fs::read_to_string(&path).unwrap();
    let major = world.database.major();
    for (was, is, why) in [
        (
            "0002_search.sql",
            "0002_searched.sql",
            "0002_searched.sql was locked and is gone; 0002_search.sql is not in it",
        ),
        (&catalog::queries().to_string(), &"0".repeat(64), "another version of Tenon made it"),
        (&format!("\"{major}\": ["), "\"9\": [", &format!("it has nothing from PostgreSQL {major};")),
        ("numeric(12,2)", "numeric(9,2)", "PostgreSQL spells the plugin's objects otherwise"),
        ("{", "[", "it is no lock file"),
    ] {
        fs::write(&path, made.replacen(was, is, 1)).unwrap();
        let told = told();
        assert!(told.contains(why), "{why}: {told}");
    }
    // What another server printed stays, as long as it holds.
    fs::write(&path, made.replacen(&format!("\"{major}\": ["), "\"9\": [", 1)).unwrap();
    world.tenon(&["plugin", "lock", "inventory"]).expect_code(0);
    let both = fs::read_to_string(&path).unwrap();
    assert!(both.contains("\"9\": [") && both.contains(&format!("\"{major}\": [")), "{both}");
}

#[test]
fn a_plugin_whose_lock_file_is_out_of_date_is_told_and_compared_all_the_same() {
    let world = World::with(&["identity", "inventory_1_0"]);
    let host = world.heal_and_prove(&["identity", "inventory_1_0"]);
    let report = host.check();
    let [warning] = report.warnings.as_slice() else { panic!("{:#?}", report.warnings) };
    assert!(warning.starts_with("the lock file of Inventory Plugin is not used"), "{warning}");
    assert!(warning.contains("0002_search.sql was locked and is gone"), "{warning}");
    assert!(warning.ends_with("`tenon plugin lock inventory`"), "{warning}");
    assert_eq!(report.status, Status::Healthy);
    assert!(world.tenon(&["check"]).expect_code(0).out.contains(warning));
    world.sql("ALTER TABLE inventory.item ALTER qty SET DEFAULT 1");
    assert_eq!(host.findings().len(), 1);
}

const ID: &str = "brings_00";

fn table(name: &str) -> Value {
    json!({ "name": name, "columns": [{ "name": "id", "data_type": "bigint" }] })
}

fn declaring(tables: &[&str]) -> Value {
    json!({ "format": 1, "tables": tables.iter().map(|name| table(name)).collect::<Vec<_>>() })
}

/// What comes of proving a plugin of these files.
fn locked(files: &[(&str, &str)], descriptors: &Value) -> (World, Run) {
    let world = World::with(&[]);
    world.bring(ID, files, descriptors);
    let run = world.tenon(&["plugin", "lock", ID]);
    (world, run)
}

const ITEM: &str = "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.item (id bigint);\n";

#[test]
fn every_refusal_of_the_plan_is_one_of_the_lock_with_its_place_and_remedy() {
    let dump = format!(
        "\\restrict abc\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
         {ITEM}COMMIT;\nCOPY brings_00.item FROM stdin;\n1\n\\.\nVACUUM brings_00.item;\n"
    );
    let (world, run) = locked(&[("0001_dump.sql", &dump)], &json!({ "format": 1 }));
    let run = run.expect_code(1);
    let plan = world.tenon(&["plan"]).expect_code(5).err;
    for rule in ["psql-command", "session-change", "transaction-control", "copy-stdin", "not-in-transaction"]
    {
        assert!(run.err.contains(rule) && plan.contains(rule), "{rule}:\n{run:#?}\n{plan}");
    }
    assert!(run.err.contains("brings_00/0001_dump.sql:7:1"), "{run:#?}");
    assert!(!world.path().join("tenon.lock").exists());
}

#[test]
fn what_is_made_and_not_declared_is_told_unless_that_is_meant() {
    let more = format!(
        "{ITEM}CREATE TABLE brings_00.scratch (id bigint);\nCREATE FUNCTION brings_00.f(a int) RETURNS int \
         LANGUAGE sql AS 'SELECT 1';\nCREATE SCHEMA brings_00_more;\nCREATE SEQUENCE brings_00_more.s;\n\
         CREATE PUBLICATION brings_00_pub;\nCREATE TYPE brings_00.mood AS ENUM ('a');\n"
    );
    let files = [("0001_a.sql", more.as_str())];
    let run = locked(&files, &declaring(&["brings_00.item"])).1.expect_code(1);
    let objects = [
        ("table brings_00.scratch", 3),
        ("function brings_00.f(integer)", 4),
        ("schema brings_00_more", 5),
        ("sequence brings_00_more.s", 6),
        ("publication brings_00_pub", 7),
        ("enum type brings_00.mood", 8),
    ];
    for (object, line) in objects {
        assert!(
            run.err.contains(&format!("{object} is made, and no descriptor declares it")),
            "{object}: {run:#?}"
        );
        assert!(run.err.contains(&format!("brings_00/0001_a.sql:{line}:1")), "{object}: {run:#?}");
    }
    assert!(!run.err.contains("schema brings_00 "), "{run:#?}");

    let mut descriptors = declaring(&["brings_00.item"]);
    let undeclared = objects.map(|(object, _)| json!({ "object": object, "reason": "nobody's business" }));
    descriptors["undeclared"] = undeclared.to_vec().into();
    let (world, run) = locked(&files, &descriptors);
    run.expect_code(0);
    assert_eq!(world.host().heal().word(), "succeeded");
    let report = world.host().check();
    assert_eq!((report.status, report.unmanaged.clone()), (Status::Healthy, Vec::new()));

    descriptors["undeclared"] = json!([{ "object": "table brings_00.gone", "reason": "?" }]);
    let run = locked(&[("0001_a.sql", ITEM)], &descriptors).1.expect_code(1);
    assert!(run.err.contains("leave \"table brings_00.gone\" undeclared"), "{run:#?}");
}

#[test]
fn a_name_without_its_schema_is_told_in_whatever_kind_of_statement() {
    let before = format!("{ITEM}CREATE TABLE public.known (id bigint);\n");
    let statements = [
        "CREATE TABLE extra (a int)",
        "CREATE UNLOGGED TABLE IF NOT EXISTS extra (a int)",
        "CREATE TABLE extra AS SELECT 1 AS a",
        "SELECT 1 AS a INTO extra",
        "CREATE VIEW extra AS SELECT 1 AS a",
        "CREATE MATERIALIZED VIEW extra AS SELECT 1 AS a",
        "CREATE SEQUENCE extra",
        "CREATE TYPE extra AS ENUM ('a')",
        "CREATE TYPE extra AS (a int)",
        "CREATE DOMAIN extra AS int",
        "CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE PROCEDURE extra() LANGUAGE sql AS ''",
        "CREATE AGGREGATE extra (int) (SFUNC = pg_catalog.int4pl, STYPE = int)",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = pg_catalog.int4eq)",
        "CREATE COLLATION extra (LOCALE = 'C')",
        "CREATE TEXT SEARCH CONFIGURATION extra (COPY = pg_catalog.simple)",
        "CREATE STATISTICS extra ON id, (id + 1) FROM brings_00.item",
        "CREATE VIEW brings_00.extra AS SELECT id FROM known",
        "INSERT INTO known VALUES (1)",
        "UPDATE known SET id = 2",
        "ALTER TABLE known ADD more int",
        "COMMENT ON TABLE known IS 'x'",
        "GRANT SELECT ON known TO PUBLIC",
        "CREATE INDEX ON known (id)",
        "ALTER TABLE brings_00.item ADD FOREIGN KEY (id) REFERENCES unique_one (id)",
        "CREATE FUNCTION brings_00.f() RETURNS bigint LANGUAGE sql AS 'SELECT id FROM known LIMIT 1'",
        "CREATE FUNCTION brings_00.g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM item; END $$",
        "DO $$ BEGIN INSERT INTO known VALUES (3); END $$",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE extra (a int)'; END $$",
        "DROP TABLE IF EXISTS known",
        "DROP TABLE IF EXISTS not_there",
        "DROP TYPE IF EXISTS not_there",
        "DROP INDEX IF EXISTS not_there",
        "DROP FUNCTION IF EXISTS not_there(int)",
        "ALTER TABLE IF EXISTS not_there ADD a int",
    ];
    for sql in some_of(statements, 4) {
        let second = format!("-- Two.\n{sql};\n");
        let before = format!("{before}CREATE TABLE public.unique_one (id bigint UNIQUE);\n");
        let files = [("0001_a.sql", before.as_str()), ("0002_b.sql", second.as_str())];
        let run = locked(&files, &declaring(&["brings_00.item", "public.known"])).1.expect_code(1);
        assert!(run.err.contains("unqualified-name"), "{sql}: {run:#?}");
        assert!(run.err.contains("brings_00/0002_b.sql:2:"), "{sql}: {run:#?}");
        assert!(run.err.contains("write the schema before every name"), "{sql}: {run:#?}");
    }
}

#[test]
fn names_of_the_system_of_extensions_and_of_the_files_own_path_need_no_schema() {
    let sql = format!(
        "CREATE EXTENSION IF NOT EXISTS citext;\n{ITEM}\
         ALTER TABLE brings_00.item ADD note citext, ADD at timestamptz DEFAULT now();\n\
         CREATE TEMP TABLE helper (a int);\nINSERT INTO helper VALUES (1);\nDROP TABLE helper;\n\
         SET LOCAL search_path = brings_00;\nCREATE INDEX by_id ON item (id);\n"
    );
    let descriptors = json!({ "format": 1, "extensions": [{ "name": "citext" }], "tables": [{
        "name": "brings_00.item",
        "columns": [
            { "name": "id", "data_type": "bigint" },
            { "name": "note", "data_type": "citext" },
            { "name": "at", "data_type": "timestamptz", "default": "now()" }],
        "indexes": [{ "name": "by_id", "method": "btree", "keys": ["id"] }] }] });
    locked(&[("0001_a.sql", &sql)], &descriptors).1.expect_code(0);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let sql = format!(
        "{ITEM}CREATE TABLE extra (a int);\nCREATE TABLE brings_00.more (a int);\n\
         CREATE TABLE brings_00.{} (a int);\n",
        "long".repeat(20)
    );
    let run = locked(&[("0001_a.sql", &sql)], &declaring(&["brings_00.item", "brings_00.missing"])).1;
    let told = run.expect_code(1).err;
    for one in [
        "long-name",
        "unqualified-name",
        "table public.extra is made",
        "table brings_00.more is made",
        "table brings_00.missing",
    ] {
        assert!(told.contains(one), "{one}: {told}");
    }
}

#[test]
fn what_only_a_heal_notices_is_not_proved() {
    // It changes what belongs to a plugin that it requires.
    let world = World::with(&["identity", "trespasses"]);
    let run = world.tenon(&["plugin", "lock", "trespasses"]);
    assert_eq!(run.code, 1, "{run:#?}");
    let world = World::with(&["violates"]);
    let run = world.tenon(&["plugin", "lock", "violates"]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.err.contains("violates/0001_no_parent.sql"), "{run:#?}");
}

/// What makes a plugin one that is not to be proved.
const SPOILT: [&str; 12] = [
    "CREATE TABLE extra (a int);",
    "CREATE TABLE \"Rnd s\".not_declared (a int);",
    "COMMIT;",
    "SET search_path = public;",
    "CREATE TABLE IF NOT EXISTS extra (a int);",
    "VACUUM;",
    "CREATE INDEX CONCURRENTLY ON \"Rnd s\".x (a);",
    "CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DELETE FROM tenon.migration;",
    "SELECT 1 FROM \"Rnd s\".not_there;",
    "CREATE TYPE \"Rnd s\".kind AS ENUM ('a');",
    "CREATE SCHEMA more; CREATE VIEW more.v AS SELECT 1;",
];

/// A plugin's files that make these descriptors, and whether something else.
fn files_of(seed: u64, descriptors: &Descriptors) -> (Vec<(String, String)>, bool) {
    let mut dice = StdRng::seed_from_u64(seed);
    let made = create(descriptors, &Placement::as_declared(), ForeignKeys::Include);
    let mut statements: Vec<String> = made.iter().map(|made| format!("{};\n", made.sql)).collect();
    let spoilt = dice.random_bool(0.5);
    if spoilt {
        let at = dice.random_range(0..=statements.len());
        let sql = SPOILT.choose(&mut dice).unwrap();
        statements.insert(at, format!("{sql}\n"));
    }
    let schema = Ident::new(random::SCHEMA);
    let mut files = vec![("0001_schema.sql".to_owned(), format!("CREATE SCHEMA {};\n", schema.quoted()))];
    for (number, part) in statements.chunks(dice.random_range(2..12)).enumerate() {
        files.push((format!("{:04}_part.sql", number + 2), part.concat()));
    }
    (files, spoilt)
}

#[test]
fn whatever_lock_proves_plan_does_not_refuse_and_heal_applies_on_an_empty_database() {
    let (mut proved, mut refused) = (0, 0);
    let seeds = if is_long() { 24 } else { 12 };
    for seed in 0..seeds {
        let descriptors = random::descriptors(seed);
        let (files, spoilt) = files_of(seed, &descriptors);
        let brought: Vec<_> = files.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
        let (world, run) = locked(&brought, &serde_json::to_value(&descriptors).unwrap());
        let told = format!("seed {seed}: {run:#?}\n{files:#?}");
        if run.code != 0 {
            assert!(spoilt && run.code == 1, "{told}");
            assert!(run.err.contains("brings_00/00"), "it has no place: {told}");
            assert!(!world.path().join("tenon.lock").exists(), "{told}");
            refused += 1;
            continue;
        }
        assert!(!spoilt, "{told}");
        let host = world.host();
        let plan = host.plan();
        assert_eq!(plan.refusals, [], "{told}");
        let outcome = host.heal_as(&HealRequest { reviewed: Some(plan.hash), ..request() });
        assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{told}\n{outcome:#?}");
        let report = world.host().check();
        assert_eq!(report.findings().collect::<Vec<_>>(), Vec::<&_>::new(), "{told}");
        assert_eq!(report.unmanaged, Vec::<String>::new(), "{told}");
        proved += 1;
    }
    println!("{proved} proved, {refused} refused");
    assert!(proved > seeds / 5 && refused > seeds / 5, "{proved} proved, {refused} refused");
}

#[test]
fn a_damaged_lock_file_is_told_and_takes_nothing_from_the_plugin() {
    for damage in ["<<<<<<< ours", "{\"format\":", "[]", "{\"format\": 2}", "}", ""] {
        // The lock file travels behind the descriptors, as it is.
        let text = format!("{{\"format\":1,\"lock\":{damage}}}");
        let decoded =
            tenon_host::plugin::load::decode_descriptors(&text, tenon_host::plugin::load::Vocabulary::OWN);
        assert!(decoded.is_ok(), "{damage}: {decoded:?}");
    }
    let world = World::with(&["identity"]);
    let mut library = fs::read(tenon_tests::artifacts::library("identity")).unwrap();
    let mark = b"\"queries\":";
    let at = library.windows(mark.len()).position(|window| window == mark).expect("it embeds its lock file");
    library[at] = b'<';
    world.write_library("libidentity.so", &library);
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let report = host.check();
    assert_eq!(report.status, Status::Healthy);
    let [warning] = report.warnings.as_slice() else { panic!("{:#?}", report.warnings) };
    assert!(warning.contains("the lock file of") && warning.contains("is damaged"), "{warning}");
    assert!(warning.ends_with("`tenon plugin lock identity`"), "{warning}");
}
