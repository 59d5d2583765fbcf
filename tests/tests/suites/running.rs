//! A heal while it runs: tried again, stopped, told of, and one at a time.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};

use serde_json::json;
use tenon_host::audit::AuditResult;
use tenon_host::heal::{HealEvent, HealOutcome, HealRequest};
use tenon_migrations_core::health::Status;
use tenon_tests::{World, request};

/// A heal comes to its ledger row, and no further.
const BLOCK: &str = "LOCK TABLE tenon.migration IN SHARE MODE";

/// A world whose host has healed once, so that there is a ledger to lock, and that has something pending.
fn with_pending() -> World {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The events of the last heal in the log: name and attempt.
fn events_of_last(world: &World) -> String {
    world.sql("SELECT event, attempt FROM tenon.audit WHERE heal = (SELECT heal FROM tenon.audit ORDER BY seq DESC LIMIT 1) ORDER BY seq")
}

#[test]
fn a_lock_timeout_is_tried_again_and_each_attempt_is_recorded() {
    let world = with_pending();
    world.set("[heal]\nlock_timeout = \"200ms\"");
    let host = world.host();
    let held = world.database.hold(BLOCK);
    let told = Arc::new(Mutex::new(Vec::new()));
    let (tell, hears) = mpsc::channel();
    let sink = Arc::clone(&told);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Whoever was in the way goes away after the first attempt.
            hears.recv().unwrap();
            drop(held);
        });
        let on = move |event: &HealEvent| {
            if matches!(event, HealEvent::Retrying { .. }) {
                let _ = tell.send(());
                sink.lock().unwrap().push(serde_json::to_value(event).unwrap());
            }
        };
        host.wait(host.host.heal(request(), Arc::new(on)))
    });
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.prove(&["identity", "inventory"]);
    let told = told.lock().unwrap();
    assert_eq!((&told[0]["attempt"], &told[0]["failure"]["sqlstate"]), (&json!(1), &json!("55P03")));
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.result, entry.attempts.len()), (AuditResult::Succeeded, told.len()), "{entry:#?}");
    let failure = &entry.attempts[0].failure;
    assert_eq!(failure.sqlstate.as_deref(), Some("55P03"));
    assert!(failure.message.contains("lock timeout"), "{failure:#?}");
    let events = events_of_last(&world);
    assert!(
        events.starts_with("started|1\ntransaction|1\nretried|1\ntransaction|2\n")
            && events.ends_with(&format!("succeeded|{}", told.len() + 1)),
        "{events}"
    );
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn a_lock_that_stays_ends_the_heal_after_as_many_retries_as_configured() {
    let world = with_pending();
    world.set("[heal]\nlock_timeout = \"100ms\"\nretries = 2");
    let before = world.ledger();
    let held = world.database.hold(BLOCK);
    let host = world.host();
    let HealOutcome::Failed { failure, .. } = host.heal() else { panic!("it was to fail") };
    drop(held);
    assert_eq!(failure.sqlstate.as_deref(), Some("55P03"));
    assert_eq!(
        events_of_last(&world),
        "started|1\ntransaction|1\nretried|1\ntransaction|2\nretried|2\ntransaction|3\nfailed|3"
    );
    assert_eq!(world.ledger(), before);
    let text = world.tenon(&["audit", "list"]).expect_code(0).out;
    assert!(text.contains("(attempt 3)"), "{text}");
    drop(world.heal_and_prove(&["identity", "inventory"]));
}

#[test]
fn what_does_not_pass_by_itself_is_not_tried_again() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("fails_late");
    let host = world.host();
    assert_eq!(host.heal().word(), "failed");
    assert_eq!(events_of_last(&world), "started|1\ntransaction|1\nfailed|1");
}

