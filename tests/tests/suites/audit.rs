//! Every heal leaves a truthful entry.

use tenon_host::audit::AuditResult;
use tenon_host::heal::{HealRequest, Origin};
use tenon_tests::{World, request};

#[test]
fn an_entry_says_who_when_what_and_how_it_ended() {
    let world = World::with(&["identity"]);
    let host = world.host();
    let plan = host.plan();
    host.heal_as(&HealRequest { admin: "grace".to_owned(), source: Origin::Web, ..request() });
    let log = host.audit();
    let [entry] = log.entries.as_slice() else { panic!("{log:#?}") };
    assert_eq!(
        (entry.admin.as_str(), entry.source, entry.result),
        ("grace", Origin::Web, AuditResult::Succeeded)
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
fn commands_about_the_log_load_no_plugin() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("dies_when_loaded");
    for command in ["list", "verify", "export", "resolve"] {
        world.tenon(&["audit", command]).expect_code(0);
    }
    let loads = world.tenon(&["plugin", "list"]).expect_code(0);
    assert!(loads.err.contains("ended the command"), "{loads:?}");
}

#[test]
fn a_list_and_an_export_say_who_what_where_how_long_and_what_went_wrong() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    let list = || world.tenon(&["audit", "list", "--json"]).expect_code(0).json()["entries"][0].clone();
    let entry = list();
    for key in
        ["heal", "kind", "admin", "source", "started_at", "finished_at", "plan_hash", "host", "duration_ms"]
    {
        assert!(!entry[key].is_null(), "{key}: {entry:#}");
    }
    let host = env!("CARGO_PKG_VERSION");
    assert_eq!(entry["versions"], serde_json::json!([format!("core {host}"), "identity 1.1.0"]));
    let took: Vec<_> = entry["migrations"].as_array().unwrap().iter().collect();
    assert_eq!(took.len(), 13);
    assert!(took.iter().all(|timed| timed["duration_ms"].is_u64()), "{entry:#}");
    world.install("fails_late");
    assert_eq!(world.host().heal().word(), "failed");
    let entry = list();
    assert_eq!(entry["versions"][0], format!("core {host}"), "the host's too, which was not touched");
    for (key, value) in
        [("file", "fails_late/0002_rows.sql"), ("sqlstate", "22012"), ("message", "division by zero")]
    {
        assert_eq!(entry["error"][key], value, "{entry:#}");
    }
    assert_eq!((&entry["error"]["statement"], &entry["error"]["line"]), (&3.into(), &6.into()));
    // A refused COMMIT or a trigger tell more: detail and hint go with it.
    world.remove("fails_late");
    world.sql("CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not today' USING DETAIL = 'it is Sunday', HINT = 'come back on Monday'; END $$;
        CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.no()");
    world.install("inventory");
    assert_eq!(world.host().heal().word(), "failed");
    let entry = list();
    let error = &entry["error"];
    assert_eq!(
        (&error["message"], &error["detail"], &error["hint"]),
        (&"not today".into(), &"it is Sunday".into(), &"come back on Monday".into()),
        "{entry:#}"
    );
    let exported = world.tenon(&["audit", "export"]).expect_code(0).out;
    let last: serde_json::Value = serde_json::from_str(exported.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["attempt"]), (&"failed".into(), &1.into()));
    assert!(last["body"].as_str().unwrap().contains("it is Sunday"), "{last:#}");
    let serving = world.serve();
    serving.log_in();
    let page = serving.get("/audit").text;
    for told in ["not today", "it is Sunday", "come back on Monday", "identity 1.1.0", "division by zero"] {
        assert!(page.contains(told), "{told} is not on the page");
    }
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

/// Runs SQL as somebody who may disable the trigger that keeps the log append-only.
fn tamper(world: &World, sql: &str) {
    world.sql(&format!(
        "ALTER TABLE tenon.audit DISABLE TRIGGER USER; {sql}; ALTER TABLE tenon.audit ENABLE TRIGGER USER"
    ));
}

/// A world whose log has two heals in it, and the last row's hash.
fn two_heals() -> (World, String) {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    drop(world.heal_and_prove(&["identity", "inventory"]));
    let proved = world.tenon(&["audit", "verify", "--json"]).expect_code(0).json();
    assert_eq!(proved["sound"], true);
    let rows: i64 = world.sql("SELECT count(*) FROM tenon.audit").parse().unwrap();
    assert_eq!(proved["head"]["seq"], rows);
    let head = proved["head"]["hash"].as_str().unwrap().to_owned();
    (world, head)
}

#[test]
fn a_row_that_was_changed_is_named_and_so_is_one_that_is_gone() {
    let (world, head) = two_heals();
    world.tenon(&["audit", "verify", "--head", &head]).expect_code(0);
    tamper(&world, "UPDATE tenon.audit SET body = replace(body, 'harness', 'mallory') WHERE seq = 4");
    tamper(&world, "UPDATE tenon.audit SET at = at - interval '1 day' WHERE seq = 5");
    let broken = world.tenon(&["audit", "verify"]).expect_code(1);
    let heal = world.sql("SELECT heal FROM tenon.audit WHERE seq = 5");
    let first = format!("row 5 (event transaction of heal {heal}) is not what was sealed");
    assert!(broken.err.contains(&first), "{}", broken.err);

    let (world, _) = two_heals();
    tamper(&world, "DELETE FROM tenon.audit WHERE seq = 2");
    let broken = world.tenon(&["audit", "verify", "--json"]).expect_code(1).json();
    assert_eq!(broken["message"], "row 2 is missing: row 3 comes next");
}

#[test]
fn rows_removed_from_the_end_show_against_a_hash_noted_before() {
    let (world, head) = two_heals();
    tamper(&world, "DELETE FROM tenon.audit WHERE seq = (SELECT max(seq) FROM tenon.audit)");
    world.tenon(&["audit", "verify"]).expect_code(0);
    let broken = world.tenon(&["audit", "verify", "--head", &head]).expect_code(1);
    assert!(broken.err.contains("rows were removed from the end"), "{}", broken.err);
}

#[test]
fn an_export_is_proved_without_the_database() {
    let (world, head) = two_heals();
    let file = world.path().join("audit.jsonl");
    let path = file.to_str().unwrap();
    world.tenon(&["audit", "export", "--output", path]).expect_code(0);
    let streamed = world.tenon(&["audit", "export"]).expect_code(0).out;
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, streamed);
    let entry: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let body: serde_json::Value = serde_json::from_str(entry["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["admin"], request().admin);
    world.tenon(&["audit", "export", "--output", path]).expect_code(1);
    world.set_url("postgresql://nobody@127.0.0.1:1/nowhere");
    world.tenon(&["audit", "verify", "--file", path, "--head", &head]).expect_code(0);
    std::fs::write(&file, text.replace("identity/0001", "identity/0009")).unwrap();
    let broken = world.tenon(&["audit", "verify", "--file", path]).expect_code(1);
    assert!(broken.err.contains("row 1 (event started"), "{}", broken.err);
    std::fs::write(&file, "what is this\n").unwrap();
    let unread = world.tenon(&["audit", "verify", "--file", path]).expect_code(64);
    assert!(unread.err.contains("line 1 is no row of an audit log"), "{}", unread.err);
    world.tenon(&["audit", "verify"]).expect_code(3);
}

#[test]
fn an_entry_that_a_dead_process_left_open_is_closed_on_demand() {
    let (world, _) = two_heals();
    let open = "SELECT 'started', '00000000-0000-7000-8000-000000000000'";
    let world_before = world.tenon(&["audit", "resolve", "--json"]).expect_code(0).json();
    assert_eq!(world_before["closed"], 0);
    // A start whose process died before it noted a transaction, two minutes ago.
    world.sql(&format!(
        "INSERT INTO tenon.audit (event, heal, seq, at, body, previous, hash) \
         SELECT o.*, seq + 1, now() - interval '2 minutes', (SELECT body FROM tenon.audit WHERE seq = 1), hash, 'open' \
         FROM ({open}::uuid) AS o, (SELECT seq, hash FROM tenon.audit ORDER BY seq DESC LIMIT 1) AS last"
    ));
    let closed = world.tenon(&["audit", "resolve"]).expect_code(0);
    assert!(closed.out.contains("1 entry was closed"), "{}", closed.out);
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["heal"] == "00000000-0000-7000-8000-000000000000").unwrap();
    assert_eq!(entry["result"], "failed");
}
