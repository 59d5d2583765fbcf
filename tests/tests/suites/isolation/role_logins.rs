//! How the host logs in as the plugins' roles through a pooler, which has to know them.

use serde_json::json;
use tenon_migrations_core::health::Status;
use tenon_tests::{Pooler, TestHost, World};

use super::roles::{healthy, told};

#[test]
fn behind_a_pooler_that_asks_the_server_for_passwords_each_plugin_is_its_own_role() {
    let world = World::with(&["inventory", "rogue"]);
    world.isolate();
    let pooler = Pooler::knowing_all_roles();
    world.set_url(&pooler.url(&world.database.name));
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?} {}", pooler.log());
    healthy(&host);
    let serving = world.serve();
    for _ in 0..4 {
        serving
            .post("/plugins/rogue/sql", &json!("SELECT 1 / (session_user LIKE 'tenon_rogue_%')::int"))
            .expect_status(200);
        let answer = serving.post("/plugins/rogue/sql", &json!("SELECT * FROM inventory.item"));
        assert_eq!(serving.why(&answer.expect_status(500)), "permission denied for schema inventory");
        serving.get("/plugins/inventory/items").expect_status(200);
    }
    // Another password is found out through it as well.
    let role = world.role_of("inventory").name;
    world.sql(&format!("ALTER ROLE {role} PASSWORD 'another'"));
    let host = world.host();
    assert_not_by_pooler(&host, &role);
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&world.host());
}

#[test]
fn a_pooler_that_does_not_know_the_roles_is_told_and_the_plugins_do_not_serve() {
    let world = World::with(&["inventory"]);
    world.isolate();
    assert_eq!(world.host().heal().word(), "succeeded");
    let pooler = Pooler::knowing_one_role();
    world.set_url(&pooler.url(&world.database.name));
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted, "{}", pooler.log());
    let role = world.role_of("inventory").name;
    assert_not_by_pooler(&host, &role);
    assert_eq!(host.call("inventory", "GET /items", "").unwrap_err().code(), "held");
    let run = world.tenon(&["check"]).expect_code(2);
    assert!(
        run.out.contains("remedy: let the pooler ask the server for passwords (PgBouncer: auth_query)"),
        "{}",
        run.out
    );
}

/// Holds that PgBouncer does not let the role in: it has one word for two reasons.
fn assert_not_by_pooler(host: &TestHost, role: &str) {
    let said = format!(
        "breaking: the host cannot log in as the plugin's login role {role}: the pooler does not know it, or has \
         another password of it ("
    );
    let told = told(host);
    assert!(
        told.len() == 1 && told[0].starts_with(&said) && told[0].contains("authentication failed"),
        "{told:#?}"
    );
}
