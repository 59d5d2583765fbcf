//! The heal: all or nothing, verified, by whichever way it was asked for.

use std::collections::BTreeSet;

use tenon_host::heal::{HealEvent, HealOutcome, HealRequest};
use tenon_migrations_core::health::{Serving, Status};
use tenon_migrations_core::migration::Checksum;
use tenon_tests::{World, artifacts, failure_of, request};

const SAMPLES: [&str; 4] = ["identity", "inventory", "orders", "reporting"];

/// Why a heal was refused: rule, place and excerpt of each reason.
fn refusals(world: &World) -> String {
    let outcome = world.host().heal();
    let HealOutcome::Refused { plan } = outcome else { panic!("{outcome:#?}") };
    let told =
        plan.refusals.iter().map(|refusal| format!("{} {} {}", refusal.rule, refusal.place, refusal.excerpt));
    told.collect::<Vec<_>>().join("\n")
}

/// What a heal that did not come to its end must have left as it was.
fn untouched(world: &World) -> (String, String) {
    (world.database.schema(), world.ledger())
}

#[test]
fn a_heal_tells_every_step_in_order() {
    let world = World::with(&["identity"]);
    let (outcome, events) = world.host().heal_listening();
    assert_eq!(outcome.word(), "succeeded");
    let told: Vec<_> = events
        .iter()
        .filter(|event| !matches!(event, HealEvent::StatementDone { .. }))
        .map(|event| serde_json::to_value(event).unwrap())
        .map(|event| {
            format!("{} {}", event["event"].as_str().unwrap(), event["migration"].as_str().unwrap_or(""))
        })
        .map(|line| line.trim_end().to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r###"
    planned
    migration_started core/0001_ledger.sql
    migration_done core/0001_ledger.sql
    migration_started core/0002_reading.sql
    migration_done core/0002_reading.sql
    migration_started core/0003_audit.sql
    migration_done core/0003_audit.sql
    migration_started core/0004_administration.sql
    migration_done core/0004_administration.sql
    migration_started core/0005_shared.sql
    migration_done core/0005_shared.sql
    migration_started core/0006_hosts.sql
    migration_done core/0006_hosts.sql
    migration_started core/0007_jobs.sql
    migration_done core/0007_jobs.sql
    migration_started core/0008_caller.sql
    migration_done core/0008_caller.sql
    migration_started core/0009_events.sql
    migration_done core/0009_events.sql
    migration_started core/0010_called.sql
    migration_done core/0010_called.sql
    migration_started core/0011_settings.sql
    migration_done core/0011_settings.sql
    migration_started identity/0001_accounts.sql
    migration_done identity/0001_accounts.sql
    migration_started identity/0002_public_id.sql
    migration_done identity/0002_public_id.sql
    verifying
    committing
    ended
    "###);
    world.prove(&["identity"]);
}

#[test]
fn a_second_heal_has_nothing_to_do_and_records_nothing() {
    let world = World::with(&["inventory"]);
    let host = world.heal_and_prove(&["inventory"]);
    let contents = world.database.contents();
    assert_eq!(host.heal().word(), "nothing_to_do");
    assert_eq!(world.database.contents(), contents);
}

#[test]
fn every_migration_is_in_the_ledger_with_its_sha256() {
    let world = World::with(&SAMPLES);
    drop(world.heal_and_prove(&SAMPLES));
    let mut expected: Vec<_> = tenon_tests::files_of(&SAMPLES)
        .iter()
        .map(|file| {
            let plugin = file.parent().unwrap().parent().unwrap().file_name().unwrap().to_str().unwrap();
            let plugin = if plugin == "host" { "core" } else { plugin };
            let name = file.file_name().unwrap().to_str().unwrap();
            format!("{plugin}/{name}|{}", Checksum::of(std::fs::read(file).unwrap()))
        })
        .collect();
    expected.sort();
    let ledger = world.ledger();
    let mut rows: Vec<_> = ledger.lines().map(str::to_owned).collect();
    rows.sort();
    assert_eq!(rows, expected);
}

#[test]
fn invariant_2_one_failing_statement_leaves_no_trace_in_any_plugin() {
    let world = World::with(&["identity_1_0"]);
    drop(world.heal_and_prove(&["identity_1_0"]));
    // Three plugins are pending now, and the last of them fails.
    world.install("inventory");
    world.upgrade("identity_1_0", "identity");
    world.install("fails_late");
    let before = untouched(&world);
    let host = world.host();
    let failure = failure_of(host.heal());
    assert_eq!(untouched(&world), before);
    assert_eq!(
        (failure.file.as_deref(), failure.statement, failure.line, failure.sqlstate.as_deref()),
        (Some("fails_late/0002_rows.sql"), Some(3), Some(6), Some("22012"))
    );
    // Left out, it does not keep the others from being healed.
    let without = BTreeSet::from(["fails_late".parse().unwrap()]);
    let outcome = host.heal_as(&HealRequest { without, ..request() });
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.remove("fails_late");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn invariant_2_a_very_first_heal_that_fails_leaves_an_empty_database() {
    let world = World::with(&["identity", "fails_late"]);
    let empty = world.database.schema();
    let host = world.host();
    failure_of(host.heal());
    assert_eq!(world.database.schema(), empty);
    let log = host.audit();
    assert_eq!(log.entries.len(), 1, "{log:#?}");
    assert!(log.entries[0].spooled, "there is no table to hold it yet");
    world.remove("fails_late");
    drop(world.heal_and_prove(&["identity"]));
    let log = world.host().audit();
    let told: Vec<_> = log.entries.iter().map(|entry| (entry.result, entry.spooled)).collect();
    insta::assert_debug_snapshot!(told, @r###"
    [
        (
            Succeeded,
            false,
        ),
        (
            Failed,
            false,
        ),
    ]
    "###);
}

#[test]
fn sql_that_the_server_cannot_parse_leaves_no_trace_and_is_told_with_its_place() {
    let world = World::with(&["inventory", "bad_syntax"]);
    let empty = world.database.contents();
    let failure = failure_of(world.host().heal());
    assert_eq!(
        (failure.file.as_deref(), failure.line, failure.column, failure.sqlstate.as_deref()),
        (Some("bad_syntax/0001_tables.sql"), Some(3), Some(8), Some("42601"))
    );
    assert_eq!(world.database.contents(), empty);
}

#[test]
fn sql_that_cannot_be_split_into_statements_is_refused_before_anything_runs() {
    let world = World::with(&["inventory", "unterminated"]);
    let empty = world.database.contents();
    insta::assert_snapshot!(refusals(&world), @"syntax unterminated/0001_tables.sql:3:35");
    assert_eq!(world.database.contents(), empty);
}

#[test]
fn a_commit_in_a_migration_is_refused_before_anything_runs() {
    let world = World::with(&["inventory", "commits"]);
    let empty = world.database.contents();
    insta::assert_snapshot!(refusals(&world), @"transaction-control commits/0001_tables.sql:5:1 COMMIT");
    assert_eq!(world.database.contents(), empty);
    assert_eq!(world.host().audit().entries.len(), 0, "nothing was started");
}

#[test]
fn a_commit_hidden_in_a_procedure_does_not_get_through_either() {
    let world = World::with(&["inventory", "commits_hidden"]);
    let empty = world.database.schema();
    let failure = failure_of(world.host().heal());
    assert_eq!(failure.sqlstate.as_deref(), Some("2D000"), "invalid transaction termination: {failure:#?}");
    assert_eq!(world.database.schema(), empty);
}

#[test]
fn descriptors_that_are_not_what_the_migrations_make_are_not_committed() {
    let world = World::with(&["mismatched"]);
    let empty = world.database.schema();
    let failure = failure_of(world.host().heal());
    assert_eq!(failure.stage.words(), "verify");
    insta::assert_snapshot!(failure.differences.join("\n"), @r###"
    Mismatched Plugin: column mismatched.thing.colour is missing
    Mismatched Plugin: column mismatched.thing.size: type expected bigint, found integer
    Mismatched Plugin: column mismatched.thing.size: NOT NULL expected no, found yes
    "###);
    assert_eq!(world.database.schema(), empty);
}

#[test]
fn an_edited_history_is_not_built_upon() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.sql("UPDATE tenon.migration SET checksum = repeat('0', 64), tokens = NULL WHERE filename = '0001_accounts.sql'");
    world.sql("DELETE FROM tenon.migration WHERE filename = '0002_public_id.sql'");
    let before = untouched(&world);
    let outcome = world.host().heal();
    let HealOutcome::Refused { plan } = outcome else { panic!("{outcome:#?}") };
    assert_eq!(plan.refusals[0].rule, "edited-history");
    assert_eq!(untouched(&world), before);
}

#[test]
fn a_plan_that_changed_since_it_was_reviewed_is_not_run() {
    let world = World::with(&["inventory"]);
    let reviewed = world.host().plan().hash;
    world.install("identity");
    let host = world.host();
    let empty = world.database.schema();
    let outcome = host.heal_as(&HealRequest { reviewed: Some(reviewed), ..request() });
    let HealOutcome::PlanChanged { plan } = outcome else { panic!("{outcome:#?}") };
    assert_eq!(plan.hash, host.plan().hash, "it gives the plan to look at");
    assert_eq!(world.database.schema(), empty);
    let outcome = host.heal_as(&HealRequest { reviewed: Some(plan.hash), ..request() });
    assert_eq!(outcome.word(), "succeeded");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn one_migration_does_not_feel_what_the_one_before_it_has_left_in_the_session() {
    let world = World::with(&["leaves_settings"]);
    drop(world.heal_and_prove(&["leaves_settings"]));
    let found = world.sql("SELECT name, value FROM leaves_settings.second ORDER BY name");
    let expected = "kept|\nleaves.own|\nsearch_path|public\nsession_replication_role|origin\nwork_mem|4MB";
    assert_eq!(found, expected);
    // Nor where they are applied again.
    world.install("shelf");
    world.tenon(&["plan", "--rehearse"]).expect_code(2);
}

#[test]
fn each_migration_finds_deferred_constraints_as_in_a_transaction_of_its_own() {
    let world = World::with(&["defers"]);
    drop(world.heal_and_prove(&["defers"]));
    assert_eq!(world.sql("SELECT count(*) FROM defers.child"), "3");
}

#[test]
fn a_deferred_constraint_left_violated_is_told_of_the_migration_that_left_it() {
    let world = World::with(&["violates"]);
    let empty = world.database.schema();
    let failure = failure_of(world.host().heal());
    let told = (failure.file.as_deref(), failure.statement, failure.sqlstate.as_deref());
    assert_eq!(told, (Some("violates/0001_no_parent.sql"), None, Some("23503")), "{failure:#?}");
    assert_eq!(world.database.schema(), empty);
}

#[test]
fn a_heal_that_finds_another_at_work_is_told_who_it_is() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.set("[heal]\nwait = \"100ms\"");
    world.install("identity");
    let (first, second) = (world.host(), world.host());
    // The first heal comes to its ledger row, and no further.
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| first.heal_as(&HealRequest { admin: "grace".to_owned(), ..request() }));
        world.database.wait_until(
            "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        let outcome = second.heal();
        let HealOutcome::Busy { holder } = &outcome else { panic!("{outcome:#?}") };
        assert_eq!(holder.admin.as_deref(), Some("grace"));
        drop(held);
        assert_eq!(running.join().unwrap().word(), "succeeded");
    });
    world.prove(&["identity", "inventory"]);
}

#[test]
fn an_upgrade_keeps_the_rows_and_normalizes_them() {
    let world = World::with(&["identity_1_0", "inventory_1_0"]);
    let host = world.heal_and_prove(&["identity_1_0", "inventory_1_0"]);
    world.sql(
        "INSERT INTO identity.account (email, display_name) VALUES ('ana@example.org', 'Ana'), ('bo@example.org', 'Bo');
         INSERT INTO inventory.item (sku, name, qty, price, state) VALUES ('A-1', 'Anvil', 3, 9.50, 'active')",
    );
    drop(host);
    world.upgrade("identity_1_0", "identity");
    world.upgrade("inventory_1_0", "inventory");
    let host = world.host();
    assert_eq!(host.plugin("inventory").line, "Inventory Plugin: 2 pending migrations");
    assert_eq!(host.plugin("identity").line, "Identity Plugin: 1 pending migration");
    assert_eq!(host.plugin("inventory").serving, Serving::Held);
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(host.check().status, Status::Healthy);
    world.prove(&["identity", "inventory"]);
    let accounts = "SELECT email, public_id IS NOT NULL, count(*) OVER (), count(public_id) OVER () FROM identity.account ORDER BY id";
    assert_eq!(world.sql(accounts), "ana@example.org|t|2|2\nbo@example.org|t|2|2");
    assert_eq!(world.sql("SELECT count(DISTINCT public_id) FROM identity.account"), "2");
    assert_eq!(
        world.sql("SELECT sku, qty, price, state, reorder_level FROM inventory.item"),
        "A-1|3|9.50|active|0"
    );
    let answer = host.call("identity", "GET /accounts", "").unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn invariant_3_page_program_and_api_do_the_same_but_for_source_and_id() {
    let [by_page, by_program, by_api] = [(); 3].map(|()| World::with(&SAMPLES));
    by_program.tenon(&["heal", "--yes", "--as", "admin"]).expect_code(0);
    let serving = by_api.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let body = serde_json::json!({ "plan_hash": plan["hash"] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(200);
    let serving = by_page.serve();
    assert_eq!(serving.log_in().status, 200);
    let answer = serving.post_form("/heal", &[("plan_hash", plan["hash"].as_str().unwrap())]);
    assert_eq!(answer.status, 200, "{answer:#?}");
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    let of = |world: &World| {
        world.prove(&SAMPLES);
        let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
        let mut entry = log["entries"][0].clone();
        let source = entry["source"].take();
        // What differs from run to run; who, what and how it ended does not.
        for key in ["heal", "host", "started_at", "finished_at", "duration_ms"] {
            assert!(!entry[key].take().is_null(), "{key} is not told: {log:#}");
        }
        for timed in entry["migrations"].as_array_mut().unwrap() {
            assert!(timed["duration_ms"].take().is_u64(), "{log:#}");
        }
        let readings =
            world.sql("SELECT plugin, descriptors, md5(objects) FROM tenon.reading ORDER BY plugin");
        (source, (world.database.schema(), world.ledger(), readings, entry.to_string()))
    };
    let [(page, by_page), (program, by_program), (api, by_api)] = [&by_page, &by_program, &by_api].map(of);
    assert_eq!([page, program, api], ["web", "cli", "api"]);
    assert_eq!(by_page, by_program);
    assert_eq!(by_page, by_api);
}

/// A world with these copies of the plugin of many small migrations.
fn many(ids: &[&str]) -> World {
    let world = World::with(&[]);
    for id in ids {
        world.write_library(&format!("lib{id}.so"), &artifacts::many_migrations(id));
    }
    world
}

#[test]
fn migrations_that_the_ledger_takes_in_several_writes_stand_in_it_in_their_order() {
    let world = many(&["many_001", "many_002", "many_003", "many_004"]);
    let host = world.host();
    let planned = host.plan().files();
    assert!(planned.len() > 64, "there are only {} migrations", planned.len());
    let (outcome, events) = host.heal_listening();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let applied =
        "SELECT plugin || '/' || filename FROM tenon.migration ORDER BY applied_at, plugin, filename";
    assert_eq!(world.sql(applied), planned.join("\n"));
    let done = events.iter().filter_map(|event| match event {
        HealEvent::MigrationDone { migration, .. } => Some(migration.to_string()),
        _ => None,
    });
    assert_eq!(done.collect::<Vec<_>>(), planned);
}

#[test]
fn of_all_that_was_sent_the_statement_that_failed_is_told() {
    let world = many(&["many_001", "many_002", "many_003"]);
    world.sql("CREATE SCHEMA many_002");
    let before = untouched(&world);
    let failure = failure_of(world.host().heal());
    assert_eq!(failure.file.as_deref(), Some("many_002/0001_step.sql"));
    assert_eq!((failure.statement, failure.sqlstate.as_deref()), (Some(1), Some("42P06")));
    assert_eq!(untouched(&world), before);
}

#[test]
fn what_a_heal_hands_to_the_check_after_it_is_what_a_check_reads_afresh() {
    let world = World::with(&SAMPLES);
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let told = || {
        let report = host.check();
        serde_json::to_value((report.status, &report.plugins, &report.unmanaged, &report.announced)).unwrap()
    };
    let handed = told();
    host.wait(host.host.forget());
    assert_eq!(handed, told());
    world.sql("ALTER TABLE inventory.item ADD COLUMN by_hand text");
    assert_eq!(host.check().status, Status::Drifted);
}
