//! Upkeep of the ledger: renamed and squashed files, and plugins that were removed on purpose.

use tenon_host::audit::AuditResult;
use tenon_host::audit::Kind;
use tenon_host::heal::{HealOutcome, HealRequest};
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;
use tenon_tests::{World, request};

const ID: &str = "brings_00";

/// Three files of a plugin, and what they make altogether.
const FILES: [(&str, &str); 3] = [
    ("0001_a.sql", "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.a (id bigint PRIMARY KEY);\n"),
    ("0002_b.sql", "CREATE TABLE brings_00.b (id bigint PRIMARY KEY);\n"),
    ("0003_c.sql", "INSERT INTO brings_00.a VALUES (1);\n"),
];

const SQUASH: &str = "-- tenon:replaces 0001_a.sql, 0002_b.sql, 0003_c.sql\n\
    CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.a (id bigint PRIMARY KEY);\n\
    CREATE TABLE brings_00.b (id bigint PRIMARY KEY);\nINSERT INTO brings_00.a VALUES (1);\n";

fn healed(files: &[(&str, &str)]) -> World {
    let world = World::with(&[]);
    world.bring(ID, files, &tables(&["a", "b"][..files.len().min(2)]));
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world
}

fn tables(names: &[&str]) -> serde_json::Value {
    let table = |name: &&str| {
        serde_json::json!({
            "name": format!("brings_00.{name}"),
            "columns": [{ "name": "id", "data_type": "bigint", "not_null": true }],
            "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }],
        })
    };
    serde_json::json!({ "format": 1, "tables": names.iter().map(table).collect::<Vec<_>>() })
}

fn names(world: &World) -> String {
    world.sql(
        "SELECT string_agg(filename, ' ' ORDER BY filename) FROM tenon.migration WHERE plugin = 'brings_00'",
    )
}

#[test]
fn a_renamed_file_is_renamed_in_the_ledger_and_not_run() {
    let world = healed(&FILES);
    let renamed = [("0001_tables.sql", FILES[0].1), FILES[1], FILES[2]];
    world.bring(ID, &renamed, &tables(&["a", "b"]));
    let told = format!("{ID}/0001_a.sql is renamed in the ledger to {ID}/0001_tables.sql");

    let finding = world.host().findings().remove(0);
    assert_eq!((finding.cause, finding.message), (Cause::Ledger, format!("{told} by the next heal")));
    assert!(world.tenon(&["check"]).expect_code(2).out.contains(&told));
    let plan = world.tenon(&["plan"]).expect_code(2).out;
    assert!(plan.contains("1 change of the ledger") && plan.contains(&told), "{plan}");
    let json = world.tenon(&["plan", "--json"]).expect_code(2).json();
    assert_eq!(json["ledger"][0]["step"], "renamed", "{json:#}");
    let serving = world.serve();
    serving.log_in().expect_status(200);
    for place in ["/heal", "/"] {
        let page = serving.get(place).expect_status(200).text;
        assert!(page.contains(&told), "{page}");
    }
    drop(serving);

    let before = world.sql("SELECT checksum, applied_at FROM tenon.migration WHERE filename = '0001_a.sql'");
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert!(run.all().contains("Made 1 change of the ledger"), "{run:#?}");
    assert_eq!(names(&world), "0001_tables.sql 0002_b.sql 0003_c.sql");
    let after =
        world.sql("SELECT checksum, applied_at FROM tenon.migration WHERE filename = '0001_tables.sql'");
    assert_eq!(before, after);
    assert_eq!(world.host().check().status, Status::Healthy);
    let entry = world.host().audit().entries.remove(0);
    assert_eq!((entry.result, entry.files.len()), (AuditResult::Succeeded, 0));
    assert_eq!(entry.ledger[0].to_string(), told);
    assert!(world.tenon(&["audit", "list"]).expect_code(0).out.contains(&told));
    assert_eq!(world.host().heal().word(), "nothing_to_do");
}

