//! What a check says, and that it only says.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tenon_migrations_core::finding::{Cause, Severity};
use tenon_migrations_core::health::{Serving, Status};
use tenon_migrations_core::snapshot::NOT_COMPARED;
use tenon_tests::{Run, World, artifacts};

const SAMPLES: [&str; 4] = ["identity", "inventory", "orders", "reporting"];

#[test]
fn a_fresh_database_is_drifted_with_every_plugins_pending_count() {
    let report = World::with(&SAMPLES).host().check();
    assert_eq!(report.status, Status::Drifted);
    let lines: Vec<_> = report.plugins.iter().map(|plugin| plugin.line.as_str()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r###"
    Tenon: 11 pending migrations
    Identity Plugin: 2 pending migrations
    Inventory Plugin: 3 pending migrations
    Orders Plugin: 1 pending migration
    Reporting Plugin: 1 pending migration
    "###);
}

#[test]
fn after_a_heal_all_samples_are_healthy_and_as_plain_psql_makes_them() {
    let world = World::with(&SAMPLES);
    let host = world.heal_and_prove(&SAMPLES);
    let report = host.check();
    assert_eq!(report.status, Status::Healthy);
    assert!(report.plugins.iter().all(|plugin| plugin.serving == Serving::Yes), "{report:#?}");
}

#[test]
fn invariant_1_start_up_changes_no_schema_and_a_check_writes_nothing() {
    for healed in [false, true] {
        let world = World::with(&SAMPLES);
        if healed {
            drop(world.heal_and_prove(&SAMPLES));
        }
        let (contents, written) = (world.database.contents(), world.database.rows_written());
        let host = world.host();
        host.wait(host.host.check_at_start());
        host.check();
        host.plan();
        drop(host);
        assert_eq!(world.database.rows_written(), written, "healed before: {healed}");
        assert_eq!(world.database.contents(), contents);
        // The counter that was just relied upon does count.
        world.sql("CREATE TABLE public.x (id int)");
        assert!(world.database.rows_written() > written);
    }
}

#[test]
fn invariant_6_what_is_not_compared_is_listed_and_healthy_is_never_said_without_a_look() {
    let world = World::with(&["gallery"]);
    let healthy = world.heal_and_prove(&["gallery"]).check();
    assert!(!healthy.not_compared.is_empty());
    assert_eq!(healthy.not_compared, NOT_COMPARED);
    // The readings are gone: the tables are there, but nobody can say that they are right.
    world.sql("DELETE FROM tenon.reading WHERE plugin = 'gallery'");
    let role = format!("r_{}", world.database.name);
    world.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}"
    ));
    world.set_url(&world.database.url().replacen("harness@", &format!("{role}@"), 1));
    let report = world.host().check();
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_ne!(report.status, Status::Healthy);
    assert!(!report.plugin(&"gallery".parse().unwrap()).unwrap().findings.is_empty());
}

#[test]
fn invariant_7_no_plugin_keeps_the_host_from_starting_telling_and_healing_the_others() {
    let bad = [
        "panics_in_init",
        "panics_in_schema",
        "panics_in_migrations",
        "built_with_abort",
        "contract_of_the_future",
        "not_a_plugin",
        "lies",
        "billing",
        "accounts",
        "requires_unknown",
    ];
    let world = World::with(&bad);
    for sample in SAMPLES {
        world.install(sample);
    }
    world.write_library("libtext.so", b"text");
    let host = world.heal_and_prove_some(&SAMPLES);
    let report = host.check();
    assert_eq!(report.status, Status::Degraded);
    let out: Vec<_> = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Out).collect();
    assert_eq!(out.len(), bad.len() + 1);
    for plugin in out {
        assert!(plugin.findings.iter().all(|finding| finding.remedy.is_some()), "{plugin:#?}");
    }
    assert_eq!(host.call("identity", "GET /accounts", "").unwrap().status, 200);
}

