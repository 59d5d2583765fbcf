//! What a heal leaves as it is: `tenon plan` and `tenon heal` say it, and end accordingly.

use serde_json::json;
use tenon_migrations_core::finding::{Cause, Severity};
use tenon_migrations_core::health::Serving;
use tenon_tests::World;

const ALL_IS_WELL: &str = "every plugin is verified";

/// The plan and the heal end with 2 and name the plugin and what is wrong with it.
fn told_by_plan_and_heal(world: &World, plugin: &str, what: &str) {
    let plan = world.tenon(&["plan"]).expect_code(2);
    let heal = world.tenon(&["heal", "--yes"]).expect_code(2);
    for run in [&plan, &heal] {
        assert!(!run.all().contains(ALL_IS_WELL), "{run:#?}");
        assert!(run.out.contains(what), "{what}: {run:#?}");
    }
    let json = world.tenon(&["plan", "--json"]).expect_code(2).json();
    let remaining = json["remaining"].as_array().unwrap();
    assert!(remaining.iter().any(|one| one["plugin"] == plugin && one["breaks"] == true), "{json:#}");
    let json = world.tenon(&["heal", "--yes", "--json"]).expect_code(2).last_json();
    assert_eq!((&json["result"], &json["remaining"][0]["plugin"]), (&json!("nothing_to_do"), &json!(plugin)));
}

#[test]
fn where_all_is_well_there_is_nothing_to_do() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    for arguments in [&["plan"][..], &["heal", "--yes"]] {
        let run = world.tenon(arguments).expect_code(0);
        assert!(run.out.contains(ALL_IS_WELL), "{run:#?}");
    }
}

#[test]
fn a_plugin_that_cannot_be_loaded_is_named() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("panics_in_schema");
    told_by_plan_and_heal(&world, "panics_in_schema", "it panicked in schema");
    // Also where another is healed.
    world.install("inventory");
    let run = world.tenon(&["heal", "--yes"]).expect_code(2);
    assert!(
        run.out.contains("Applied 3 migrations") && run.out.contains("it panicked in schema"),
        "{run:#?}"
    );
    let without = world.tenon(&["plan", "--without", "panics_in_schema"]).expect_code(0);
    assert!(without.out.contains(ALL_IS_WELL), "{without:#?}");
    world.tenon(&["heal", "--yes", "--without", "panics_in_schema"]).expect_code(0);
}

#[test]
fn an_edited_migration_is_named() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.upgrade("identity", "identity_edited");
    told_by_plan_and_heal(&world, "identity", "was changed after it was applied");
}

#[test]
fn a_plugin_whose_routes_are_held_is_named_until_it_is_repaired() {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    world.sql("ALTER TABLE inventory.item DROP COLUMN meta");
    let finding = world.host().findings().remove(0);
    assert_eq!(finding.severity, Severity::Breaking);
    told_by_plan_and_heal(&world, "inventory", "column inventory.item.meta is missing");
    // What is acknowledged holds it all the same.
    world.tenon(&["finding", "acknowledge", &finding.id, "--reason", "known", "--for", "1h"]).expect_code(0);
    world.tenon(&["plan"]).expect_code(2);
    let plan = world.tenon(&["plan", "--repair", &finding.id]).expect_code(2).out;
    assert!(!plan.contains("What a heal leaves"), "{plan}");
    world.tenon(&["heal", "--yes", "--repair", &finding.id]).expect_code(0);
}

#[test]
fn a_plugin_in_quarantine_is_named() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.tenon(&["plugin", "quarantine", "identity", "--reason", "it misbehaves"]).expect_code(0);
    assert_eq!(world.host().plugin("identity").serving, Serving::Held);
    told_by_plan_and_heal(&world, "identity", "it misbehaves");
}

#[test]
fn descriptors_ahead_of_the_migrations_are_breaking_and_named_by_a_check() {
    let files = [("0001_a.sql", "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.item (id bigint);\n")];
    let item = |columns: &[&str]| {
        let column = |name: &&str| json!({ "name": name, "data_type": "bigint" });
        json!({ "name": "brings_00.item", "columns": columns.iter().map(column).collect::<Vec<_>>() })
    };
    let world = World::with(&[]);
    world.bring("brings_00", &files, &json!({ "format": 1, "tables": [item(&["id"])] }));
    assert_eq!(world.host().heal().word(), "succeeded");
    let more = json!({ "name": "brings_00.extra", "columns": [{ "name": "id", "data_type": "bigint" }] });
    world.bring("brings_00", &files, &json!({ "format": 1, "tables": [item(&["id", "price"]), more] }));
    let plugin = world.host().plugin("brings_00");
    let breaking = plugin.findings.iter().filter(|finding| finding.severity == Severity::Breaking);
    let told: Vec<_> = breaking.map(|finding| (finding.cause, finding.object.as_str())).collect();
    assert_eq!(
        told,
        [
            (Cause::DescriptorMismatch, "table brings_00.extra"),
            (Cause::DescriptorMismatch, "column brings_00.item.price")
        ]
    );
    assert_eq!(plugin.serving, Serving::Held);
    let check = world.tenon(&["check"]).expect_code(2).out;
    assert!(check.contains("no migration is pending that makes it"), "{check}");
    world.tenon(&["heal", "--yes"]).expect_code(1);
}