#[test]
fn a_signal_stops_the_statement_that_runs_and_rolls_everything_back() {
    for name in ["-INT", "-TERM"] {
        let world = with_pending();
        let before = (world.database.schema(), world.ledger());
        let held = world.database.hold(BLOCK);
        let mut command = world.command();
        let healing = command.args(["heal", "--yes", "--as", "ops"]).stderr(Stdio::piped()).spawn().unwrap();
        world.database.wait_until_blocked();
        signal(&healing, name);
        let ended = healing.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(6), "{said}");
        assert!(said.contains("the heal was stopped; everything was rolled back"), "{said}");
        drop(held);
        assert_eq!((world.database.schema(), world.ledger()), before);
        let entry = world.host().audit().entries.remove(0);
        assert_eq!((entry.result, entry.spooled), (AuditResult::Cancelled, false), "{entry:#?}");
        let by = entry.cancelled_by.unwrap();
        assert!(by.starts_with("ops ("), "{by}");
        drop(world.heal_and_prove(&["identity", "inventory"]));
    }
}

#[test]
fn a_heal_is_stopped_over_the_api_and_its_own_answer_says_by_whom() {
    let world = with_pending();
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").json();
    let before = world.ledger();
    let held = world.database.hold(BLOCK);
    let outcome = std::thread::scope(|scope| {
        let healing = scope
            .spawn(|| serving.another().post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] })));
        world.database.wait_until_blocked();
        let running = serving.get_as_admin("/api/v1/heal").expect_status(200).json();
        assert_eq!((&running["running"], &running["admin"]), (&json!(true), &json!("admin")), "{running:#}");
        let id = running["heal"].as_str().unwrap();
        serving.post_as_admin(&format!("/api/v1/heals/{id}/cancel"), &json!({})).expect_status(202);
        healing.join().unwrap()
    });
    drop(held);
    let problem = outcome.expect_status(409).json();
    assert_eq!((&problem["code"], &problem["outcome"]["by"]), (&json!("cancelled"), &json!("admin")));
    assert_eq!(world.ledger(), before);
    let nobody = "/api/v1/heals/00000000-0000-7000-8000-000000000000/cancel";
    serving.post_as_admin(nobody, &json!({})).expect_status(404);
    let entry = &serving.get_as_admin("/api/v1/audit").json()["entries"][0];
    assert_eq!((&entry["result"], &entry["cancelled_by"]), (&json!("cancelled"), &json!("admin")));
}

#[test]
fn a_heal_of_a_command_is_stopped_from_a_host_and_the_log_says_by_whom() {
    let world = with_pending();
    world.set("[heal]\nlock_timeout = \"60s\"");
    let serving = world.serve();
    let (before, held) = (world.ledger(), world.database.hold(BLOCK));
    let mut command = world.command();
    let healing = command.args(["heal", "--yes", "--as", "ops"]).stderr(Stdio::piped()).spawn().unwrap();
    world.database.wait_until_blocked();
    let running = serving.until("/api/v1/heal", |answer| !answer.json()["heal"].is_null()).json();
    assert_eq!((&running["admin"], &running["here"]), (&json!("ops"), &json!(false)), "{running:#}");
    let cancel = format!("/api/v1/heals/{}/cancel", running["heal"].as_str().unwrap());
    serving.post_as_admin(&cancel, &json!({})).expect_status(202);
    let ended = healing.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(6), "{said}");
    drop(held);
    assert_eq!(world.ledger(), before);
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    let (word, heal) = (&log["entries"][0], &log["entries"][1]);
    let (word, heal) = if word["action"].is_null() { (heal, word) } else { (word, heal) };
    assert_eq!((&word["action"], &word["admin"]), (&json!("stop_heal"), &json!("admin")), "{log:#}");
    assert_eq!(word["stopped"], running["heal"]);
    assert_eq!((&heal["result"], &heal["cancelled_by"]), (&json!("cancelled"), &json!("admin")), "{log:#}");
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn a_host_that_is_told_to_end_stops_its_heal_and_records_that() {
    let world = with_pending();
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").json();
    let held = world.database.hold(BLOCK);
    let (other, hash) = (serving.another(), plan["hash"].clone());
    std::thread::spawn(move || other.try_post_as_admin("/api/v1/heal", &json!({ "plan_hash": hash })));
    world.database.wait_until_blocked();
    assert_eq!(serving.stop(), 0);
    drop(held);
    let entry = world.host().audit().entries.remove(0);
    assert_eq!(entry.result, AuditResult::Cancelled, "{entry:#?}");
    assert_eq!(entry.cancelled_by.as_deref(), Some("the host, which is stopping"));
}

