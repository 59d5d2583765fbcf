//! The browser and the wire: what a plugin may say to those who share its origin, how sessions end, and what
//! nobody can keep the host busy with.

use std::time::Duration;

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

/// Posts what a plugin is to answer with.
fn answer(serving: &ServeProcess, headers: &[(&str, &str)]) -> tenon_tests::HttpAnswer {
    serving.post("/plugins/rogue/answer", &json!(headers)).expect_status(200)
}

/// What was said of the plugin's headers, once the last of it has come: each header and why it was not passed
/// on.
fn told(serving: &ServeProcess, last: &str) -> Vec<String> {
    serving.logged(last, |event| event.to_string().contains(last));
    let about = |event: &Value| {
        event["message"].as_str().is_some_and(|text| text.starts_with("a header of a plugin's response"))
    };
    let told = serving.all_logged(about);
    told.iter()
        .map(|event| {
            assert_eq!((&event["level"], &event["plugin"]), (&json!("WARN"), &json!("rogue")), "{event}");
            let why = event["message"].as_str().and_then(|text| text.split_once("as it is: ")).unwrap().1;
            format!("{}: {why}", event["header"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn what_speaks_for_the_origin_is_dropped_from_a_plugins_answer_and_told_once() {
    let world = World::with(&["rogue"]);
    let serving = world.serve();
    let passed = [
        ("cache-control", "max-age=60"),
        ("content-disposition", "attachment; filename=a.csv"),
        ("etag", "\"1\""),
        ("link", "</plugins/rogue/a>; rel=next"),
        ("location", "/plugins/rogue/a"),
        ("plugin-rogue-total", "12"),
        ("retry-after", "3"),
        ("vary", "accept-language"),
    ];
    let dropped = [
        ("accept-ch", "sec-ch-ua-model"),
        ("alt-svc", "h3=\":443\""),
        ("clear-site-data", "\"*\""),
        ("content-security-policy", "default-src *; report-uri https://evil.example"),
        ("critical-ch", "sec-ch-ua-model"),
        ("nel", "{\"report_to\":\"a\",\"max_age\":60}"),
        ("refresh", "0; url=https://evil.example"),
        ("report-to", "{}"),
        ("reporting-endpoints", "a=\"https://evil.example\""),
        ("service-worker-allowed", "/"),
        ("strict-transport-security", "max-age=1"),
        ("www-authenticate", "Basic realm=\"Tenon\""),
        ("x-accel-redirect", "/etc/passwd"),
    ];
    let unheard = [("link", "<https://evil.example>; rel=preconnect"), ("not-invented-yet", "x")];
    for _ in 0..2 {
        let all: Vec<_> = passed.into_iter().chain(dropped).chain(unheard).collect();
        let answer = answer(&serving, &all);
        for (name, value) in passed {
            assert_eq!(answer.header(name), Some(value), "{answer:#?}");
        }
        for (name, value) in dropped.into_iter().chain(unheard) {
            assert_ne!(answer.header(name), Some(value), "{answer:#?}");
        }
        let policies = answer.headers.get_all("content-security-policy");
        assert_eq!(policies.iter().count(), 1);
        assert!(answer.header("content-security-policy").unwrap().starts_with("sandbox"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    insta::assert_snapshot!(told(&serving, "not-invented-yet").join("\n"));
}

#[test]
fn a_plugins_cookies_are_its_own_and_few_and_the_consoles_are_not_shown_to_it() {
    let world = World::with(&["rogue"]);
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let set = |cookie: &str| {
        let answer = answer(&serving, &[("set-cookie", cookie)]);
        let set = answer.header("set-cookie").unwrap_or("not set").to_owned();
        let mut sent: Vec<_> = answer.text.split("; ").collect();
        sent.sort_unstable();
        format!("{cookie}\n    {set}\n    sent: {}", sent.join("; "))
    };
    let mut seen: Vec<_> = [
        "basket=1; Path=/; Max-Age=600",
        "tenon-session=mine; Path=/; HttpOnly",
        "__Host-tenon-session=mine; Path=/; Secure",
        "tenon%2Dsession=mine; Path=/",
        "basket=2; Domain=localhost",
        "basket=3; SameSite=None; Secure",
        "basket=4; Path=/plugins/rogue/; SameSite=Strict",
    ]
    .map(set)
    .into();
    (1..9).for_each(|number| drop(set(&format!("n{number}=x"))));
    seen.push(set("n9=x"));
    seen.push(set(&format!("n1={}", "x".repeat(4000))).replace(&"x".repeat(4000), "[4000]"));
    let told = told(&serving, "4096 bytes together").join("\n");
    insta::assert_snapshot!(format!("{}\n\n{told}", seen.join("\n")));
    // The browser's session is as it was, and no other path has heard of the plugin.
    assert!(serving.get("/").expect_status(200).text.contains("<b>admin</b>"));
    assert_eq!(serving.post_form("/plugins/rogue/told", &[("a", "b")]).json(), "admin: 3");
}

#[test]
fn a_page_runs_the_scripts_that_bear_its_nonce_and_no_address_makes_one_its_own() {
    let world = World::with(&["rogue"]);
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let mut nonces = Vec::new();
    for path in ["/", "/", "/audit", "/nowhere"] {
        let page = serving.get(path);
        let policy = page.header("content-security-policy").unwrap();
        let nonce = policy.split_once("script-src 'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned();
        assert!(!policy.contains("script-src 'self'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains(&format!("style-src 'nonce-{nonce}'")), "{policy}");
        for tag in ["<script ", "<link rel=\"stylesheet\""] {
            for found in page.text.split(tag).skip(1) {
                let tag = found.split('>').next().unwrap();
                assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
            }
        }
        assert_eq!(page.text.matches(&nonce).count(), 2, "{path}: {}", page.text);
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each answer has its own: {nonces:?}");
    let script = serving.get("/plugins/rogue/script").expect_status(200);
    assert!(script.header("content-security-policy").unwrap().starts_with("sandbox"));
}

#[test]
fn who_logs_out_ends_the_session_wherever_its_cookie_is_and_whoever_starts_the_host() {
    let world = World::with(&[]);
    let serving = world.serve();
    let cookie = |serving: &ServeProcess| {
        let form = format!("next=/&name=admin&password={}", serving.password());
        let head = format!(
            "POST /login HTTP/1.1\r\nsec-fetch-site: same-origin\r\ncontent-length: {}\r\n\
             content-type: application/x-www-form-urlencoded",
            form.len()
        );
        let said = serving.ask_with_body(&head, &form);
        let set = said
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap_or_else(|| panic!("{said}"));
        set.split(';').next().unwrap().to_owned()
    };
    let status = |serving: &ServeProcess, request: &str, cookie: &str| {
        let said = serving.ask_as_it_stands(&format!(
            "{request} HTTP/1.1\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}"
        ));
        said.split(' ').nth(1).unwrap().to_owned()
    };
    let (mine, other) = (cookie(&serving), cookie(&serving));
    assert_eq!(status(&serving, "GET /", &mine), "200");
    assert_eq!(status(&serving, "POST /logout", &mine), "303");
    // A copy of the cookie is worth nothing any more; who is logged in elsewhere stays so.
    for serving in [serving, world.serve()] {
        assert_eq!(status(&serving, "GET /", &mine), "303");
        assert_eq!(status(&serving, "GET /api/v1/health", &mine), "401");
        assert_eq!(status(&serving, "GET /", &other), "200");
        serving.stop();
    }
}

#[test]
fn a_changed_password_ends_the_accounts_sessions_however_it_was_changed() {
    let world = World::with(&[]);
    let serving = world.serve();
    serving.log_in().expect_status(200);
    assert!(serving.get("/").text.contains("<b>admin</b>"));
    // With an editor, and nothing but the hash.
    let path = world.path().join("accounts.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let hash = file["accounts"][0]["password"].as_str().unwrap();
    let (salted, hashed) = hash.rsplit_once('$').unwrap();
    let first = if hashed.starts_with('A') { 'B' } else { 'A' };
    file["accounts"][0]["password"] = json!(format!("{salted}${first}{}", &hashed[1..]));
    std::fs::write(&path, file.to_string()).unwrap();
    assert!(serving.get("/").text.contains("Log in"));
}

#[test]
fn a_body_that_trickles_in_is_ended_with_408_whoever_it_is_for() {
    let world = World::with(&["rogue"]);
    world.set("[server]\nbody_timeout = \"1s\"");
    let serving = world.serve();
    let form = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin";
    for (length, piece) in [("content-length: 1000", "a"), ("transfer-encoding: chunked", "1\r\na\r\n")] {
        let trickle = |path: &str, more: &str| {
            let head = format!("POST {path} HTTP/1.1\r\n{more}\r\n{length}");
            serving.trickle(&head, piece, Duration::from_millis(200))
        };
        for (path, more) in [
            ("/plugins/rogue/told", "accept: */*"),
            ("/login", form),
            ("/plugins/nobody/at-all", "accept: */*"),
            ("/api/v1/heal", &serving.basic()),
        ] {
            let (said, took) = trickle(path, more);
            assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("body_late"), "{path}: {said}");
            assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(8), "{path}: {took:?}");
        }
        // Where nobody wants a body, nobody waits for it.
        let (said, took) = trickle("/logout", form);
        assert!(said.starts_with("HTTP/1.1 303 ") && took < Duration::from_secs(8), "{took:?}: {said}");
    }
    serving.post("/plugins/rogue/told", &json!(12)).expect_status(200);
}

#[test]
fn many_right_logins_at_once_are_one_hash() {
    let world = World::with(&[]);
    let serving = world.serve();
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let log_in = || serving.another().post_as_admin("/api/v1/heal", &json!({})).status;
        let all: Vec<_> = (0..30).map(|_| scope.spawn(log_in)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // More than there are attempts: only what costs a hash is one.
    assert_eq!(statuses, [400; 30], "each is let in, and told that its body has no plan");
    let logged_in = serving.all_logged(|event| event["message"] == "logged in");
    assert_eq!(logged_in.len(), 1, "{logged_in:#?}");
}

#[test]
fn signals_that_ask_for_nothing_end_nothing() {
    let world = World::with(&[]);
    let serving = world.serve();
    for name in ["USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "PWR", "STKFLT", "XCPU", "XFSZ"] {
        serving.signal(name);
        serving.logged(name, |event| {
            event["message"] == format!("SIG{name} was sent, which means nothing to Tenon")
        });
        serving.get("/healthz").expect_status(200);
    }
    serving.signal("40");
    serving.logged("a real-time signal", |event| {
        event["message"] == "signal 40 was sent, which means nothing to Tenon"
    });
    assert_eq!(serving.stop(), 0);
}

#[test]
fn many_heals_at_once_queue_before_they_connect() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world.set("[heal]\nwait = \"60s\"\nlock_timeout = \"60s\"");
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let heal = || serving.another().post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] }));
    let sessions = || -> usize {
        let sessions = "SELECT count(*) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()";
        world.sql(sessions).parse().unwrap()
    };
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    let results: Vec<String> = std::thread::scope(|scope| {
        let mut all = vec![scope.spawn(heal)];
        world.database.wait_until_blocked();
        // One that takes longer than a moment opens another session for itself.
        std::thread::sleep(Duration::from_millis(1500));
        let with_one = sessions();
        all.extend((0..12).map(|_| scope.spawn(heal)));
        std::thread::sleep(Duration::from_millis(1500));
        let with_all = sessions();
        assert!(with_all <= with_one + 1, "{with_one} sessions with one, {with_all} with all");
        // Who has no turn is told whose it is, as of a heal on another host.
        let running = serving.get_as_admin("/api/v1/heal").json();
        assert_eq!(running["admin"], "admin", "{running:#}");
        drop(held);
        all.into_iter()
            .map(|one| one.join().unwrap().expect_status(200).json()["result"].as_str().unwrap().to_owned())
            .collect()
    });
    let did = results.iter().filter(|result| *result == "succeeded").count();
    let overtaken = results.iter().filter(|result| *result == "overtaken").count();
    assert_eq!((did, overtaken), (1, 12), "{results:?}");
    world.prove(&["identity", "inventory"]);
}

#[test]
fn who_waits_for_a_turn_to_heal_waits_no_longer_than_for_another_host() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world.set("[heal]\nwait = \"500ms\"\nlock_timeout = \"60s\"");
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let heal = || serving.another().post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] }));
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    std::thread::scope(|scope| {
        let first = scope.spawn(heal);
        world.database.wait_until_blocked();
        let busy = heal().expect_status(409).json();
        assert_eq!(busy["code"], "busy");
        let detail = busy["detail"].as_str().unwrap();
        assert!(detail.starts_with("another heal holds the lock: a heal by admin on "), "{detail}");
        assert!(busy["outcome"]["holder"]["heal"].is_string(), "{busy:#}");
        drop(held);
        first.join().unwrap().expect_status(200);
    });
}
