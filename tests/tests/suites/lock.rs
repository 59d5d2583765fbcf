//! Lock files: `tenon plugin lock`, and what is told of one that is out of date.

use std::fs;

use tenon_host::postgres::catalog;
use tenon_migrations_core::health::Status;
use tenon_tests::World;
use tenon_tests::artifacts::root;

const SAMPLES: [&str; 4] = ["identity", "inventory", "orders", "reporting"];

#[test]
fn the_lock_files_of_the_sample_plugins_are_up_to_date() {
    let world = World::with(&SAMPLES);
    let major = world.database.major();
    for plugin in SAMPLES {
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