#[test]
fn what_the_server_says_during_a_migration_is_told_and_by_which() {
    let world = World::with(&["talks"]);
    let (outcome, events) = world.host().heal_listening();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let talks = events.iter().skip_while(|event| {
        !matches!(event, HealEvent::MigrationStarted { migration, .. } if migration.plugin.as_str() == "talks")
    });
    let until_done = talks.take_while(|event| !matches!(event, HealEvent::MigrationDone { .. }));
    let notices: Vec<_> = until_done.filter(|event| matches!(event, HealEvent::Notice { .. })).collect();
    let [HealEvent::Notice { during, severity, message }] = notices.as_slice() else {
        panic!("{notices:#?}")
    };
    assert_eq!(
        (during.as_str(), severity.as_str(), message.as_str()),
        ("talks/0001_tables.sql", "WARNING", "there were 7 things")
    );
}

#[test]
fn a_second_heal_is_told_who_heals_and_how_far_while_it_waits_and_in_the_end() {
    let world = with_pending();
    world.set("[heal]\nwait = \"1500ms\"\nlock_timeout = \"30s\"");
    let (first, second) = (world.host(), world.host());
    let held = world.database.hold(BLOCK);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| first.heal_as(&HealRequest { admin: "grace".to_owned(), ..request() }));
        world.database.wait_until_blocked();
        let (outcome, events) = second.heal_listening();
        let HealOutcome::Busy { holder } = &outcome else { panic!("{outcome:#?}") };
        assert_eq!(holder.admin.as_deref(), Some("grace"));
        assert!(holder.heal.is_some() && holder.since.is_some(), "{holder:#?}");
        assert_eq!(holder.progress, Some((0, 3)), "{holder:#?}");
        let host = holder.host.as_deref().unwrap();
        let said = holder.to_string();
        assert!(
            said.starts_with(&format!("a heal by grace on {host}, since 20"))
                && said.contains("0 of 3 done; it waits since ")
                && said.contains(" s for ROW EXCLUSIVE on tenon.migration: psql (process "),
            "{said}"
        );
        let waiting = events.iter().filter(|event| matches!(event, HealEvent::Waiting { .. })).count();
        assert!(waiting >= 2, "{events:#?}");
        let text = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(4).err;
        assert!(text.contains("a heal by grace on"), "{text}");
        drop(held);
        assert_eq!(running.join().unwrap().word(), "succeeded");
    });
    world.prove(&["identity", "inventory"]);
    let entries = second.audit().entries;
    let results: Vec<_> = entries.iter().map(|entry| entry.result).collect();
    let (away, did) = (AuditResult::TurnedAway, AuditResult::Succeeded);
    assert_eq!(results, [away, away, did, did], "who was told to wait has not failed");
    assert!(world.tenon(&["audit", "list"]).out.contains("turned away"));
}

#[test]
fn the_name_of_a_heals_session_tells_its_host_and_its_id_however_long_the_administrators_name_is() {
    let world = with_pending();
    let admin = "Zoë ".repeat(25);
    let host = world.host();
    let held = world.database.hold(BLOCK);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| host.heal_as(&HealRequest { admin: admin.clone(), ..request() }));
        world.database.wait_until_blocked();
        let name = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'tenon heal %' AND datname = current_database()";
        let name = world.sql(name);
        let running_heal = host.host.running_heal().unwrap();
        let id = running_heal.heal.unwrap().simple().to_string();
        assert!(name.ends_with(&format!(":{} ({})", std::process::id(), &id[24..])), "{name} {id}");
        assert!(name.starts_with("tenon heal 0/3 by Zo? Zo?"), "{name}");
        drop(held);
        assert_eq!(running.join().unwrap().word(), "succeeded");
    });
}

