//! A proxy that authenticates people and says who they are in a header: `admin.proxy_user_header`.

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

/// The address that the proxy has in these tests, and one that is anybody's.
const PROXY: &str = "127.0.0.2";
const ANYBODY: &str = "127.0.0.1";

const ADA: [(&str, &str); 2] = [("X-Remote-User", "ada@corp.example"), ("X-Remote-Groups", "staff, dba")];
const HAL: [(&str, &str); 2] = [("X-Remote-User", "hal@corp.example"), ("X-Remote-Groups", "staff")];

fn world() -> World {
    let world = World::with(&["inventory"]);
    world.set(
        "[admin]\nproxy_user_header = \"X-Remote-User\"\nproxy_trusted = [\"127.0.0.2/32\"]\n\
         proxy_groups_header = \"X-Remote-Groups\"\nproxy_roles = [\"dba=administrator\", \"staff=healer\"]",
    );
    world
}

fn ask(serving: &ServeProcess, from: &str, line: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let answer = serving.ask_from(from, line, headers, &Value::Null);
    let code = if answer.status < 400 { Value::Null } else { answer.json()["code"].clone() };
    (answer.status, code.as_str().unwrap_or_default().to_owned())
}

#[test]
fn whom_the_proxy_names_is_let_in_and_from_anywhere_else_the_header_says_nothing() {
    let world = world();
    let serving = world.serve();
    let health = "GET /api/v1/health";
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(ask(&serving, PROXY, health, &ADA).0, 200);
    assert_eq!(ask(&serving, PROXY, health, &[]), refused(401, "not_logged_in"));
    assert_eq!(ask(&serving, ANYBODY, health, &ADA), refused(401, "not_logged_in"));
    let forwarded = [ADA[0], ADA[1], ("X-Forwarded-For", PROXY)];
    assert_eq!(ask(&serving, ANYBODY, health, &forwarded), refused(401, "not_logged_in"));
    // What the client sent stands beside what the proxy added.
    let twice = [("X-Remote-User", "eve"), ADA[0], ADA[1]];
    assert_eq!(ask(&serving, PROXY, health, &twice), refused(403, "proxy_login"));
    let guest = [("X-Remote-User", "eve"), ("X-Remote-Groups", "guests")];
    assert_eq!(ask(&serving, PROXY, health, &guest), refused(403, "proxy_login"));

    let null = &Value::Null;
    let page = |from: &str, path: &str| serving.ask_from(from, &format!("GET {path}"), &ADA, null);
    let shown = page(PROXY, "/").expect_status(200).text;
    assert!(shown.contains("ada@corp.example") && !shown.contains("Log out"), "{shown}");
    assert!(page(PROXY, "/accounts").expect_status(200).text.contains("All accounts"));
    let own = page(PROXY, "/account").expect_status(200).text;
    assert!(own.contains("as the proxy in front of this console says") && !own.contains("Current password"));
    page(PROXY, "/login").expect_status(303);
    page(ANYBODY, "/").expect_status(303);
    // An account's own credentials go on working.
    assert_eq!(serving.get_as_admin("/api/v1/health").status, 200);
}

#[test]
fn groups_give_roles_and_the_log_has_the_proxys_own_id() {
    let world = world();
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    let post = |line: &str, who: &[(&str, &str)], body: &Value| {
        let headers = [who, &[("Sec-Fetch-Site", "same-origin")]].concat();
        serving.ask_from(PROXY, line, &headers, body)
    };
    let quarantine = "POST /api/v1/plugins/inventory/quarantine";
    let reason = json!({ "reason": "it leaks" });
    assert_eq!(post(quarantine, &HAL, &reason).expect_status(403).json()["code"], "not_permitted");
    post(quarantine, &ADA, &reason).expect_status(200);
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    let entry = &log["entries"][0];
    assert_eq!((&entry["admin"], &entry["source"]), (&json!("ada@corp.example"), &json!("api")));
}

#[test]
fn another_site_cannot_act_for_whom_the_proxy_names() {
    let world = world();
    let serving = world.serve();
    let check = "POST /api/v1/check";
    let with = |header: (&'static str, &'static str)| [ADA[0], ADA[1], header];
    for header in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let refused = ask(&serving, PROXY, check, &with(header));
        assert_eq!(refused, (403, "cross_site".to_owned()), "{header:?}");
    }
    assert_eq!(ask(&serving, PROXY, check, &ADA), (403, "cross_site".to_owned()));
    assert_eq!(ask(&serving, PROXY, check, &with(("Sec-Fetch-Site", "same-origin"))).0, 200);
}

#[test]
fn what_is_configured_of_a_proxy_is_checked_before_anything_starts() {
    for (settings, told) in [
        ("proxy_role = \"viewer\"", "admin.proxy_role (tenon.toml): needs admin.proxy_user_header"),
        ("proxy_user_header = \"X-User\"\nproxy_role = \"viewer\"", "needs admin.proxy_trusted beside it"),
        (
            "proxy_user_header = \"X-User\"\nproxy_trusted = [\"0.0.0.0/0\"]\nproxy_role = \"viewer\"",
            "anybody could say who they are",
        ),
        ("proxy_user_header = \"X-User\"\nproxy_trusted = [\"127.0.0.1\"]", "nobody would have a role"),
        (
            "proxy_user_header = \"X-User\"\nproxy_trusted = [\"127.0.0.1\"]\nproxy_role = \"boss\"",
            "must be one of \"viewer\"",
        ),
        (
            "proxy_user_header = \"X-User\"\nproxy_trusted = [\"here\"]\nproxy_role = \"viewer\"",
            "\"here\" is neither an address nor a network",
        ),
        (
            "proxy_user_header = \"Cookie\"\nproxy_trusted = [\"127.0.0.1\"]\nproxy_role = \"viewer\"",
            "a header that the proxy alone sets",
        ),
    ] {
        let world = World::with(&["inventory"]);
        world.set(&format!("[admin]\n{settings}"));
        let run = world.tenon(&["check"]).expect_code(5);
        assert!(
            run.err.replace(&format!("{}/", world.path().display()), "").contains(told),
            "{told}: {run:#?}"
        );
    }
}