#[test]
fn a_squash_is_recorded_where_all_was_applied() {
    let world = healed(&FILES);
    world.bring(ID, &[("0009_all.sql", SQUASH)], &tables(&["a", "b"]));
    let host = world.host();
    let plan = host.plan();
    assert_eq!((plan.files(), plan.ledger.len()), (Vec::<String>::new(), 1), "{plan:#?}");
    let HealOutcome::Succeeded { files, ledger, .. } =
        host.heal_as(&HealRequest { reviewed: Some(plan.hash), ..request() })
    else {
        panic!()
    };
    assert_eq!((files, ledger.len()), (Vec::new(), 1));
    assert_eq!(names(&world), "0009_all.sql");
    assert_eq!(world.sql("SELECT count(*) FROM brings_00.a"), "1", "it was not run");
    assert_eq!(world.host().check().status, Status::Healthy);
}

#[test]
fn a_squash_is_run_where_nothing_was_applied() {
    let world = World::with(&[]);
    world.bring(ID, &[("0009_all.sql", SQUASH)], &tables(&["a", "b"]));
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(
        (names(&world).as_str(), world.sql("SELECT count(*) FROM brings_00.a").as_str()),
        ("0009_all.sql", "1")
    );
    assert_eq!(world.host().check().status, Status::Healthy);
}

#[test]
fn a_squash_is_refused_where_some_was_applied_and_nothing_is_changed() {
    let world = healed(&FILES[..2]);
    let before = world.database.contents();
    world.bring(ID, &[("0009_all.sql", SQUASH)], &tables(&["a", "b"]));
    let plan = world.tenon(&["plan"]).expect_code(5);
    assert!(plan.err.contains("replaced-in-part: brings_00/0009_all.sql"), "{plan:#?}");
    assert!(plan.err.contains("brings_00/0003_c.sql was not"), "{plan:#?}");
    assert!(plan.err.contains("install the version of plugin brings_00 that brings brings_00/0003_c.sql"));
    assert!(!plan.out.contains("Nothing to do"), "{plan:#?}");
    world.tenon(&["heal", "--yes"]).expect_code(5);
    assert_eq!(world.database.contents(), before);
    assert!(world.tenon(&["check"]).expect_code(2).out.contains("can neither be run nor recorded"));
}

#[test]
fn a_plugin_that_was_removed_is_forgotten_on_the_record_and_one_that_is_there_is_not() {
    let world = healed(&FILES);
    world.tenon(&["ledger", "forget", ID, "--yes"]).expect_code(5);
    std::fs::remove_file(world.plugin_dir().join("libbrings_00.so")).unwrap();
    world.install("identity");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let missing = world.tenon(&["check"]).expect_code(2).out;
    assert!(missing.contains(&format!("`tenon ledger forget {ID}`")), "{missing}");
    let never = world.tenon(&["ledger", "forget", "never", "--yes"]).expect_code(5);
    assert!(never.err.contains("the ledger knows no migration of a plugin never"), "{never:#?}");
    world.tenon(&["ledger", "forget", "core", "--yes"]).expect_code(5);

    let run = world.tenon(&["ledger", "forget", ID, "--yes", "--as", "ops"]).expect_code(0);
    assert!(run.all().contains("plugin brings_00 is forgotten by the ledger"), "{run:#?}");
    assert_eq!(names(&world), "");
    assert_eq!(world.sql("SELECT count(*) FROM tenon.reading WHERE plugin = 'brings_00'"), "0");
    assert_eq!(world.sql("SELECT count(*) FROM brings_00.a"), "1", "what it made stays");
    assert_eq!(world.host().check().status, Status::Healthy);
    let entry = world.host().audit().entries.remove(0);
    assert_eq!(
        (entry.kind, entry.result, entry.admin.as_str()),
        (Kind::Forget, AuditResult::Succeeded, "ops")
    );
    assert_eq!(entry.ledger.len(), 1);
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn a_requirement_on_what_was_squashed_is_one_on_the_squash() {
    let world = World::with(&[]);
    world.bring(ID, &[("0009_all.sql", SQUASH)], &tables(&["a", "b"]));
    let other = [("0001_d.sql", "CREATE SCHEMA brings_01;\nCREATE TABLE brings_01.d (id bigint);\n")];
    world.bring("brings_01", &other, &serde_json::json!({ "format": 1 }));
    assert_eq!(world.host().heal().word(), "succeeded");
}
