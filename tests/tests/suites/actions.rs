//! What administrators do besides healing is in the audit log: who, by what way, what, to what, and why.

use serde_json::{Value, json};
use tenon_tests::World;

const DRIFT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";

/// The database as the version before this one left it.
const BEFORE_ACTIONS: &str = "DROP TABLE tenon.finding, tenon.quarantine, tenon.verdict, tenon.session, tenon.session_key, tenon.host, \
    tenon.notification, tenon.notification_cursor, tenon.notification_target, tenon.notification_delivery, \
    tenon.job, tenon.job_run, tenon.job_lease; DROP FUNCTION tenon.job_done, tenon.caller; \
    DROP TABLE tenon.event_type, tenon.event_listener, tenon.event, tenon.event_delivery; \
    DROP FUNCTION tenon.emit, tenon.event_done; DROP TABLE tenon.plugin_settings; \
    DELETE FROM tenon.migration WHERE plugin = 'core' AND filename >= '0004'; \
    ALTER TABLE tenon.audit DROP CONSTRAINT audit_event_check; \
    ALTER TABLE tenon.audit ADD CONSTRAINT audit_event_check CHECK \
    (event IN ('started', 'transaction', 'retried', 'succeeded', 'failed', 'cancelled'))";

fn healed() -> World {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world
}

/// The actions in the log, the oldest first.
fn actions(world: &World) -> Vec<Value> {
    let log = world.tenon(&["audit", "list", "--json", "--limit", "100"]).expect_code(0).json();
    let mut actions: Vec<_> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"].is_string())
        .cloned()
        .collect();
    actions.reverse();
    actions
}

/// What an action is, by whom, by what way and why.
fn told(action: &Value) -> [&str; 4] {
    ["action", "admin", "source", "reason"].map(|key| action[key].as_str().unwrap_or_default())
}

fn is_sound(world: &World) {
    assert_eq!(world.tenon(&["audit", "verify", "--json"]).expect_code(0).json()["sound"], true);
}

#[test]
fn what_an_administrator_does_is_in_the_log_by_whatever_way() {
    let world = healed();
    world.sql(DRIFT);
    let id = world.host().findings()[0].id.clone();
    let reason = ["--reason", "known", "--as", "ops"];
    world.tenon(&[&["finding", "acknowledge", &id], &reason[..]].concat()).expect_code(0);
    world.tenon(&["finding", "unacknowledge", &id, "--as", "grace"]).expect_code(0);
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    let serving = world.serve();
    serving.log_in();
    serving.post_form("/release", &[("plugin", "inventory")]).expect_status(200);
    let put = json!({ "reason": "again" });
    serving.post_as_admin("/api/v1/plugins/inventory/quarantine", &put).expect_status(200);
    let listed = actions(&world);
    let listed_so_far: Vec<_> = listed.iter().map(told).collect();
    assert_eq!(
        listed_so_far,
        [
            ["acknowledge", "ops", "cli", "known"],
            ["unacknowledge", "grace", "cli", ""],
            ["quarantine", "ops", "cli", "it leaks"],
            ["release", "admin", "web", ""],
            ["quarantine", "admin", "api", "again"],
        ]
    );
    assert_eq!(listed[0]["findings"][0]["id"], id.as_str());
    assert_eq!(listed[0]["findings"][0]["object"], "column inventory.item.qty");
    assert!(listed.iter().all(|action| action["spooled"] == false && action["host"].is_string()));
    let page = serving.get("/audit").text;
    let listed = world.tenon(&["audit", "list"]).expect_code(0).out;
    for what in
        ["put plugin inventory into quarantine", "took back the acknowledgement of finding", "it leaks"]
    {
        assert!(page.contains(what), "{what} is not on the page");
        assert!(listed.contains(what), "{what}: {listed}");
    }
    is_sound(&world);
}

