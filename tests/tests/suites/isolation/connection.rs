//! What a plugin may not do with the connection that it borrows.

use serde_json::json;

use super::{act, gallery, rogue, world};

#[test]
fn a_connection_that_is_kept_for_later_or_used_on_another_thread_is_refused() {
    let world = world();
    world.set("[plugins]\nthreads = 1");
    let serving = world.serve();
    assert_eq!(act(&serving, "connection/keep"), "7");
    let told = ["use-later", "use-elsewhere", "keep", "use-later"].map(|one| {
        let answer = act(&serving, &format!("connection/{one}"));
        (one, answer["detail"].as_str().map_or_else(|| answer.to_string(), str::to_owned))
    });
    insta::assert_snapshot!(gallery(told));
}

#[test]
fn statements_that_leave_the_calls_transaction_or_the_plugins_role_are_refused() {
    let (world, serving) = rogue();
    let statements = [
        "COMMIT",
        "ROLLBACK",
        "BEGIN",
        "/* well hidden */ commit",
        "SELECT 1; COMMIT",
        "PREPARE TRANSACTION 'mine'",
        "SET ROLE postgres",
        "SET LOCAL ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "RESET ROLE",
        "SET search_path = pg_catalog",
        "DO $$ BEGIN COMMIT; END $$",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY inventory.item FROM '/etc/passwd'",
        "LISTEN tenon",
        "VACUUM",
        "CREATE DATABASE mine",
        "DISCARD ALL",
    ];
    let told = statements.map(|sql| {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(500).json();
        (sql, answer["detail"].as_str().unwrap().to_owned())
    });
    insta::assert_snapshot!(world.redact(&gallery(told)));
    // A role that was taken for the session by way of a function is gone with the call.
    let taken =
        "SELECT set_config('role', 'pg_monitor', false), set_config('application_name', 'rogue', false)";
    serving.post("/plugins/rogue/sql", &json!(taken)).expect_status(200);
    serving
        .post("/plugins/rogue/sql", &json!("SELECT 1 / (current_user <> 'pg_monitor')::int"))
        .expect_status(200);
}
