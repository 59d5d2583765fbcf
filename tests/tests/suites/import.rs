//! What is there already becomes a plugin: a crate that builds, is proved, makes the same in an empty
//! database, and is recorded in the database that it was made of.

mod odd;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_tests::mutate::SchemaSource;
use tenon_tests::{TestDatabase, TestServer, World, artifacts};

/// The dumps of the corpus that are imported unless all are asked for with `TENON_LONG`.
const SHORT: [&str; 2] = ["graphile_worker", "procrastinate"];

/// Cargo's own target folder, so that what all crates need is built once.
fn target() -> &'static Path {
    artifacts::profile_dir().parent().unwrap()
}

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    // The versions that this project was built with, which are there without a network.
    fs::copy(artifacts::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.envs(artifacts::toolchain());
    command.current_dir(folder).args(arguments).arg("--offline").stdin(Stdio::null());
    let world = command.env("CARGO_TARGET_DIR", target()).env("TENON_PROGRAM", artifacts::program("tenon"));
    let output = world.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
    assert!(!said.contains("warning: "), "{said}");
    said
}

/// A database with this schema in it, of which all is whoever restored it, as without owners in the dump.
fn loaded(source: &SchemaSource) -> TestDatabase {
    source.roles().iter().for_each(|role| TestServer::shared().make_role(role));
    let database = TestDatabase::new();
    let says_owner = |line: &&str| line.starts_with("ALTER ") && line.contains(" OWNER TO ");
    let sql: Vec<_> = source.sql.lines().filter(|line| !says_owner(line)).collect();
    database.sql(&sql.join("\n"));
    database
}

/// Imports into a folder of the world; gives what was reported.
fn import(world: &World, name: &str, arguments: &[&str]) -> Value {
    let sdk = artifacts::root().to_str().unwrap();
    let words = ["plugin", "import", name, "--json", "--sdk", sdk];
    world.tenon(&[&words, arguments].concat()).expect_code(0).json()
}

/// Builds the crate and puts the library into the plugin directory.
fn build(world: &World, name: &str) -> PathBuf {
    let folder = world.path().join(name);
    cargo(&folder, &["build"]);
    let library = target().join(format!("debug/lib{name}.so"));
    world.write_library(&format!("lib{name}.so"), &fs::read(&library).unwrap());
    library
}

/// What `pg_dump -s` says of all but the host's own schema.
fn schema(database: &TestDatabase) -> String {
    database.dump(&["--schema-only", "--exclude-schema=tenon"])
}

/// The lines that only one of them has.
fn differing(ours: &str, theirs: &str) -> String {
    let only = |sign: &str, these: &str, those: &str| {
        let lines = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    format!("{}{}", only("healed:", ours, theirs), only("source:", theirs, ours))
}

/// Proves the plugin, heals an empty database, which is then as the source is, and records the migrations in
/// the source.
fn prove(world: &World, name: &str, source: &TestDatabase, library: &Path) {
    world.tenon(&["plugin", "lock", name]).expect_code(0);
    let outcome = world.host().heal_consenting();
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{name}: {outcome:#?}");
    let report = world.host().check();
    assert_eq!(report.status, Status::Healthy, "{:#?}", report.findings().collect::<Vec<_>>());
    let (ours, theirs) = (schema(&world.database), schema(source));
    assert!(ours == theirs, "{name}: {}", differing(&ours, &theirs));
    let there = World::with(&[]);
    there.set_url(&source.url());
    there.write_library(&format!("lib{name}.so"), &fs::read(library).unwrap());
    there.tenon(&["baseline", "--plugin", name, "--yes", "--as", "ops"]).expect_code(0);
    let checked = there.tenon(&["check", "--json"]).expect_code(0).json();
    assert_eq!(checked["status"], "healthy", "{checked}");
    assert!(theirs == schema(source), "a baseline changes nothing");
}

fn of_database(source: &SchemaSource) -> Value {
    let database = loaded(source);
    let world = World::with(&[]);
    world.set(&format!("[databases]\nsource = \"{}\"", database.url()));
    let report = import(&world, &source.name, &["--from-database", "source"]);
    let library = build(&world, &source.name);
    prove(&world, &source.name, &database, &library);
    report
}

#[test]
fn every_schema_of_the_corpus_is_imported_proved_made_anew_and_recorded() {
    let dumps = SchemaSource::corpus();
    if dumps.is_empty() {
        println!("skipped: there is no corpus");
        return;
    }
    let is_long = tenon_tests::is_long();
    for mut source in
        dumps.into_iter().filter(|one| is_long || SHORT.iter().any(|name| one.name.contains(name)))
    {
        source.name = source.name.trim_end_matches(".sql").to_owned();
        let report = of_database(&source);
        println!("{}: {}", source.name, report["import"]["taken"]);
        println!("{}", report["import"]["left_out"]);
    }
}
