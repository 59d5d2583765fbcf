//! Old plugins: one that was built with the first SDK of a contract generation keeps working.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_migrations_core::migration::Checksum;
use tenon_tests::{World, artifacts};

/// Of all sources in `tests/frozen/v1`.
const GENERATION_1: &str = "65167bb77e1b431743a9593e099eff63f2ee9aaff1284428d261d603ebf16423";

#[test]
fn a_plugin_built_with_the_first_sdk_is_loaded_healed_and_called() {
    let world = World::with(&[]);
    world.install_as("inventory_of_generation_1", "libinventory.so");
    let outcome = world.host().heal();
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
    let report = world.host().check();
    assert_eq!(report.status, Status::Healthy, "{:#?}", report.findings().collect::<Vec<_>>());
    works(&world);
}

#[test]
fn a_plugin_built_with_the_first_sdk_works_in_the_managed_database_too() {
    let world = World::with(&[]);
    world.manage();
    world.install_as("inventory_of_generation_1", "libinventory.so");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    works(&world);
}

/// Serves the Inventory Plugin, whose routes answer.
fn works(world: &World) {
    let serving = world.serve();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    serving.post("/plugins/inventory/items", &item).expect_status(409);
    let found = serving.get("/plugins/inventory/items/A-1").expect_status(200).json();
    assert_eq!((&found["price"], &found["state"]), (&json!("9.50"), &json!("active")));
    serving.get("/plugins/inventory/items?state=nonsense").expect_status(400);
}

#[test]
fn what_is_frozen_is_not_edited() {
    let root = artifacts::root().join("tests/frozen/v1");
    let mut files = Vec::new();
    gather(&root, &mut files);
    files.sort();
    let mut all = Vec::new();
    for file in files {
        all.extend_from_slice(file.strip_prefix(&root).unwrap().to_str().unwrap().as_bytes());
        all.extend(fs::read(&file).unwrap());
    }
    assert_eq!(Checksum::of(&all).to_string(), GENERATION_1, "a plugin cannot be built anew in the past");
}

/// The sources, which say what a plugin is built from; not what explains them, nor the lock file.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if !["Cargo.lock", "README.md"].iter().any(|name| path.ends_with(name)) {
            files.push(path);
        }
    }
}
