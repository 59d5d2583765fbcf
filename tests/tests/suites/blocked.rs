//! A heal that others hold up: it is told who does, and with what.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use tenon_host::heal::{HealEvent, HealOutcome, HealRequest};
use tenon_tests::{World, failure_of, request};

/// A world with something pending that changes a table which stands already.
fn with_pending() -> World {
    let world = World::with(&["inventory_1_0"]);
    drop(world.heal_and_prove(&["inventory_1_0"]));
    world.upgrade("inventory_1_0", "inventory");
    world
}

#[test]
fn a_lock_timeout_says_what_was_waited_for_and_who_held_it() {
    for (lock, waited) in [
        ("LOCK TABLE inventory.item IN ACCESS SHARE MODE", "inventory.item: the nightly job (process "),
        (
            "LOCK TABLE tenon.migration IN SHARE MODE",
            "ROW EXCLUSIVE on tenon.migration: the nightly job (process ",
        ),
        (
            "LOCK TABLE tenon.reading IN SHARE MODE",
            "ROW EXCLUSIVE on tenon.reading: the nightly job (process ",
        ),
    ] {
        let world = with_pending();
        world.set("[heal]\nlock_timeout = \"400ms\"\nretries = 1");
        let held = world.database.hold(&format!("SET application_name = 'the nightly job'; {lock}"));
        let host = world.host();
        let (outcome, events) = host.heal_listening();
        let failure = failure_of(outcome);
        let detail = failure.detail.clone().unwrap_or_default();
        let (_, mode) = lock.split_once(" IN ").unwrap();
        let holds = format!("holds {}", mode.trim_end_matches(" MODE"));
        for told in ["it waited for ", waited, "role harness", "since 20", &holds] {
            assert!(detail.contains(told), "{lock}: {told}: {failure:#?}");
        }
        let retried = events.iter().find_map(|event| match event {
            HealEvent::Retrying { failure, .. } => failure.detail.clone(),
            _ => None,
        });
        assert!(retried.is_some_and(|detail| detail.contains("the nightly job")), "{events:#?}");
        let entry = host.audit().entries.remove(0);
        assert_eq!(entry.error.and_then(|error| error.detail), Some(detail), "the log has it too");
        let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(1);
        assert!(run.err.contains("the nightly job (process "), "{}", run.err);
        drop(held);
        assert_eq!(world.host().heal().word(), "succeeded");
    }
}

#[test]
fn a_row_that_somebody_has_changed_names_them_too() {
    let world = with_pending();
    world.set("[heal]\nlock_timeout = \"400ms\"\nretries = 0");
    // The same row of the ledger that the heal will write.
    let row = "INSERT INTO tenon.migration SELECT (jsonb_populate_record(m, '{\"filename\": \"0002_search.sql\"}')).* \
               FROM tenon.migration m WHERE plugin = 'inventory' LIMIT 1";
    let held = world.database.hold(&format!("SET application_name = 'the nightly job'; {row}"));
    let failure = failure_of(world.host().heal());
    let detail = failure.detail.clone().unwrap_or_default();
    assert!(detail.contains("another transaction has changed: the nightly job (process "), "{failure:#?}");
    drop(held);
}

/// Has a heal by `grace` hold the lock on a table that every reading wants, and does something meanwhile.
fn beside_a_heal<T>(world: &World, wait: &str, meanwhile: impl FnOnce(&World) -> T) -> T {
    let host = world.heal_and_prove(&["gallery", "stars"]);
    let bounds = "[database]\nlock_timeout = \"300ms\"\n[heal]\nlock_timeout = \"60s\"\nwait";
    world.set(&format!("{bounds} = \"{wait}\""));
    world.sql("ALTER TABLE stars.item ADD COLUMN note text");
    let finding = host.findings().into_iter().find(|finding| finding.object.ends_with("note")).unwrap();
    drop(host);
    // Its repair has locked the table, and it comes to its reading, and no further.
    let held = world.database.hold("LOCK TABLE tenon.reading IN SHARE MODE");
    let mut first = request();
    first.admin = "grace".to_owned();
    first.repairs.choices = [finding.id.to_string().parse().unwrap()].into();
    first.repairs.allowed = finding.repair.iter().flat_map(|repair| repair.hazards.clone()).collect();
    let healing = world.host();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| healing.heal_as(&first));
        world.database.wait_until_blocked();
        let done = meanwhile(world);
        drop(held);
        let outcome = running.join().unwrap();
        assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
        done
    })
}

#[test]
fn a_second_healer_that_meets_the_firsts_locks_is_told_who_heals() {
    let world = World::with(&["gallery", "stars"]);
    beside_a_heal(&world, "1s", |world| {
        world.install("inventory");
        let check = world.tenon(&["check"]).expect_code(3);
        assert!(check.out.contains("tenon heal") && check.out.contains("grace"), "{}", check.out);
        let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(4);
        assert!(
            run.err.contains("another heal holds the lock") && run.err.contains("a heal by grace"),
            "{}",
            run.err
        );
        let run = world.tenon(&["baseline", "--yes", "--as", "ops", "--plugin", "inventory"]).expect_code(4);
        assert!(run.err.contains("a heal by grace"), "{}", run.err);
        let outcome = world.host().heal_as(&HealRequest { admin: "ops".to_owned(), ..request() });
        match outcome {
            HealOutcome::Busy { holder } => assert_eq!(holder.admin.as_deref(), Some("grace"), "{holder:#?}"),
            other => panic!("{other:#?}"),
        }
        let serving = world.serve();
        let hash = "0".repeat(64);
        let answer = serving
            .post_as_admin("/api/v1/heal", &serde_json::json!({ "plan_hash": hash }))
            .expect_status(409);
        assert!(answer.text.contains("\"busy\"") && answer.text.contains("grace"), "{}", answer.text);
    });
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
}

#[test]
fn a_second_healer_waits_for_the_first_to_end_and_then_heals() {
    let world = World::with(&["gallery", "stars"]);
    let mut second = beside_a_heal(&world, "60s", |world| {
        world.install("inventory");
        let mut command = world.command();
        command.args(["heal", "--yes", "--as", "ops"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut second = command.spawn().unwrap();
        let mut said = BufReader::new(second.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.any(|line| line.contains("Waiting for what a heal by grace")), "it did not wait");
        // It goes on saying so.
        std::thread::spawn(move || said.count());
        second
    });
    assert!(second.wait().unwrap().success());
    world.tenon(&["check"]).expect_code(0);
}