#[test]
fn an_applied_migration_whose_text_changed_is_edited_and_nothing_is_built_upon_it() {
    let world = World::with(&["identity_1_0"]);
    drop(world.heal_and_prove(&["identity_1_0"]));
    world.upgrade("identity_1_0", "identity_edited");
    let host = world.host();
    let plugin = host.plugin("identity");
    let edited: Vec<_> = plugin.findings.iter().filter(|finding| finding.cause == Cause::Edited).collect();
    assert_eq!(edited.len(), 1, "{plugin:#?}");
    assert_eq!(
        (edited[0].severity, edited[0].object.as_str()),
        (Severity::Breaking, "identity/0001_accounts.sql")
    );
    assert!(edited[0].expected.is_some() && edited[0].found.is_some(), "both checksums are told");
    assert_eq!((plugin.status, plugin.serving), (Status::Drifted, Serving::Held));
}

#[test]
fn a_ledger_row_whose_plugin_is_gone_is_missing() {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    world.remove("identity");
    let host = world.host();
    let report = host.check();
    assert_eq!(report.status, Status::Drifted);
    let gone = host.plugin("identity");
    assert_eq!(gone.count(Cause::Missing), 2, "{gone:#?}");
    assert_eq!(host.plugin("inventory").status, Status::Healthy);
    world.install("identity");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn an_older_version_of_a_plugin_finds_the_newer_ones_migration_missing() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.upgrade("identity", "identity_1_0");
    let plugin = world.host().plugin("identity");
    let missing: Vec<_> = plugin.findings.iter().filter(|finding| finding.cause == Cause::Missing).collect();
    assert_eq!(missing.len(), 1, "{plugin:#?}");
    assert_eq!(missing[0].object, "identity/0002_public_id.sql");
}

#[test]
fn a_table_that_nobody_claims_is_told_and_held_against_nobody() {
    let world = World::with(&["inventory"]);
    let host = world.heal_and_prove(&["inventory"]);
    world.sql("CREATE TABLE inventory.scratch (id int)");
    let report = host.check();
    assert_eq!(report.status, Status::Healthy);
    assert!(
        report.unmanaged.iter().any(|object| object.contains("inventory.scratch")),
        "{:?}",
        report.unmanaged
    );
}

#[test]
fn a_finding_keeps_its_id_from_check_to_check() {
    let world = World::with(&["inventory"]);
    let host = world.heal_and_prove(&["inventory"]);
    world.sql("ALTER TABLE inventory.item ALTER qty SET DEFAULT 1");
    let first = host.findings();
    world.sql("ALTER TABLE inventory.item ALTER qty SET DEFAULT 2");
    let second = world.host().findings();
    assert_eq!(first.len(), 1, "{first:#?}");
    assert_eq!(first[0].id, second[0].id);
    assert_ne!(first[0].found, second[0].found);
}

#[test]
fn a_database_restored_from_a_dump_is_as_healthy_as_the_one_that_was_dumped() {
    restored_twice(&SAMPLES);
}

#[test]
fn a_restored_database_whose_expressions_are_printed_anew_is_healthy() {
    restored_twice(&["gallery"]);
}

fn restored_twice(plugins: &[&str]) {
    let world = World::with(plugins);
    drop(world.heal_and_prove(plugins));
    let restored = world.database.restored();
    world.set_url(&restored.url());
    let report = world.host().check();
    assert_eq!(report.findings().cloned().collect::<Vec<_>>(), []);
    let again = restored.restored();
    world.set_url(&again.url());
    assert_eq!(world.host().findings(), []);
}

