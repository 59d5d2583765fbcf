//! Every heal leaves a truthful entry.

use tenon_host::postgres::audit::AuditResult;
use tenon_host::postgres::heal::{HealRequest, Source};
use tenon_tests::{World, request};

#[test]
fn an_entry_says_who_when_what_and_how_it_ended() {
    let world = World::with(&["identity"]);
    let host = world.host();
    let plan = host.plan();
    host.heal_as(&HealRequest { admin: "grace".to_owned(), source: Source::Web, ..request() });
    let log = host.audit();
    let [entry] = log.entries.as_slice() else { panic!("{log:#?}") };
    assert_eq!(
        (entry.admin.as_str(), entry.source, entry.result),
        ("grace", Source::Web, AuditResult::Succeeded)
    );
    assert_eq!(entry.files, plan.files());
    assert_eq!(entry.plan_hash, plan.hash.to_string());
    assert!(entry.finished_at.is_some_and(|finished| finished >= entry.started_at));
    assert!(entry.versions.iter().any(|version| version == "identity 1.1.0"), "{:?}", entry.versions);
    assert!(entry.error.is_none() && !entry.spooled);
}

#[test]
fn invariant_4_a_failed_heal_is_recorded_with_file_line_and_sqlstate() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("fails_late");
    let host = world.host();
    assert_eq!(host.heal().word(), "failed");
    let log = host.audit();
    assert_eq!(log.entries.len(), 2, "{log:#?}");
    let entry = &log.entries[0];
    assert_eq!(entry.result, AuditResult::Failed);
    assert_eq!(entry.files, ["fails_late/0001_tables.sql", "fails_late/0002_rows.sql"]);
    let error = entry.error.as_ref().unwrap();
    insta::assert_json_snapshot!(error, @r###"
    {
      "stage": "migrate",
      "file": "fails_late/0002_rows.sql",
      "statement": 3,
      "line": 6,
      "column": 1,
      "excerpt": "UPDATE fails_late.thing",
      "sqlstate": "22012",
      "message": "division by zero"
    }
    "###);
}

#[test]
fn invariant_4_a_heal_whose_process_is_killed_is_closed_truthfully_by_the_next_start() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    let before = world.ledger();
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    let mut healing = world.command().args(["heal", "--yes", "--as", "ops"]).spawn().unwrap();
    world.database.wait_until("SELECT count(*) = 2 FROM tenon.audit WHERE heal = (SELECT heal FROM tenon.audit ORDER BY seq DESC LIMIT 1)");
    healing.kill().unwrap();
    healing.wait().unwrap();
    drop(held);
    let wait = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tenon heal%'";
    world.database.wait_until(wait);
    let host = world.host();
    host.wait(host.host.close_open_entries());
    let entry = host.audit().entries.remove(0);
    assert_eq!(entry.result, AuditResult::Failed, "{entry:#?}");
    assert_eq!(world.ledger(), before);
    drop(host);
    drop(world.heal_and_prove(&["identity", "inventory"]));
}

#[test]
fn invariant_4_a_heal_whose_session_is_ended_by_the_server_is_recorded_as_failed() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    let before = world.database.schema();
    let host = world.host();
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    let outcome = std::thread::scope(|scope| {
        let healing = scope.spawn(|| host.heal());
        world.database.wait_until("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'tenon heal%' AND wait_event_type = 'Lock' AND datname = current_database()");
        world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tenon heal%' AND datname = current_database()");
        healing.join().unwrap()
    });
    drop(held);
    assert_eq!(outcome.word(), "failed", "{outcome:#?}");
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.result, entry.spooled), (AuditResult::Failed, false), "{entry:#?}");
    assert_eq!(world.database.schema(), before);
    world.heal_and_prove(&["identity", "inventory"]);
}

#[test]
fn the_log_can_only_grow() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    let before = world.sql("SELECT seq, hash FROM tenon.audit ORDER BY seq");
    for sql in ["UPDATE tenon.audit SET body = '{}'", "DELETE FROM tenon.audit", "TRUNCATE tenon.audit"] {
        let said = world.database.refuses(sql);
        assert!(said.contains("the audit log is append-only"), "{sql}: {said}");
    }
    assert_eq!(world.sql("SELECT seq, hash FROM tenon.audit ORDER BY seq"), before);
    let chained = "SELECT bool_and(previous = before) FROM (SELECT previous, lag(hash, 1, previous) OVER (ORDER BY seq) AS before FROM tenon.audit) AS links";
    assert_eq!(world.sql(chained), "t");
}
