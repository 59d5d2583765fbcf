//! Routes that are held back: only those of plugins that were seen well answer, whatever could not be found
//! out.

use serde_json::json;
use tenon_tests::{Role, ServeProcess, World};

/// Whether a route answers: its status, or the code of the problem and whether that ends by itself.
fn answer(serving: &ServeProcess, path: &str) -> String {
    let answer = serving.get(path);
    if answer.status == 200 {
        return "200".to_owned();
    }
    let problem = answer.json();
    let code = problem["code"].as_str().unwrap();
    assert_eq!(
        answer.header("retry-after").is_some(),
        problem["detail"].to_string().contains("not checked yet")
    );
    if answer.header("retry-after").is_some() { format!("{code}, not checked yet") } else { code.to_owned() }
}

fn check(serving: &ServeProcess) -> serde_json::Value {
    serving.post_as_admin("/api/v1/check", &json!({})).expect_status(200).json()
}

fn plugin<'a>(report: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    report["plugins"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

/// A role that may do what the plugins do, and read the ledger as long as it is let.
fn serving_role<'a>(world: &'a World, schemas: &str) -> Role<'a> {
    let role = Role::new(world, "serves");
    let name = &role.name;
    world.sql(&format!(
        "GRANT USAGE ON SCHEMA {schemas} TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {name};
         GRANT USAGE ON SCHEMA tenon TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {name}"
    ));
    world.set_url(&role.url());
    role
}

const ITEMS: &str = "/plugins/inventory/items";

#[test]
fn a_database_that_was_away_for_a_moment_lifts_no_hold() {
    let world = World::with(&["inventory"]);
    let proxy = world.by_proxy();
    proxy.up();
    let serving = world.serve();
    assert_eq!(answer(&serving, ITEMS), "held");
    proxy.down();
    let report = check(&serving);
    let plugin = plugin(&report, "inventory");
    assert_eq!((&plugin["status"], &plugin["serving"]), (&"unknown".into(), &"held".into()), "{plugin:#}");
    let held = plugin["held"].as_str().unwrap();
    assert!(
        held.starts_with(
            "Inventory Plugin: 3 pending migrations, as the last check of it that could be completed found"
        ),
        "{held}"
    );
    assert_eq!(answer(&serving, ITEMS), "held");
    assert_eq!(serving.metric("tenon_plugin_serving{plugin=\"inventory\",state=\"held\"}"), Some(1.0));
    serving.log_in().expect_status(200);
    let page = serving.get("/").expect_status(200).text;
    assert!(page.contains("Its routes are held.") && page.contains("The last known state is "), "{page}");
    proxy.up();
    assert_eq!(check(&serving)["status"], "drifted");
    assert_eq!(answer(&serving, ITEMS), "held");
}

#[test]
fn who_was_seen_well_goes_on_serving_while_nothing_can_be_found_out_and_nobody_else_begins_to() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.install("identity");
    let role = serving_role(&world, "inventory");
    let serving = world.serve();
    let accounts = "/plugins/identity/accounts";
    let answers = || (answer(&serving, ITEMS), answer(&serving, accounts));
    let expected = ("200".to_owned(), "held".to_owned());
    assert_eq!(answers(), expected);
    world.sql(&format!("REVOKE USAGE ON SCHEMA tenon FROM {}", role.name));
    for _ in 0..2 {
        let report = check(&serving);
        assert_eq!(report["status"], "unknown", "{report:#}");
        assert_eq!(plugin(&report, "inventory")["serving"], "yes");
        assert_eq!(plugin(&report, "identity")["serving"], "held");
        assert_eq!(answers(), expected);
    }
    assert!(serving.stop() == 0);
    // Another process has never seen it.
    let serving = world.serve();
    assert_eq!(answer(&serving, ITEMS), "held, not checked yet");
    drop(serving);
}

#[test]
fn before_a_check_was_completed_every_plugin_is_held_and_callers_are_told_to_come_again() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let role = serving_role(&world, "inventory");
    world.sql(&format!("REVOKE USAGE ON SCHEMA tenon FROM {}", role.name));
    let serving = world.serve();
    let refused = serving.get(ITEMS).expect_status(503);
    assert!(refused.text.contains("not checked yet: no check of its part"), "{refused:#?}");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let report = serving.get_as_admin("/api/v1/health").json();
    let held = plugin(&report, "inventory");
    assert_eq!(
        (&held["serving"], held["held"].as_str().unwrap().starts_with("not checked yet")),
        (&"held".into(), true)
    );
    assert_eq!(serving.metric("tenon_plugin_serving{plugin=\"inventory\",state=\"held\"}"), Some(1.0));
    // Nobody asks it to check.
    world.sql(&format!("GRANT USAGE ON SCHEMA tenon TO {}", role.name));
    serving.until(ITEMS, |answer| answer.status == 200);
    drop(serving);
}