#[test]
fn what_is_of_a_kind_that_is_not_compared_is_announced_and_unknown_to_a_strict_check() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    world.tenon(&["check", "--strict"]).expect_code(0);
    let host = world.host();
    assert_eq!(host.check().announced, []);
    world.sql("CREATE CONVERSION gallery.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8");
    assert_eq!(host.check().announced.len(), 1, "a host that has seen the database before tells it too");
    let told = world.tenon(&["check", "--json"]).expect_code(0).json();
    assert_eq!(told["announced"][0]["kind"], "conversion", "{told:#}");
    assert_eq!(told["announced"][0]["names"][0], "gallery.latin", "{told:#}");
    let text = world.tenon(&["check"]).expect_code(0).out;
    assert!(text.contains("of a kind that is not compared: conversion gallery.latin"), "{text}");
    let strict = world.tenon(&["check", "--strict"]).expect_code(3).out;
    assert!(strict.contains("objects of kind conversion are not compared"), "{strict}");
    world.tenon(&["check", "--strict", "--plugin", "gallery"]).expect_code(3);
    world.tenon(&["check", "--strict", "--plugin", "core"]).expect_code(0);
}

/// A good plugin beside one that ends its process as soon as it is opened, and one that does so in a way of
/// which nobody is told.
fn deadly() -> World {
    let world = World::with(&["inventory", "dies_when_loaded"]);
    world.write_library("librogue.so", &artifacts::rogue("init", "segfault-unseen"));
    world
}

#[test]
fn a_check_of_which_plugins_die_says_which_and_is_made_without_them() {
    let world = deadly();
    let run = world.tenon(&["check", "--json"]).expect_code(2);
    let report = run.json();
    let out: Vec<_> =
        report["plugins"].as_array().unwrap().iter().filter(|one| one["serving"] == "out").collect();
    assert_eq!(out.len(), 2, "{report:#}");
    assert!(
        out.iter().all(|one| one["findings"][0]["message"].as_str().unwrap().contains("quarantine")),
        "{out:#?}"
    );
    assert!(run.err.contains("Rogue Plugin (") && run.err.contains("runs again without it"), "{run:#?}");
    assert_eq!(run.err.matches("runs again without it").count(), 2, "{run:#?}");
    // From then on it is known.
    let run = world.tenon(&["check"]).expect_code(2);
    assert!(run.err.is_empty() && run.out.contains("Rogue Plugin"), "{run:#?}");
}

#[test]
fn a_plan_of_which_plugins_die_says_which_and_is_made_without_them() {
    let world = deadly();
    let run = world.tenon(&["plan", "--json"]).expect_code(2);
    assert!(run.json()["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{run:#?}");
    assert_eq!(run.err.matches("runs again without it").count(), 2, "{run:#?}");
    // One that dies at the end, when all is known.
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("shutdown", "segfault-unseen"));
    let run = world.tenon(&["plan", "--json"]).expect_code(2);
    assert!(run.json()["steps"].is_array() && run.err.contains("Rogue Plugin"), "{run:#?}");
}

#[test]
fn what_only_tells_something_is_run_again_without_the_plugins_that_end_it() {
    let deaths = |run: &Run| run.err.matches("runs again without it").count();
    let world = deadly();
    let run = world.tenon(&["plugin", "list"]).expect_code(0);
    assert_eq!(deaths(&run), 2, "{run:#?}");
    assert_eq!(run.out.matches("tenon plugin release").count(), 2, "{run:#?}");
    let world = deadly();
    let run = world.tenon(&["schema", "diff", "database", "plugin:inventory"]);
    assert_eq!(deaths(&run), 2, "{run:#?}");
    let world = deadly();
    let run = world.tenon(&["plugin", "lock", "rogue"]).expect_code(64);
    assert!(deaths(&run) == 2 && run.err.contains("`tenon plugin list` shows why"), "{run:#?}");
    let run = world.tenon(&["plugin", "lock", "inventory"]).expect_code(0);
    assert!(run.err.contains("inventory is proved") && deaths(&run) == 0, "{run:#?}");
}