#[test]
fn sixteen_hosts_healing_at_once_one_does_and_fifteen_say_who_did() {
    let world = World::with(&["identity", "inventory"]);
    world.set("[heal]\nwait = \"60s\"");
    let reviewed = Some(world.host().plan().hash);
    let begin = Barrier::new(16);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let heals: Vec<_> = (0..16)
            .map(|number| {
                let (world, begin) = (&world, &begin);
                scope.spawn(move || {
                    let host = world.host_in(&format!("state-{number}"));
                    begin.wait();
                    let outcome = host.heal_as(&HealRequest {
                        admin: format!("admin {number}"),
                        reviewed,
                        ..request()
                    });
                    (format!("admin {number}"), outcome)
                })
            })
            .collect();
        heals.into_iter().map(|heal| heal.join().unwrap()).collect()
    });
    let did: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.word() == "succeeded").collect();
    let [(who, _)] = did.as_slice() else { panic!("{outcomes:#?}") };
    for (_, outcome) in outcomes.iter().filter(|(admin, _)| admin != who) {
        let HealOutcome::Overtaken { by } = outcome else { panic!("{outcome:#?}") };
        assert_eq!(&by.admin, who);
    }
    world.prove(&["identity", "inventory"]);
    // What the hosts could not write before there was a log, they write when they are asked next.
    for number in 0..16 {
        let host = world.host_in(&format!("state-{number}"));
        host.wait(host.host.close_open_entries());
    }
    let ends = "SELECT event, count(*) FROM tenon.audit WHERE event IN ('succeeded', 'failed', 'cancelled') GROUP BY event ORDER BY event";
    let ends = world.sql(ends);
    assert!(ends.ends_with("succeeded|1"), "{ends}");
    let open = "SELECT count(DISTINCT heal) - count(*) FILTER (WHERE event IN ('succeeded', 'failed', 'cancelled')) FROM tenon.audit";
    assert_eq!(world.sql(open), "0", "every heal has one end");
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn the_page_of_a_second_host_becomes_true_without_a_click() {
    let world = World::with(&["identity"]);
    let serving = world.serve();
    assert_eq!(serving.get_as_admin("/api/v1/health").json()["status"], "drifted");
    let listens = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenon listens' AND state = 'idle'";
    world.database.wait_until(listens);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    // Also after the connection that listens was lost.
    world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenon listens'");
    world.database.wait_until(listens);
    world.sql("ALTER TABLE identity.account ADD COLUMN extra int; SELECT pg_notify('tenon', '{}')");
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "drifted");
}

