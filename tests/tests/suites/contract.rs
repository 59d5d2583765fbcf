//! The contract's promises between the host and real libraries.

use std::fs;

use serde_json::json;
use tenon_migrations_core::health::Serving;
use tenon_tests::{TestServer, World, artifacts};

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
fn what_a_plugin_hands_over_as_text_and_is_none_is_told_and_takes_nothing_from_another() {
    let told = ["manifest", "schema", "name", "sql", "requires", "error"].map(|what| {
        let world = World::with(&["inventory"]);
        world.tenon(&["heal", "--as", "ana", "--yes"]).expect_code(0);
        world.write_library("libmumbles.so", &artifacts::mumbling(what));
        let check = world.tenon(&["check"]).expect_code(2);
        assert!(check.out.contains("Inventory Plugin"), "{check:#?}");
        world.tenon(&["plan"]).expect_code(2);
        let list = world.tenon(&["plugin", "list", "--json"]).expect_code(0).json()["plugins"].clone();
        let one = list.as_array().unwrap().iter().find(|one| one["id"] == "mumbles").unwrap().clone();
        assert_eq!(one["file_problems"][0]["code"], "not-text", "{one:#}");
        format!("{what}: {}", one["file_problems"][0]["reason"].as_str().unwrap())
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    manifest: the manifest that its code gives is not UTF-8, from byte 9 on
    schema: the text of its schema descriptors is not UTF-8, from byte 9 on
    name: the file name of one of its migrations is not UTF-8, from byte 9 on
    sql: the text of its migration 0001_nothing.sql is not UTF-8, from byte 9 on
    requires: the tenon:requires line of its migration 0001_nothing.sql is not UTF-8, from byte 9 on
    error: the message of its error is not UTF-8, from byte 9 on
    ");
}

#[test]
fn what_a_call_hands_over_as_text_and_is_none_is_an_error_of_that_call() {
    let world = World::with(&["mumbles"]);
    world.tenon(&["heal", "--as", "ana", "--yes"]).expect_code(0);
    let serving = world.serve();
    let calls =
        ["header-name", "header-value", "code", "message", "sqlstate", "query", "execute", "savepoint"];
    let told = calls.map(|call| {
        let answer =
            serving.post_as_admin(&format!("/plugins/mumbles/{call}"), &json!({})).expect_status(500);
        assert_eq!(answer.json()["code"], "not_text", "{answer:?}");
        format!("{call}: {}", serving.why(&answer))
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    header-name: plugin mumbles gave no answer that can be read: the name of a header of its answer is not UTF-8, from byte 9 on
    header-value: plugin mumbles gave no answer that can be read: the header x-mumbled of its answer is not UTF-8, from byte 9 on
    code: plugin mumbles gave no answer that can be read: the code of its error is not UTF-8, from byte 9 on
    message: plugin mumbles gave no answer that can be read: the message of its error is not UTF-8, from byte 9 on
    sqlstate: plugin mumbles gave no answer that can be read: the SQLSTATE of its error is not UTF-8, from byte 9 on
    query: the statement is not UTF-8, from byte 9 on
    execute: the statement is not UTF-8, from byte 9 on
    savepoint: the savepoint's name is not UTF-8, from byte 9 on
    ");
    // The log gets what can be read of it, and the call goes on.
    serving.post_as_admin("/plugins/mumbles/log", &json!({})).expect_status(200);
    serving.logged("the words", |event| {
        event["message"].as_str().is_some_and(|text| text.starts_with("mumbled: "))
    });
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
    core 0.1.0 ["tenon.migration", "tenon.reading", "tenon.audit", "tenon.finding", "tenon.quarantine", "tenon.verdict", "tenon.notification", "tenon.notification_cursor", "tenon.notification_target", "tenon.notification_delivery", "tenon.session", "tenon.session_key", "tenon.host", "tenon.job", "tenon.job_run", "tenon.job_lease", "tenon.event_type", "tenon.event_listener", "tenon.event", "tenon.event_delivery", "tenon.plugin_settings"] []
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
    for secret in ["postgresql://", &world.database.name, TestServer::shared().home.to_str().unwrap()] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