#[test]
fn what_changes_something_begins_when_the_plugins_were_loaded_once_by_somebody_else() {
    let deaths = |run: &Run| run.err.matches("the command goes on without it").count();
    let world = deadly();
    let heal = ["heal", "--yes", "--as", "ops"];
    // Everything else is done; who is out is told by the code too.
    let run = world.tenon(&heal).expect_code(2);
    assert!(deaths(&run) == 2 && run.err.contains("Rogue Plugin ("), "{run:#?}");
    assert_eq!(world.sql("SELECT count(*) FROM inventory.item"), "0");
    assert_eq!(deaths(&world.tenon(&heal).expect_code(2)), 0, "they are known");
    // With none that dies nothing is said, and JSON is one document.
    let world = World::with(&["inventory"]);
    let run = world.tenon(&[&heal[..], &["--json"]].concat()).expect_code(0);
    assert!(run.err.is_empty() && run.last_json()["result"] == "succeeded", "{run:#?}");
    // A baseline, in a database that is there already.
    world.sql("DELETE FROM tenon.migration WHERE plugin = 'inventory'; DELETE FROM tenon.reading WHERE plugin = 'inventory'");
    world.write_library("librogue.so", &artifacts::rogue("shutdown", "segfault-unseen"));
    let run = world.tenon(&["baseline", "--yes", "--as", "ops", "--plugin", "inventory"]).expect_code(0);
    assert!(deaths(&run) == 1 && run.err.contains("outside of requests"), "{run:#?}");
}

#[test]
fn a_heal_is_ended_like_any_program_while_its_plugins_are_tried() {
    for (signal, number) in [("-TERM", 15), ("-INT", 2), ("-KILL", 9)] {
        let world = World::with(&[]);
        let (mut parent, _) = waiting(&world, &["heal", "--yes", "--as", "ops"]);
        let sent = Command::new("kill").args([signal, &parent.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(parent.wait().unwrap().signal(), Some(number), "{signal}");
        assert_eq!(world.ledger(), "");
        let list = world.tenon(&["plugin", "list"]).expect_code(0);
        assert!(!list.out.contains("quarantine"), "{signal}: {list:#?}");
    }
}

/// A command that waits for a plugin, and the process in which it does.
fn waiting(world: &World, arguments: &[&str]) -> (Child, u32) {
    world.write_library("librogue.so", &artifacts::rogue("constructor", "nap"));
    let parent =
        world.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let opening = world.path().join("state/quarantine/opening");
    let until = Instant::now() + Duration::from_secs(20);
    while fs::read_dir(&opening).map_or(0, Iterator::count) == 0 {
        assert!(Instant::now() < until, "nothing is opened");
        thread::sleep(Duration::from_millis(5));
    }
    let id = parent.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let child = children.trim().parse().unwrap();
    (parent, child)
}

#[test]
fn a_check_is_ended_like_any_program_and_leaves_nobody_behind_or_to_blame() {
    for (signal, number) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1), ("-KILL", 9)] {
        let world = World::with(&[]);
        let (mut parent, child) = waiting(&world, &["check"]);
        thread::sleep(Duration::from_millis(100));
        let sent = Command::new("kill").args([signal, &parent.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(parent.wait().unwrap().signal(), Some(number), "{signal}");
        let until = Instant::now() + Duration::from_secs(10);
        while fs::exists(format!("/proc/{child}")).unwrap() {
            assert!(Instant::now() < until, "{signal}: it is left behind");
            thread::sleep(Duration::from_millis(5));
        }
        let list = world.tenon(&["plugin", "list"]).expect_code(0);
        assert!(!list.out.contains("quarantine"), "{signal}: {list:#?}");
    }
}

#[test]
fn the_process_that_loads_plugins_for_a_check_has_no_secrets_in_its_arguments_or_environment() {
    let world = World::with(&[]);
    let (parent, child) = waiting(&world, &["check"]);
    let seen = |what: &str| {
        String::from_utf8_lossy(&fs::read(format!("/proc/{child}/{what}")).unwrap()).into_owned()
    };
    let (environment, arguments) = (seen("environ"), seen("cmdline"));
    assert!(environment.contains("HOME=") && arguments.ends_with("check\0"), "{environment} {arguments}");
    for seen in [environment, arguments] {
        assert!(!seen.contains("postgresql://") && !seen.contains(&world.database.name), "{seen}");
    }
    assert_eq!(parent.wait_with_output().unwrap().status.code(), Some(2), "the migrations are pending");
}
