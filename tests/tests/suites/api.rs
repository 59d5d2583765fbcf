//! The API of the real server, as a program uses it.

use serde_json::json;
use tenon_tests::World;

#[test]
fn the_main_job_over_the_api() {
    let plugins = ["identity", "inventory"];
    let world = World::with(&plugins);
    let serving = world.serve();
    let report = serving.post_as_admin("/api/v1/check", &json!({})).expect_status(200).json();
    assert_eq!(report["status"], "drifted");
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(16));
    let outcome = serving.post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] }));
    let outcome = outcome.expect_status(200).json();
    assert_eq!(outcome["result"], "succeeded");
    world.prove(&plugins);
    assert_eq!(
        serving.get_as_admin("/api/v1/health").json()["status"],
        "healthy",
        "a check right after is clean"
    );
    let log = serving.get_as_admin("/api/v1/audit").expect_status(200).json();
    let entry = &log["entries"][0];
    assert_eq!(
        (&entry["admin"], &entry["source"], &entry["result"]),
        (&"admin".into(), &"api".into(), &"succeeded".into())
    );
    assert_eq!(entry["files"].as_array().map(Vec::len), Some(16));
}

#[test]
fn a_plan_that_changed_meanwhile_is_409_with_the_new_one() {
    let world = World::with(&["identity", "inventory"]);
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let heal = ["heal", "--yes", "--as", "somebody else", "--without", "inventory"];
    world.tenon(&heal).expect_code(0);
    let schema = world.database.schema();
    let answer = serving.post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] }));
    let problem = answer.expect_status(409).json();
    assert_eq!(problem["outcome"]["result"], "plan_changed", "{problem:#}");
    assert_ne!(problem["outcome"]["plan"]["hash"], plan["hash"]);
    assert_eq!(world.database.schema(), schema);
}

#[test]
fn a_plan_with_a_commit_in_it_is_422_and_nothing_is_run() {
    let world = World::with(&["identity", "commits"]);
    let serving = world.serve();
    let empty = world.database.contents();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let problem =
        serving.post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] })).expect_status(422);
    assert!(problem.text.contains("commits/0001_tables.sql:5:1"), "{}", problem.text);
    assert_eq!(world.database.contents(), empty);
}

#[test]
fn a_heal_that_fails_is_500_with_the_place() {
    let world = World::with(&["fails_late"]);
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let problem = serving
        .post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] }))
        .expect_status(500)
        .json();
    let failure = &problem["outcome"]["failure"];
    assert_eq!(
        (&failure["file"], &failure["line"], &failure["sqlstate"]),
        (&"fails_late/0002_rows.sql".into(), &6.into(), &"22012".into())
    );
}

#[test]
fn nobody_without_an_account_sees_or_does_anything() {
    let world = World::with(&["identity"]);
    let serving = world.serve();
    for path in ["/api/v1/health", "/api/v1/plan", "/api/v1/audit"] {
        serving.get(path).expect_status(401);
    }
    let hash = serving.get_as_admin("/api/v1/plan").json()["hash"].clone();
    let status = serving.post("/api/v1/heal", &json!({ "plan_hash": hash })).status;
    assert!([401, 403].contains(&status), "{status}");
    assert_eq!(world.ledger(), "");
}
