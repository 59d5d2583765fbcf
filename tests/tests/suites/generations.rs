//! A generation of the contract is added, in rehearsal: `plugin-api/CONTRACT.md` says how.

use std::fs;

use tenon_tests::{World, artifacts};

#[test]
fn a_plugin_of_two_generations_is_called_by_the_newer_beside_plugins_of_the_first() {
    let world = World::with(&["rehearsal", "identity"]);
    world.install_as("inventory_of_generation_1", "libinventory.so");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/rehearsal/generation").expect_status(200).text, "generation 900");
    let item =
        serde_json::json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    // A service that the host does not have is an error like any other of a plugin's.
    let answer = serving.get("/plugins/rehearsal/service/nobody").expect_status(500);
    assert!(serving.why(&answer).contains("this host has no service \"nobody\""));
}

#[test]
fn a_library_without_the_newer_generation_is_called_by_the_first() {
    // What a host sees that does not know the newer one: no symbol of that name.
    let mut library = fs::read(artifacts::library("rehearsal")).unwrap();
    let name = b"tenon_plugin_v900";
    let places: Vec<_> = (0..library.len()).filter(|at| library[*at..].starts_with(name)).collect();
    assert!(!places.is_empty(), "the symbol has a name");
    for at in places {
        library[at..at + 5].copy_from_slice(b"other");
    }
    let world = World::with(&[]);
    world.write_library("librehearsal.so", &library);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/rehearsal/generation").expect_status(200).text, "generation 1");
}

#[test]
fn what_is_released_speaks_no_generation_for_tests() {
    let world = World::with(&["rehearsal"]);
    let about = world.tenon(&["about", "--json"]).expect_code(0).json();
    assert_eq!(about["contract"], serde_json::json!([1]));
    // The tests' own crates ask for the feature; what is packaged and served is built without them.
    for script in ["scripts/package", "scripts/up"] {
        let script = fs::read_to_string(artifacts::root().join(script)).unwrap();
        let build = script.lines().find(|line| line.contains("cargo build")).unwrap();
        assert!(!build.contains("--workspace") && !build.contains("--features"), "{build}");
    }
}