#[test]
fn what_is_done_to_very_many_findings_at_once_is_in_the_database_as_well() {
    let world = healed();
    let columns: Vec<_> =
        (0..150).map(|number| format!("ADD COLUMN one_of_many_columns_{number} int")).collect();
    world.sql(&format!("ALTER TABLE inventory.item {}", columns.join(", ")));
    let ids: Vec<_> = world.host().findings().into_iter().map(|finding| finding.id).collect();
    assert!(ids.len() >= 150, "{}", ids.len());
    let ids = ids.iter().map(String::as_str);
    let words: Vec<_> = ["finding", "acknowledge"]
        .into_iter()
        .chain(ids)
        .chain(["--reason", "known", "--as", "ops"])
        .collect();
    world.tenon(&words).expect_code(0);
    let last = actions(&world).pop().unwrap();
    assert_eq!((told(&last)[0], &last["spooled"]), ("acknowledge", &json!(false)));
    assert!(last["findings"].to_string().len() > 8000, "longer than a notification may be");
    is_sound(&world);
}

#[test]
fn while_its_migration_is_pending_actions_wait_for_the_heal_that_runs_it() {
    let world = healed();
    world.sql(BEFORE_ACTIONS);
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    let waits = actions(&world);
    assert_eq!((waits.len(), &waits[0]["spooled"]), (1, &json!(true)));
    // What takes up the spool takes the rest of it, and leaves what the log cannot hold yet.
    world.tenon(&["audit", "resolve"]).expect_code(0);
    assert_eq!(actions(&world)[0]["spooled"], true);
    is_sound(&world);
    let after = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(2);
    assert!(after.out.contains("Applied 8 migrations") && after.out.contains("quarantine"), "{after:#?}");
    let taken = actions(&world);
    assert_eq!((taken.len(), &taken[0]["spooled"], &taken[0]["id"]), (1, &json!(false), &waits[0]["id"]));
    is_sound(&world);
}

#[test]
fn while_the_database_is_away_actions_wait_in_the_spool() {
    let world = healed();
    let url = world.url();
    world.set_url("postgresql://nobody@127.0.0.1:1/nowhere");
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    world.set_url(&url);
    assert_eq!(actions(&world)[0]["spooled"], true);
    world.tenon(&["audit", "resolve"]).expect_code(0);
    assert_eq!((actions(&world).len(), &actions(&world)[0]["spooled"]), (1, &json!(false)));
    is_sound(&world);
}

#[test]
fn before_the_first_heal_actions_wait_for_the_log() {
    let world = World::with(&["inventory"]);
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    world.tenon(&["plugin", "release", "inventory", "--as", "ops"]).expect_code(0);
    drop(world.heal_and_prove(&["inventory"]));
    let taken = actions(&world);
    let named: Vec<_> = taken.iter().map(|action| (&action["action"], &action["spooled"])).collect();
    assert_eq!(named, [(&json!("quarantine"), &json!(false)), (&json!("release"), &json!(false))]);
    is_sound(&world);
}

#[test]
fn refused_logins_are_one_entry_with_their_number_and_never_one_a_request() {
    let world = healed();
    let serving = world.serve();
    for (name, password) in [("admin", "wrong"), ("admin", "wrong again"), ("hunter2", "oops")] {
        serving
            .post_form("/login", &[("name", name), ("password", password), ("next", "/")])
            .expect_status(401);
    }
    assert_eq!(actions(&world).len(), 0);
    serving.stop();
    let [entry] = &actions(&world)[..] else { panic!("{:#?}", actions(&world)) };
    assert_eq!(told(entry), ["refuse_logins", "tenon", "host", ""]);
    assert_eq!(
        (&entry["wrong"], &entry["too_many"], &entry["accounts"]),
        (&json!(3), &json!(0), &json!({"admin": 2}))
    );
    assert!(!entry.to_string().contains("hunter2"), "a name that nobody has may be a password: {entry:#}");
    is_sound(&world);
}
