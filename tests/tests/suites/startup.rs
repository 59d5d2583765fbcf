//! Starting to serve: what is compared, said and refused, with a database that may not be there.

use std::fs;
use std::time::{Duration, Instant};

use tenon_tests::{ServeProcess, TestServer, World};

fn status(serving: &ServeProcess) -> String {
    let report = serving.post_as_admin("/api/v1/check", &serde_json::json!({})).expect_status(200).json();
    report["status"].as_str().unwrap().to_owned()
}

#[test]
fn invariant_1_serve_writes_nothing_and_warns_of_every_plugin_that_is_out_of_step() {
    let world = World::with(&["identity_1_0", "inventory_1_0"]);
    drop(world.heal_and_prove(&["identity_1_0", "inventory_1_0"]));
    world.sql("ALTER TABLE identity.account ALTER display_name SET DEFAULT 'nobody'");
    world.upgrade("identity_1_0", "identity");
    world.upgrade("inventory_1_0", "inventory");
    let (contents, written) = (world.database.contents(), world.database.rows_written());
    let serving = world.serve();
    let event = serving.logged("the Inventory Plugin's warning", |event| event["plugin"] == "inventory");
    assert_eq!(
        (&event["level"], &event["pending"], &event["drifted"]),
        (&"WARN".into(), &2.into(), &0.into())
    );
    assert_eq!(event["message"], "Inventory Plugin: 2 pending migrations");
    let event = serving.logged("the Identity Plugin's warning", |event| event["plugin"] == "identity");
    assert_eq!(
        (&event["level"], &event["pending"], &event["drifted"]),
        (&"WARN".into(), &1.into(), &1.into())
    );
    assert_eq!(status(&serving), "drifted");
    assert_eq!(serving.stop(), 0);
    assert_eq!(world.database.rows_written(), written);
    assert_eq!(world.database.contents(), contents);
}

