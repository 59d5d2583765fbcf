//! Two generations of the contract beside each other: `plugin-api/CONTRACT.md` says how one is added.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use tenon_tests::{World, artifacts};

#[test]
fn a_plugin_of_two_generations_is_called_by_the_newer_beside_plugins_of_the_first() {
    let world = World::with(&["two_generations", "identity"]);
    world.install_as("inventory_of_generation_1", "libinventory.so");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/two_generations/generation").expect_status(200).text, "generation 2");
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    // A service that the host does not have is an error like any other of a plugin's.
    let answer = serving.get("/plugins/two_generations/service/nobody").expect_status(501);
    assert!(serving.why(&answer).contains("this host has no service \"nobody\""));
}

#[test]
fn a_library_without_the_newer_generation_is_called_by_the_first() {
    let library = without_generation_2("two_generations");
    let world = World::with(&[]);
    world.write_library("libtwo_generations.so", &library);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/two_generations/generation").expect_status(200).text, "generation 1");
}

/// A library as a host sees it that does not know the newer generation: no symbol of that name.
fn without_generation_2(plugin: &str) -> Vec<u8> {
    let mut library = fs::read(artifacts::library(plugin)).unwrap();
    let name = b"tenon_plugin_v2";
    let places: Vec<_> = (0..library.len()).filter(|at| library[*at..].starts_with(name)).collect();
    assert!(!places.is_empty(), "the symbol has a name");
    for at in places {
        library[at..at + 5].copy_from_slice(b"other");
    }
    library
}

#[test]
fn the_sdk_says_on_a_host_of_generation_1_that_a_service_needs_a_newer_one() {
    let world = World::with(&[]);
    world.write_library("libfetches.so", &without_generation_2("fetches"));
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    for (route, body) in
        [("fetch", json!({ "url": "https://a.example" })), ("file", json!({ "act": "list" }))]
    {
        let told = serving.post(&format!("/plugins/fetches/{route}"), &body).expect_status(200).json();
        assert_eq!(told["code"], "needs_newer_host", "{told}");
        assert!(told["message"].as_str().unwrap().contains("needs a newer host"), "{told}");
    }
}

#[test]
fn a_library_of_generation_2_alone_is_loaded_and_has_its_services() {
    let world = World::with(&["needs_services"]);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    serving.post("/plugins/needs_services/files", &json!(null)).expect_status(204);
    assert_eq!(serving.get("/plugins/needs_services/files").expect_status(200).json(), json!(["own"]));
}

#[test]
fn a_host_says_which_generations_and_services_it_has() {
    let world = World::with(&[]);
    let about = world.tenon(&["about", "--json"]).expect_code(0).json();
    assert_eq!(about["contract"], json!([1, 2]));
    assert_eq!(about["services"], json!(["call", "fetch", "files"]));
}

#[test]
fn an_older_host_says_what_a_plugin_of_generation_2_needs() {
    let world = World::with(&["two_generations", "needs_services"]);
    let own = world.tenon(&["about", "--json"]).expect_code(0).json();
    let against = |contract: Value, services: Value| {
        let mut facts = own.clone();
        (facts["contract"], facts["services"]) = (contract, services);
        let program = world.path().join("tenon-of-another-day");
        fs::write(&program, format!("#!/bin/sh\ncat <<'END'\n{facts}\nEND\n")).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let run = world.tenon(&["plugin", "inspect", "--against", program.to_str().unwrap()]);
        run.expect_code(1).out
    };
    let told = against(json!([1]), json!([]));
    let needs = "it speaks generation 2 of the plugin contract, and this host only 1: it needs fetch, files";
    assert!(told.contains(needs) && told.ends_with("could load 1 of 2 files\n"), "{told}");
    // One that speaks the generation and lacks a service.
    let told = against(json!([1, 2]), json!(["fetch"]));
    let needs = "it needs services that this host does not have: files";
    assert!(told.contains(needs) && told.ends_with("could load 1 of 2 files\n"), "{told}");
}
