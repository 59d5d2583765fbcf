//! Rows by caller in the sample `todo`: its own tests, and a plugin that requires it and wants to see more.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World, artifacts};

use super::PROXY;

#[test]
fn the_tests_of_the_sample_pass() {
    let world = World::with(&[]);
    // Without a server for tests: where a superuser asks no policy holds.
    let output = Command::new(env!("CARGO"))
        .envs(artifacts::toolchain())
        .current_dir(artifacts::root().join("plugins/todo"))
        .args(["test", "--offline", "--test", "people"])
        .env("CARGO_TARGET_DIR", artifacts::profile_dir().parent().unwrap())
        .env("TENON_PROGRAM", artifacts::program("tenon"))
        .env("TENON_TEST_STATE_DIR", world.path().join("tests"))
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("test result: ok. 3 passed"), "{said}");
}

/// Asks as this caller, or as nobody.
fn ask(serving: &ServeProcess, caller: Option<&str>, line: &str, body: &Value) -> (u16, Value) {
    let header = caller.map(|caller| ("X-Auth-User", caller));
    let answer = serving.ask_from(PROXY, line, header.as_slice(), body);
    (answer.status, answer.json())
}

#[test]
fn a_plugin_that_requires_it_sees_the_rows_of_whoever_calls_alone() {
    let world = World::with(&["todo", "guest"]);
    world.isolate();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"127.0.0.2/32\"]");
    let serving = world.serve();
    let (ada, grace, null) = (Some("ada"), Some("grace"), &Value::Null);
    let mut paths = Vec::new();
    for (caller, title) in [(ada, "shopping"), (grace, "compilers"), (grace, "shared")] {
        let (status, made) = ask(&serving, caller, "POST /plugins/todo/lists", &json!({ "title": title }));
        assert_eq!(status, 201, "{made}");
        paths.push(format!("/plugins/todo/lists/{}", made["id"].as_str().unwrap()));
    }
    let share = format!("POST {}/people", paths[2]);
    assert_eq!(ask(&serving, grace, &share, &json!({ "person": "ada" })).0, 201);
    assert_eq!(ask(&serving, ada, &format!("GET {}", paths[1]), null).0, 404);
    assert_eq!(ask(&serving, ada, &format!("GET {}", paths[2]), null).0, 200);
    assert_eq!(ask(&serving, None, &format!("GET {}", paths[2]), null).0, 401);

    let lists = "GET /plugins/guest/lists";
    for _ in 0..3 {
        assert_eq!(ask(&serving, ada, lists, null), (200, json!(["shared", "shopping"])));
        assert_eq!(ask(&serving, grace, lists, null), (200, json!(["compilers", "shared"])));
        assert_eq!(ask(&serving, None, lists, null), (200, json!([])));
    }
    // Neither a statement of the route nor a function of the plugin's own makes it somebody else who calls.
    assert_eq!(ask(&serving, ada, "POST /plugins/guest/said", null).0, 500);
    for sql in [
        "SELECT set_config('tenon.caller', 'grace', true)",
        "SELECT set_config('tenon.caller', 'grace', false)",
        "SET LOCAL tenon.caller = 'grace'",
        "SET LOCAL row_security = off",
        "ALTER TABLE todo.list DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON todo.list USING (true)",
        "INSERT INTO todo.member (list, person) SELECT id, 'ada' FROM todo.list",
        "SET ROLE tenon",
    ] {
        let (status, told) = ask(&serving, ada, "POST /plugins/guest/run", &json!({ "sql": [sql] }));
        let seen = told["seen"].as_array().cloned().unwrap_or_default();
        assert!(status == 200 && !seen.contains(&json!("compilers")), "{sql}: {told:#}");
        assert_eq!(ask(&serving, ada, lists, null), (200, json!(["shared", "shopping"])), "{sql}");
    }
    world.tenon(&["check"]).expect_code(0);
}