#[test]
fn an_upgrade_of_a_served_database_warns_heals_and_keeps_the_rows() {
    let world = World::with(&["identity_1_0", "inventory_1_0"]);
    drop(world.heal_and_prove(&["identity_1_0", "inventory_1_0"]));
    world.sql(
        "INSERT INTO identity.account (email, display_name) VALUES ('ana@example.org', 'Ana');
         INSERT INTO inventory.item (sku, name, qty, price) VALUES ('A-1', 'Anvil', 3, 9.50)",
    );
    let serving = world.serve();
    assert_eq!(status(&serving), "healthy");
    assert_eq!(serving.stop(), 0);
    world.upgrade("identity_1_0", "identity");
    world.upgrade("inventory_1_0", "inventory");
    let serving = world.serve();
    serving.logged("the warning", |event| event["message"] == "Inventory Plugin: 2 pending migrations");
    serving.get("/plugins/inventory/items").expect_status(503);
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let body = serde_json::json!({ "plan_hash": plan["hash"] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(200);
    assert_eq!(status(&serving), "healthy");
    let items = serving.get("/plugins/inventory/items").expect_status(200).json();
    assert_eq!(
        (&items[0]["sku"], &items[0]["qty"], &items[0]["reorder_level"]),
        (&"A-1".into(), &3.into(), &0.into())
    );
    let accounts = serving.get("/plugins/identity/accounts").expect_status(200).json();
    assert!(accounts[0]["public_id"].as_str().is_some_and(|id| id.len() == 36), "{accounts}");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn a_database_that_is_down_at_start_is_unknown_and_recovered_from() {
    let server = TestServer::shared();
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let proxy = world.by_proxy();
    let serving = world.serve();
    assert_eq!(serving.get("/healthz").status, 200);
    assert_eq!(serving.get("/readyz").status, 503);
    assert_eq!(serving.get("/login").status, 200);
    let report = serving.get_as_admin("/api/v1/health").expect_status(200).json();
    assert_eq!(
        (&report["status"], &report["database"]["trouble"]["kind"]),
        (&"unknown".into(), &"unreachable".into())
    );
    serving.log_in().expect_status(200);
    let page = serving.get("/").expect_status(200);
    assert!(page.text.contains("Unknown"), "{}", page.text);
    assert_eq!(serving.get("/plugins/inventory/items").status, 503);
    assert_eq!(serving.get_as_admin("/api/v1/plan").status, 503);
    proxy.up();
    // Nobody asks it to check: it recovers by itself.
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    assert_eq!(serving.get("/plugins/inventory/items").status, 200);
    proxy.down();
    assert_eq!(status(&serving), "unknown");
    proxy.up();
    let report = serving.post_as_admin("/api/v1/check", &serde_json::json!({})).expect_status(200).json();
    assert_eq!(report["status"], "healthy", "{report:#}");
    assert!(!serving.said().contains(&server.password()), "{}", serving.said());
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let proxy = world.by_proxy();
    proxy.up();
    world.set("[database]\nstatement_timeout = \"1s\"\nlock_timeout = \"1s\"");
    // The beginning of a reading, the question who heals, and the audit log.
    let reading = "READ COMMITTED READ ONLY";
    for (words, command, code) in [
        (reading, &["check"][..], 3),
        ("pg_stat_activity", &["check"], 3),
        (reading, &["heal", "--yes", "--as", "ops"], 3),
        ("FROM tenon.audit", &["audit", "verify"], 3),
        ("BEGIN ISOLATION LEVEL", &["schema", "read"], 3),
    ] {
        proxy.silenced_by(Some(words));
        let run = world.tenon(command).expect_code(code);
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains("the server did not answer within 7 s"), "{words}: {said}");
    }
    proxy.silenced_by(None);
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_server_that_is_slow_and_answers_is_not_given_up() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let proxy = world.by_proxy();
    proxy.up();
    world.set("[database]\nstatement_timeout = \"1s\"\nlock_timeout = \"100ms\"");
    proxy.slows(Duration::from_millis(400));
    let began = Instant::now();
    world.tenon(&["check"]).expect_code(0);
    // Four of the longest statements and of the longest waits for a lock, which one answer may take, end
    // before.
    assert!(began.elapsed() > Duration::from_secs(10), "it was not slow: {:?}", began.elapsed());
}

#[test]
fn a_wrong_password_is_unknown_and_named_as_such_without_telling_it() {
    let server = TestServer::shared();
    let world = World::with(&["inventory"]);
    let url = server.tcp_url(tenon_tests::SUPERUSER, "open-sesame", server.port, &world.database.name);
    world.set_url(&url);
    let run = world.tenon(&["check", "--json"]).expect_code(3);
    let report = run.json();
    assert_eq!(
        (&report["status"], &report["database"]["trouble"]["kind"]),
        (&"unknown".into(), &"authentication".into())
    );
    let text = world.tenon(&["check"]).expect_code(3);
    let heal = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(3);
    let serving = world.serve();
    assert_eq!(status(&serving), "unknown");
    for said in [run.all(), text.all(), heal.all(), serving.said(), format!("{:?}", world.host().check())] {
        assert!(!said.contains("open-sesame"), "{said}");
    }
}

#[test]
fn a_role_that_may_not_read_is_unknown_and_told_what_to_grant() {
    let server = TestServer::shared();
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let role = format!("r_{}", world.database.name);
    world.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD 'reader'"));
    world.set_url(&server.tcp_url(&role, "reader", server.port, &world.database.name));
    let report = world.tenon(&["check", "--json"]).expect_code(3).json();
    assert_eq!(
        (&report["status"], &report["database"]["trouble"]["kind"]),
        (&"unknown".into(), &"not_permitted".into()),
        "{report:#}"
    );
    let remedy = report["database"]["trouble"]["remedy"].as_str().unwrap();
    let told = "GRANT USAGE ON SCHEMA tenon TO …; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO …";
    assert!(remedy.contains(told), "{remedy}");
    // What it tells to grant suffices for a check.
    world.sql(&format!(
        "GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}"
    ));
    let run = world.tenon(&["check", "--json"]);
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!(run.expect_code(0).json()["status"], "healthy");
}

#[test]
fn a_plugin_directory_that_is_not_there_is_told_and_the_page_serves() {
    let world = World::with(&[]);
    fs::remove_dir(world.plugin_dir()).unwrap();
    let serving = world.serve();
    let report = serving.post_as_admin("/api/v1/check", &serde_json::json!({})).expect_status(200).json();
    assert_eq!(report["status"], "degraded");
    assert!(report.to_string().contains("plugin directory"), "{report:#}");
}

#[test]
fn invariant_1_heal_on_start_is_refused_in_production() {
    let world = World::with(&["inventory"]);
    world.set("environment = \"production\"\n[heal]\non_start = true");
    let run = world.tenon(&["serve"]).expect_code(5);
    assert!(run.err.contains("heal.on_start") && run.err.contains("development only"), "{}", run.err);
    assert_eq!(world.ledger(), "");
}

#[test]
fn heal_on_start_heals_in_development_and_says_who_did_it() {
    let world = World::with(&["inventory"]);
    world.set("environment = \"development\"\n[heal]\non_start = true");
    let serving = world.serve();
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    let log = serving.get_as_admin("/api/v1/audit").expect_status(200).json();
    assert_eq!(log["entries"][0]["source"], "start");
    world.prove(&["inventory"]);
}

#[test]
fn production_serves_no_public_address_without_tls() {
    let world = World::with(&[]);
    world.set("environment = \"production\"\n[server]\nlisten = \"0.0.0.0:0\"");
    let run = world.tenon(&["serve"]).expect_code(5);
    assert!(run.err.contains("without TLS") && run.err.contains("behind_proxy"), "{}", run.err);
}