#[test]
fn a_plugin_of_which_alone_nothing_is_known_goes_on_serving_until_the_next_start() {
    let world = World::with(&["inventory", "stall"]);
    world.tenon(&["heal", "--as", "ops", "--yes"]).expect_code(0);
    // It can make no scratch database to see for itself.
    let role = serving_role(&world, "inventory, stall");
    let (serving, nothing) = (world.serve(), "/plugins/stall/items/1");
    assert_eq!((answer(&serving, ITEMS), answer(&serving, nothing)), ("200".to_owned(), "200".to_owned()));
    world.sql("DELETE FROM tenon.reading WHERE plugin = 'stall'");
    let report = check(&serving);
    let of = |id| (plugin(&report, id)["status"].clone(), plugin(&report, id)["serving"].clone());
    assert_eq!(of("stall"), ("unknown".into(), "yes".into()), "{report:#}");
    assert_eq!(of("inventory"), ("healthy".into(), "yes".into()));
    assert_eq!((answer(&serving, ITEMS), answer(&serving, nothing)), ("200".to_owned(), "200".to_owned()));
    assert_eq!(serving.stop(), 0);
    let serving = world.serve();
    assert_eq!(
        (answer(&serving, ITEMS), answer(&serving, nothing)),
        ("200".to_owned(), "held, not checked yet".to_owned())
    );
    drop((serving, role));
}

#[test]
fn nothing_is_healthy_while_routes_are_held_also_by_what_is_acknowledged() {
    let world = World::with(&["identity", "inventory"]);
    let host = world.heal_and_prove(&["identity", "inventory"]);
    world.sql("ALTER TABLE inventory.item DROP COLUMN qty");
    let findings = host.findings();
    drop(host);
    let serving = world.serve();
    let ids: Vec<_> = findings.iter().map(|finding| finding.id.clone()).collect();
    let body = json!({ "findings": ids, "reason": "a test", "for": "2d" });
    serving.post_as_admin("/api/v1/findings/acknowledge", &body).expect_status(200);
    let report = check(&serving);
    let held = plugin(&report, "inventory");
    assert_eq!((&report["status"], &held["status"]), (&"drifted".into(), &"drifted".into()), "{report:#}");
    assert!(
        held["line"].as_str().unwrap().starts_with("Inventory Plugin: its routes are held, "),
        "{held:#}"
    );
    assert!(held["held"].as_str().unwrap().ends_with("(acknowledged)"), "{held:#}");
    assert_eq!(plugin(&report, "identity")["status"], "healthy");
    assert_eq!(answer(&serving, ITEMS), "held");
    assert_eq!(serving.metric("tenon_health{state=\"healthy\"}"), Some(0.0));
    assert_eq!(serving.metric("tenon_health{state=\"drifted\"}"), Some(1.0));
    assert_eq!(serving.metric("tenon_plugin_serving{plugin=\"inventory\",state=\"held\"}"), Some(1.0));
    assert_eq!(serving.get("/readyz").expect_status(200).json()["status"], "drifted");
    serving.log_in().expect_status(200);
    let page = serving.get("/").expect_status(200).text;
    assert!(page.contains("1 plugin is held back, and its routes do not answer."), "{page}");
    let run = world.tenon(&["check"]).expect_code(2);
    assert!(run.out.starts_with("Drifted: 1 of 3 plugins is held back, "), "{}", run.out);
    assert!(run.out.contains("its routes are held, "), "{}", run.out);
    world.tenon(&["check", "--plugin", "inventory"]).expect_code(2);
    world.tenon(&["check", "--plugin", "identity"]).expect_code(0);
    world.tenon(&["check", "--strict"]).expect_code(2);
    // A plugin whose routes are off by the operator's own wish is not held.
    world.set("[plugins]\ndisabled = [\"inventory\"]");
    world.tenon(&["check"]).expect_code(0);
}
