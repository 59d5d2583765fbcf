//! Accounts, tokens and sessions over the API and on the administrators' page.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

const PASSWORD: &str = "correct horse battery";

/// A host whose accounts file has these, each with the password above. There is no database.
fn world(accounts: &[(&str, &str)]) -> World {
    let world = World::with(&["inventory"]);
    for (name, role) in accounts {
        let mut command = world.command();
        let arguments = ["admin", "add", name, "--role", role, "--as", "ops"];
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{name}");
    }
    world
}

fn token(world: &World, account: &str, name: &str, more: &[&str]) -> String {
    let arguments = [&["admin", "token", "add", account, name, "--json", "--as", "ops"], more].concat();
    world.tenon(&arguments).expect_code(0).json()["token"].as_str().unwrap().to_owned()
}

/// What the API answers: the status, and its JSON, null where there is none.
fn ask(serving: &ServeProcess, token: &str, line: &str, body: &Value) -> (u16, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let answer = serving.ask_with_token(method, path, token, body);
    let json = if answer.text.is_empty() { Value::Null } else { answer.json() };
    (answer.status, json)
}

/// The status, and the code of the problem.
fn refused(serving: &ServeProcess, token: &str, line: &str, body: &Value) -> (u16, String) {
    let (status, json) = ask(serving, token, line, body);
    (status, json["code"].as_str().unwrap_or_default().to_owned())
}

fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// What was done, as the log tells it, the oldest first.
fn actions(world: &World) -> Vec<String> {
    let log = world.tenon(&["audit", "list", "--json", "--limit", "100"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let told = entries.filter(|entry| entry["action"].is_string()).map(|entry| {
        let text = |key: &str| entry[key].as_str().unwrap();
        format!("{} {} through {}", text("admin"), text("what"), text("source"))
    });
    told.collect()
}

#[test]
fn over_the_api_accounts_are_added_changed_and_removed_as_by_the_command_line() {
    let world = world(&[("ada", "administrator")]);
    drop(world.heal_and_prove(&["inventory"]));
    let ada = token(&world, "ada", "t", &[]);
    let serving = world.serve();
    let null = &Value::Null;
    let vera = json!({ "name": "vera", "role": "viewer", "password": PASSWORD });
    let (status, added) = ask(&serving, &ada, "POST /api/v1/accounts", &vera);
    assert_eq!((status, &added["account"]["role"], added.get("password")), (201, &json!("viewer"), None));
    let hal = json!({ "name": "hal", "role": "healer" });
    let (status, added) = ask(&serving, &ada, "POST /api/v1/accounts", &hal);
    assert_eq!((status, added["password"].as_str().map(str::len)), (201, Some(27)), "one is made");
    let (status, listed) = ask(&serving, &ada, "GET /api/v1/accounts", null);
    let names: Vec<_> =
        listed["accounts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!((status, names), (200, vec!["ada", "hal", "vera"]));
    assert!(listed["accounts"][2]["created"].is_string(), "{listed:#}");
    assert_eq!(listed["accounts"][0]["tokens"][0]["id"], "ada:t");
    assert!(!listed.to_string().contains("argon2") && !listed.to_string().contains("sha256"));

    let change = json!({ "role": "healer", "password": "another password" });
    let (status, changed) = ask(&serving, &ada, "PATCH /api/v1/accounts/vera", &change);
    assert_eq!((status, &changed["account"]["role"]), (200, &json!("healer")));
    assert_eq!(ask(&serving, &ada, "DELETE /api/v1/accounts/hal", null), (204, Value::Null));
    assert_eq!(
        actions(&world)[2..],
        [
            "ada via token t added account vera as viewer through api",
            "ada via token t added account hal as healer through api",
            "ada via token t changed the role of account vera from viewer to healer through api",
            "ada via token t changed the password of account vera through api",
            "ada via token t removed account hal through api",
        ]
    );
    drop(serving);
}

#[test]
fn what_cannot_be_is_a_problem_with_its_code_and_changes_nothing() {
    let world = world(&[("ada", "administrator"), ("vera", "viewer")]);
    let (ada, vera) = (token(&world, "ada", "t", &[]), token(&world, "vera", "t", &[]));
    let before = std::fs::read(world.path().join("accounts.json")).unwrap();
    let serving = world.serve();
    let account =
        |name: &str, role: &str, password: &str| json!({ "name": name, "role": role, "password": password });
    let token = |more: Value| {
        let mut body = json!({ "account": "vera", "name": "ci" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let null = Value::Null;
    let (accounts, tokens) = ("POST /api/v1/accounts", "POST /api/v1/tokens");
    for (line, body, status, code) in [
        (accounts, account("ada", "viewer", PASSWORD), 409, "account_exists"),
        (accounts, account("a b", "viewer", PASSWORD), 400, "bad_name"),
        (accounts, account("bob", "boss", PASSWORD), 400, "bad_role"),
        (accounts, account("bob", "viewer", "short"), 400, "bad_password"),
        (accounts, json!({ "name": "bob", "role": "viewer", "colour": "red" }), 400, "bad_body"),
        ("PATCH /api/v1/accounts/ada", json!({ "role": "healer" }), 409, "last_administrator"),
        (
            "PATCH /api/v1/accounts/vera",
            json!({ "role": "healer", "password": "short" }),
            400,
            "bad_password",
        ),
        ("PATCH /api/v1/accounts/vera", json!({}), 400, "bad_body"),
        ("PATCH /api/v1/accounts/bob", json!({ "role": "healer" }), 404, "no_account"),
        ("GET /api/v1/accounts/bob", null.clone(), 404, "no_account"),
        ("DELETE /api/v1/accounts/ada", null.clone(), 409, "last_administrator"),
        ("DELETE /api/v1/accounts/bob", null.clone(), 404, "no_account"),
        (tokens, token(json!({ "role": "healer" })), 422, "role_above_account"),
        (tokens, token(json!({ "scopes": ["heal"] })), 422, "scope_above_role"),
        (tokens, token(json!({ "scopes": ["all"] })), 400, "bad_scope"),
        (tokens, token(json!({ "name": "t" })), 409, "token_exists"),
        (tokens, token(json!({ "until": "2020-01-01" })), 400, "bad_expiry"),
        (tokens, token(json!({ "until": "2020-01-01", "for": "1d" })), 400, "bad_expiry"),
        (tokens, token(json!({ "account": "bob" })), 404, "no_account"),
        ("DELETE /api/v1/tokens/ada:nothing", null.clone(), 404, "no_token"),
        ("DELETE /api/v1/tokens/nothing", null.clone(), 404, "no_token"),
        ("DELETE /api/v1/sessions/00000000-0000-4000-8000-000000000000", null.clone(), 404, "no_session"),
        ("DELETE /api/v1/sessions/nothing", null.clone(), 404, "bad_path"),
        ("DELETE /api/v1/sessions?account=bob", null.clone(), 404, "no_account"),
        ("PUT /api/v1/accounts", null.clone(), 405, "method_not_allowed"),
    ] {
        assert_eq!(refused(&serving, &ada, line, &body), problem(status, code), "{line} {body}");
    }
    for line in [
        "GET /api/v1/accounts",
        "GET /api/v1/accounts/ada",
        "POST /api/v1/accounts",
        "PATCH /api/v1/accounts/vera",
        "DELETE /api/v1/accounts/ada",
        "GET /api/v1/tokens?account=ada",
        "POST /api/v1/tokens",
        "DELETE /api/v1/tokens/ada:t",
        "GET /api/v1/sessions?account=ada",
        "DELETE /api/v1/sessions",
    ] {
        let body = match line {
            "POST /api/v1/accounts" => account("eve", "administrator", PASSWORD),
            "PATCH /api/v1/accounts/vera" => json!({ "role": "administrator" }),
            "POST /api/v1/tokens" => token(json!({})),
            _ => Value::Null,
        };
        assert_eq!(refused(&serving, &vera, line, &body), problem(403, "not_permitted"), "{line}");
    }
    assert_eq!(std::fs::read(world.path().join("accounts.json")).unwrap(), before);
}

#[test]
fn a_token_makes_nothing_that_reaches_further_than_itself() {
    let world = world(&[("ada", "administrator"), ("hal", "healer"), ("vera", "viewer")]);
    let scoped = token(&world, "ada", "scoped", &["--scope", "read,check,administer"]);
    let serving = world.serve();
    let null = &Value::Null;
    let denied = problem(403, "not_permitted");
    let account = |role: &str| json!({ "name": format!("new-{role}"), "role": role });
    let accounts = "POST /api/v1/accounts";
    for role in ["healer", "administrator"] {
        assert_eq!(refused(&serving, &scoped, accounts, &account(role)), denied, "{role}");
    }
    assert_eq!(ask(&serving, &scoped, accounts, &account("viewer")).0, 201);
    // Who sets the password of a healer may do what a healer may.
    for (line, body) in [
        ("PATCH /api/v1/accounts/hal", json!({ "password": PASSWORD })),
        ("PATCH /api/v1/accounts/vera", json!({ "role": "healer" })),
        ("POST /api/v1/tokens", json!({ "account": "ada", "name": "more" })),
        ("POST /api/v1/tokens", json!({ "account": "hal", "name": "more", "scopes": ["heal"] })),
        ("DELETE /api/v1/accounts/hal", Value::Null),
    ] {
        assert_eq!(refused(&serving, &scoped, line, &body), denied, "{line} {body}");
    }
    let wanted = json!({ "name": "less", "scopes": ["read"], "for": "1d" });
    let (status, made) = ask(&serving, &scoped, "POST /api/v1/tokens", &wanted);
    assert_eq!((status, &made["id"], &made["scopes"]), (201, &json!("ada:less"), &json!(["read"])));
    let less = made["token"].as_str().unwrap();
    assert_eq!(ask(&serving, less, "GET /api/v1/health", null).0, 200);
    assert_eq!(refused(&serving, less, "POST /api/v1/check", null), denied);
    // Reading is not enough to revoke one's own.
    assert_eq!(refused(&serving, less, "DELETE /api/v1/tokens/ada:scoped", null), denied);
    assert_eq!(ask(&serving, &scoped, "DELETE /api/v1/tokens/ada:less", null).0, 204);
    assert_eq!(refused(&serving, less, "GET /api/v1/health", null), problem(401, "wrong_token"));
}

#[test]
fn everybody_sees_and_ends_what_is_their_own_and_an_administrator_what_is_anybodys() {
    let world = world(&[("ada", "administrator"), ("vera", "viewer")]);
    let (ada, vera) = (token(&world, "ada", "t", &[]), token(&world, "vera", "t", &[]));
    let serving = world.serve();
    let null = &Value::Null;
    let log_in = |name: &str| {
        let fields = [("name", name), ("password", PASSWORD)];
        assert!(serving.post_form("/login", &fields).expect_status(200).text.contains("Log out"));
    };
    let sessions = |token: &str| ask(&serving, token, "GET /api/v1/sessions", null).1["sessions"].clone();
    log_in("ada");
    assert_eq!(sessions(&vera), json!([]));
    let seen = sessions(&ada);
    assert_eq!((&seen[0]["account"], &seen[0]["address"]), (&json!("ada"), &json!("127.0.0.1")));
    let end = format!("DELETE /api/v1/sessions/{}", seen[0]["id"].as_str().unwrap());
    assert_eq!(refused(&serving, &vera, &end, null), problem(404, "no_session"));
    assert_eq!(ask(&serving, &ada, &end, null).0, 204);
    assert!(serving.get("/").expect_status(200).text.contains("Log in"), "the cookie holds no longer");

    log_in("vera");
    assert_eq!(ask(&serving, &vera, "DELETE /api/v1/sessions?account=vera", null).1["ended"], 1);
    assert_eq!(sessions(&ada), json!([]));
    log_in("vera");
    assert_eq!(ask(&serving, &ada, "DELETE /api/v1/sessions", null).1["ended"], 1);
    // Another password and the end of an account end its sessions too.
    log_in("vera");
    let password = json!({ "password": PASSWORD });
    assert_eq!(ask(&serving, &ada, "PATCH /api/v1/accounts/vera", &password).0, 200);
    assert_eq!(sessions(&ada), json!([]));
    log_in("vera");
    let own = ask(&serving, &vera, "GET /api/v1/tokens", null).1;
    assert_eq!((own["tokens"].as_array().unwrap().len(), &own["tokens"][0]["id"]), (1, &json!("vera:t")));
    assert_eq!(ask(&serving, &vera, "GET /api/v1/accounts/vera", null).1["account"]["role"], "viewer");
    assert_eq!(ask(&serving, &vera, "DELETE /api/v1/tokens/vera:t", null).0, 204);
    assert_eq!(ask(&serving, &ada, "DELETE /api/v1/accounts/vera", null).0, 204);
    assert_eq!(sessions(&ada), json!([]));
}

#[test]
fn on_the_page_an_administrator_sees_to_accounts_and_what_is_wrong_stands_beside_its_field() {
    let world = world(&[("ada", "administrator"), ("vera", "viewer")]);
    let serving = world.serve();
    serving.post_form("/login", &[("name", "vera"), ("password", PASSWORD)]).expect_status(200);
    let denied = serving.get("/accounts").expect_status(403);
    assert!(denied.text.contains("Not permitted"), "{}", denied.text);
    assert!(!serving.get("/").text.contains("href=\"/accounts\""));
    serving.get("/accounts/ada").expect_status(403);
    serving.post_form("/accounts/ada/remove", &[("confirm", "yes")]).expect_status(403);
    serving.post_form("/logout", &[]).expect_status(200);

    serving.post_form("/login", &[("name", "ada"), ("password", PASSWORD)]).expect_status(200);
    assert!(serving.get("/accounts").expect_status(200).text.contains("href=\"/accounts/vera\""));
    let add = |name: &str, role: &str, password: &str| {
        serving.post_form("/accounts", &[("name", name), ("role", role), ("password", password)])
    };
    for (name, role, password, told) in [
        ("vera", "viewer", PASSWORD, "id=\"name-wrong\">there is an account named vera already"),
        ("a b", "viewer", PASSWORD, "id=\"name-wrong\">"),
        ("bob", "boss", PASSWORD, "id=\"role-wrong\">"),
        ("bob", "viewer", "short", "id=\"password-wrong\">the password has 5 bytes"),
    ] {
        let page = add(name, role, password).expect_status(400);
        assert!(page.text.contains(told) && page.text.contains("aria-invalid"), "{told}: {}", page.text);
        assert!(page.text.contains(&format!("value=\"{name}\"")) && !page.text.contains(PASSWORD));
    }
    assert!(
        add("bob", "healer", "").expect_status(200).text.contains("The password of bob is shown this once")
    );
    for (form, fields, told) in [
        ("ada/role", &[("role", "viewer")][..], "id=\"role-wrong\">one account at least"),
        ("ada/remove", &[("confirm", "yes")], "id=\"confirm-wrong\">one account at least"),
        ("bob/remove", &[], "id=\"confirm-wrong\">confirm"),
        ("bob/password", &[("password", "short")], "id=\"password-wrong\">"),
        ("bob/tokens", &[("name", "a b")], "id=\"token-name-wrong\">"),
        ("bob/tokens", &[("name", "t"), ("role", "administrator")], "id=\"token-role-wrong\">"),
        ("bob/tokens", &[("name", "t"), ("scope", "quarantine")], "id=\"token-scopes-wrong\">"),
        ("bob/tokens", &[("name", "t"), ("until", "2020-01-01")], "id=\"token-until-wrong\">"),
    ] {
        let page = serving.post_form(&format!("/accounts/{form}"), fields).expect_status(400);
        assert!(page.text.contains(told), "{form}: {}", page.text);
    }
    serving.post_form("/accounts/nobody/role", &[("role", "viewer")]).expect_status(404);
    serving.post_form("/accounts/bob/tokens/revoke", &[("token", "nothing")]).expect_status(404);
}
