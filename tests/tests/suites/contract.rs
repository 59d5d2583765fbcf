//! The contract's promises between the host and real libraries.

use std::fs;

use tenon_migrations_core::health::Serving;
use tenon_tests::{Server, World};

/// The first reason why a plugin is out.
fn reason(world: &World, id: &str) -> String {
    let plugin = world.host().plugin(id);
    assert_eq!(plugin.serving, Serving::Out, "{plugin:#?}");
    plugin.findings[0].message.clone()
}

#[test]
fn a_panic_in_schema_becomes_a_reason() {
    let told = reason(&World::with(&["panics_in_schema"]), "panics_in_schema");
    assert!(told.contains("it panicked in schema") && told.contains("no luck in schema"), "{told}");
}

#[test]
fn a_panic_in_migrations_becomes_a_reason() {
    let told = reason(&World::with(&["panics_in_migrations"]), "panics_in_migrations");
    assert!(told.contains("it panicked in migrations") && told.contains("no luck in migrations"), "{told}");
}

#[test]
fn a_panic_in_init_becomes_a_reason() {
    let told = reason(&World::with(&["panics_in_init"]), "panics_in_init");
    assert!(told.contains("it panicked in init") && told.contains("no luck in init"), "{told}");
}

#[test]
fn a_library_whose_code_gives_another_manifest_than_its_file_is_out() {
    let told = reason(&World::with(&["lies"]), "honest");
    assert!(told.contains("another manifest than its file shows"), "{told}");
}

#[test]
fn several_plugins_are_each_themselves() {
    let world = World::with(&["identity", "inventory", "orders", "reporting"]);
    let host = world.host();
    let told: Vec<_> = host
        .wait(host.host.plugins())
        .into_iter()
        .map(|plugin| format!("{} {} {:?} {:?}", plugin.id, plugin.version, plugin.tables, plugin.requires))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r###"
    core 0.1.0 ["tenon.migration", "tenon.reading", "tenon.audit"] []
    identity 1.1.0 ["identity.account"] []
    inventory 1.2.0 ["inventory.item"] []
    orders 1.0.0 ["orders.purchase", "orders.line"] ["identity ^1.1", "inventory ^1"]
    reporting 1.0.0 [] ["identity ^1.1", "inventory ^1", "orders ^1"]
    "###);
}

#[test]
fn a_library_overwritten_in_place_does_not_disturb_the_running_host() {
    let world = World::with(&["inventory"]);
    let host = world.heal_and_prove(&["inventory"]);
    let file = world.plugin_dir().join("libinventory.so");
    let length = fs::metadata(&file).unwrap().len();
    fs::write(&file, vec![0; length.try_into().unwrap()]).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_len(100).unwrap();
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
}

#[test]
fn invariant_5_a_plugin_finds_no_address_of_the_database_in_its_environment() {
    let world = World::with(&["panics_in_handle"]);
    drop(world.heal_and_prove(&["panics_in_handle"]));
    let serving = world.serve();
    let seen = serving.get("/plugins/panics_in_handle/environment").expect_status(200).text;
    // What the library reads of its own process, by its variables and by the file behind them.
    assert!(seen.contains("PATH"), "{seen}");
    for secret in ["postgresql://", &world.database.name, Server::shared().home.to_str().unwrap()] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