#[test]
fn the_same_key_never_heals_twice_and_is_answered_as_before() {
    let world = World::with(&["identity"]);
    let key = |key: &str| HealRequest { idempotency_key: Some(key.parse().unwrap()), ..request() };
    let first = world.host();
    let plan = first.plan().hash;
    let HealOutcome::Succeeded { heal, files, .. } =
        first.heal_as(&HealRequest { reviewed: Some(plan), ..key("monday") })
    else {
        panic!("it was to succeed")
    };
    // Another host, after a restart, with something else pending meanwhile.
    world.install("inventory");
    let other = world.host_in("elsewhere");
    let again = other.heal_as(&HealRequest { reviewed: Some(plan), ..key("monday") });
    let HealOutcome::Succeeded { heal: same, files: as_before, .. } = again else { panic!("{again:#?}") };
    assert_eq!((same, as_before), (heal, files));
    assert_eq!(other.audit().entries.len(), 1);
    // A key belongs to what it was used for.
    let now = other.plan().hash;
    assert_eq!(other.heal_as(&HealRequest { reviewed: Some(now), ..key("monday") }).word(), "key_reused");
    assert_eq!(other.heal_as(&HealRequest { reviewed: Some(now), ..key("tuesday") }).word(), "succeeded");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn a_failure_is_the_answer_to_its_key_too() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("fails_late");
    let serving = world.serve();
    let body = json!({ "plan_hash": serving.get_as_admin("/api/v1/plan").json()["hash"] });
    let post = |key: &str| serving.post_with_key("/api/v1/heal", key, &body);
    let first = post("a-key").expect_status(500).json();
    let second = post("a-key").expect_status(500).json();
    assert_eq!(first["outcome"], second["outcome"]);
    assert_eq!(world.sql("SELECT count(*) FROM tenon.audit WHERE event = 'failed'"), "1");
    post("another-key").expect_status(500);
    assert_eq!(world.sql("SELECT count(*) FROM tenon.audit WHERE event = 'failed'"), "2");
    assert_eq!(post("two words").status, 400);
    let by_program = world.tenon(&["heal", "--yes", "--as", "ops", "--idempotency-key", "a-key"]);
    assert!(by_program.expect_code(1).err.contains("division by zero"));
}

#[test]
fn a_log_that_does_not_answer_does_not_hold_the_heal_up_and_loses_nothing() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("fails_late");
    let host = world.host();
    let held = world.database.hold(BLOCK);
    let frozen = std::thread::scope(|scope| {
        let healing = scope.spawn(|| host.heal());
        world.database.wait_until_blocked();
        let journal = world.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tenon journal%' AND datname = current_database()");
        assert!(Command::new("kill").args(["-STOP", &journal]).status().unwrap().success());
        drop(held);
        let outcome = healing.join().unwrap();
        assert_eq!(outcome.word(), "failed", "{outcome:#?}");
        journal
    });
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.result, entry.spooled), (AuditResult::Failed, false), "{entry:#?}");
    assert!(Command::new("kill").args(["-CONT", &frozen]).status().unwrap().success());
    host.wait(host.host.close_open_entries());
    assert_eq!(events_of_last(&world), "started|1\ntransaction|1\nfailed|1");
    let entry = host.audit().entries.remove(0);
    assert_eq!(entry.error.unwrap().sqlstate.as_deref(), Some("22012"));
    assert_eq!(host.check().status, Status::Drifted);
}

#[test]
fn a_heal_that_was_killed_before_it_had_a_transaction_is_closed_at_once() {
    let world = with_pending();
    // It comes to the entry of its transaction, and no further.
    world.sql(
        "CREATE FUNCTION public.rest() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN new; END';
         CREATE TRIGGER rest BEFORE INSERT ON tenon.audit FOR EACH ROW WHEN (new.event = 'transaction')
         EXECUTE FUNCTION public.rest()",
    );
    let rests = "datname = current_database() AND wait_event = 'PgSleep'";
    let mut command = world.command();
    let mut healing = command.args(["heal", "--yes", "--as", "ops"]).stderr(Stdio::null()).spawn().unwrap();
    world.database.wait_until(&format!("SELECT count(*) > 0 FROM pg_stat_activity WHERE {rests}"));
    let resolved = world.tenon(&["audit", "resolve"]).expect_code(0).out;
    assert!(!resolved.contains("1 entry"), "while it lives: {resolved}");
    healing.kill().unwrap();
    healing.wait().unwrap();
    world.sql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {rests}"));
    world.sql("DROP FUNCTION public.rest CASCADE");
    let resolved = world.tenon(&["audit", "resolve"]).expect_code(0).out;
    assert!(resolved.contains("1 entry was closed"), "{resolved}");
    assert_eq!(events_of_last(&world), "started|1\nfailed|1");
    drop(world.heal_and_prove(&["identity", "inventory"]));
}
