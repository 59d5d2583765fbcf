//! Accounts, roles, tokens and sessions: by the program, over the API and on the page.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use tenon_tests::{Run, ServeProcess, World};

const PASSWORD: &str = "correct horse battery";

/// Runs a command with this on its standard input.
fn with_input(world: &World, arguments: &[&str], input: &str) -> Run {
    let mut command = world.command();
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn add(world: &World, name: &str, role: &str) -> Run {
    with_input(world, &["admin", "add", name, "--role", role, "--as", "ops"], &format!("{PASSWORD}\n"))
}

/// A token of an account with these further arguments.
fn token(world: &World, account: &str, name: &str, more: &[&str]) -> String {
    let arguments = [&["admin", "token", "add", account, name, "--json", "--as", "ops"], more].concat();
    world.tenon(&arguments).expect_code(0).json()["token"].as_str().unwrap().to_owned()
}

/// What the API answers to who sends this token: the status, and the code of a problem.
fn bearer(serving: &ServeProcess, token: &str, line: &str, body: &Value) -> (u16, String) {
    let (method, path) = line.split_once(' ').unwrap();
    let answer = serving.ask_with_token(method, path, token, body);
    let code = if answer.status < 400 { Value::Null } else { answer.json()["code"].clone() };
    (answer.status, code.as_str().unwrap_or_default().to_owned())
}

fn accounts(world: &World) -> Value {
    world.tenon(&["admin", "list", "--json"]).expect_code(0).json()["accounts"].clone()
}

fn actions(world: &World) -> Vec<String> {
    let log = world.tenon(&["audit", "list", "--json", "--limit", "100"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let told = entries
        .filter(|entry| entry["action"].is_string())
        .map(|entry| format!("{} {}", entry["admin"].as_str().unwrap(), entry["what"].as_str().unwrap()));
    told.collect()
}

#[test]
fn accounts_are_added_changed_and_removed_on_the_record_and_one_administrator_stays() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    add(&world, "ada", "administrator").expect_code(0);
    let made =
        world.tenon(&["admin", "add", "vera", "--role", "viewer", "--generate", "--json", "--as", "ops"]);
    assert_eq!(made.expect_code(0).json()["password"].as_str().map(str::len), Some(27));
    assert_eq!(
        accounts(&world),
        json!([
            { "name": "ada", "role": "administrator", "tokens": [] },
            { "name": "vera", "role": "viewer", "tokens": [] }
        ])
    );
    let file = std::fs::read_to_string(world.path().join("accounts.json")).unwrap();
    assert!(file.contains("$argon2id$") && !file.contains(PASSWORD));
    world.tenon(&["admin", "role", "vera", "healer", "--as", "ada"]).expect_code(0);
    with_input(&world, &["admin", "passwd", "vera", "--as", "ada"], "another password\n").expect_code(0);
    for refused in [&["admin", "remove", "ada"][..], &["admin", "role", "ada", "healer"]] {
        let run = world.tenon(refused).expect_code(5);
        assert!(run.err.contains("one account at least has to be an administrator"), "{run:#?}");
    }
    world.tenon(&["admin", "remove", "vera", "--as", "ada"]).expect_code(0);
    assert_eq!(accounts(&world).as_array().map(Vec::len), Some(1));
    assert_eq!(
        actions(&world),
        [
            "ops added account ada as administrator",
            "ops added account vera as viewer",
            "ada changed the role of account vera from viewer to healer",
            "ada changed the password of account vera",
            "ada removed account vera",
        ]
    );
}

#[test]
fn what_a_refusal_tells_one_to_run_helps() {
    let world = World::with(&["inventory"]);
    let none = world.tenon(&["admin", "list"]).expect_code(1);
    assert!(none.err.contains("`tenon admin add NAME --role administrator`"), "{none:#?}");
    // The first account has to be an administrator.
    assert!(add(&world, "vera", "viewer").expect_code(5).err.contains("has to be an administrator"));
    add(&world, "ada", "administrator").expect_code(0);
    let nobody = world.tenon(&["admin", "remove", "bob", "--as", "ops"]).expect_code(5);
    assert!(nobody.err.contains("there is ada") && nobody.err.contains("`tenon admin list`"), "{nobody:#?}");
    assert!(world.tenon(&["admin", "list"]).expect_code(0).out.contains("administrator"));
    let lacking = world.tenon(&["admin", "token", "revoke", "ada", "ci", "--as", "ops"]).expect_code(5);
    assert!(lacking.err.contains("`tenon admin token list`"), "{lacking:#?}");
    assert!(world.tenon(&["admin", "token", "list"]).expect_code(0).out.contains("There is no token"));
    for (arguments, told) in [
        (&["admin", "role", "ada", "boss"][..], "there are viewer, healer, administrator"),
        (&["admin", "token", "add", "ada", "ci", "--scope", "all"], "there are read, check"),
    ] {
        let run = world.tenon(arguments).expect_code(64);
        assert!(run.err.contains(told), "{run:#?}");
    }
    let empty = with_input(&world, &["admin", "passwd", "ada", "--as", "ops"], "").expect_code(64);
    assert!(empty.err.contains("no password on standard input"), "{empty:#?}");
    assert!(add(&world, "ada", "viewer").expect_code(5).err.contains("an account named ada already"));
    let short = with_input(&world, &["admin", "passwd", "ada", "--as", "ops"], "short\n").expect_code(5);
    assert!(short.err.contains("at least 8"), "{short:#?}");
}

#[test]
fn a_healer_heals_and_acknowledges_and_sees_to_nothing_else() {
    let world = World::with(&["inventory"]);
    add(&world, "ada", "administrator").expect_code(0);
    add(&world, "hal", "healer").expect_code(0);
    let serving = world.serve();
    let hal = token(&world, "hal", "t", &[]);
    let plan = serving.ask_with_token("GET", "/api/v1/plan", &hal, &Value::Null).expect_status(200).json();
    let heal = json!({ "plan_hash": plan["hash"] });
    assert_eq!(bearer(&serving, &hal, "POST /api/v1/heal", &heal).0, 200);
    let quarantine = "POST /api/v1/plugins/inventory/quarantine";
    let reason = json!({ "reason": "x" });
    assert_eq!(bearer(&serving, &hal, quarantine, &reason), (403, "not_permitted".to_owned()));
    let entry = world.host().audit().entries.remove(0);
    assert_eq!(entry.admin, "hal via token t");
}

#[test]
fn a_token_is_sent_instead_of_a_password_and_may_no_more_than_it_is_let() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    add(&world, "ada", "administrator").expect_code(0);
    let all = token(&world, "ada", "all", &[]);
    let ci = token(&world, "ada", "ci", &["--role", "healer", "--scope", "read,check"]);
    assert!(all.starts_with("tenon_") && all.len() == 49, "{all}");
    let file = std::fs::read_to_string(world.path().join("accounts.json")).unwrap();
    assert!(!file.contains(&all) && !file.contains(&ci), "{file}");
    let serving = world.serve();
    let (health, check) = ("GET /api/v1/health", "POST /api/v1/check");
    let quarantine = "POST /api/v1/plugins/inventory/quarantine";
    let reason = json!({ "reason": "it leaks" });
    for (token, line, status) in
        [(&all, health, 200), (&ci, health, 200), (&ci, check, 200), (&ci, quarantine, 403)]
    {
        assert_eq!(bearer(&serving, token, line, &reason).0, status, "{line}");
    }
    assert_eq!(bearer(&serving, &all, quarantine, &reason).0, 200);
    let deaf = token(&world, "ada", "deaf", &["--scope", "check"]);
    assert_eq!(bearer(&serving, &deaf, health, &Value::Null), (403, "not_permitted".to_owned()));
    assert_eq!(bearer(&serving, "tenon_nobody", health, &Value::Null), (401, "wrong_token".to_owned()));
    // It may no more than its account may now.
    add(&world, "eve", "administrator").expect_code(0);
    world.tenon(&["admin", "role", "ada", "viewer", "--as", "eve"]).expect_code(0);
    assert_eq!(bearer(&serving, &all, "POST /api/v1/plugins/inventory/release", &Value::Null).0, 403);
    let listed = world.tenon(&["admin", "token", "list", "ada", "--json"]).expect_code(0).json();
    let ci_listed = listed["tokens"].as_array().unwrap().iter().find(|token| token["name"] == "ci").unwrap();
    assert_eq!((&ci_listed["role"], &ci_listed["scopes"]), (&json!("viewer"), &json!(["read", "check"])));
    assert!(ci_listed["last_used"].is_string(), "{listed:#}");
    world.tenon(&["admin", "token", "revoke", "ada", "ci", "--as", "eve"]).expect_code(0);
    assert_eq!(bearer(&serving, &ci, health, &Value::Null), (401, "wrong_token".to_owned()));
    let told = actions(&world);
    assert!(told.contains(&"ada via token all put plugin inventory into quarantine".to_owned()), "{told:#?}");
    assert!(told.contains(&"eve revoked token ci of account ada".to_owned()), "{told:#?}");
}

#[test]
fn a_token_whose_time_is_over_is_refused_and_says_so() {
    let world = World::with(&["inventory"]);
    add(&world, "ada", "administrator").expect_code(0);
    let secret = token(&world, "ada", "old", &[]);
    for wrong in [["--for", "400d"], ["--until", "2020-01-01"]] {
        let arguments = [&["admin", "token", "add", "ada", "x", "--as", "ops"][..], &wrong].concat();
        world.tenon(&arguments).expect_code(64);
    }
    let path = world.path().join("accounts.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["accounts"][0]["tokens"][0]["expires"] = json!("2020-01-01T00:00:00Z");
    std::fs::write(&path, file.to_string()).unwrap();
    let serving = world.serve();
    assert_eq!(
        bearer(&serving, &secret, "GET /api/v1/health", &Value::Null),
        (401, "expired_token".to_owned())
    );
    assert!(world.tenon(&["admin", "token", "list"]).expect_code(0).out.contains("(expired)"));
}

#[test]
fn on_the_page_one_changes_the_password_and_sees_and_ends_sessions() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let page = serving.get("/account").expect_status(200).text;
    assert!(page.contains("this session") && page.contains("127.0.0.1"), "{page}");
    let change = |current: &str, again: &str| {
        serving.post_form("/account/password", &[("current", current), ("new", PASSWORD), ("again", again)])
    };
    change(serving.password(), "another").expect_status(400);
    change("wrong password", PASSWORD).expect_status(400);
    let changed = change(serving.password(), PASSWORD).expect_status(200);
    assert!(changed.text.contains("The password was changed"), "{}", changed.text);
    let (_, rest) = changed.text.split_once("name=\"session\" value=\"").unwrap();
    let id = rest.split('"').next().unwrap();
    let unknown = "00000000-0000-4000-8000-000000000000";
    serving.post_form("/account/sessions/end", &[("session", unknown)]).expect_status(404);
    let ended = serving.post_form("/account/sessions/end", &[("session", id)]).expect_status(200);
    assert!(ended.text.contains("Log in"), "one's own was ended: {}", ended.text);
    let told = actions(&world);
    assert!(told.contains(&"admin changed the password of account admin".to_owned()), "{told:#?}");
    assert!(told.contains(&"admin ended one session of account admin".to_owned()), "{told:#?}");
}
