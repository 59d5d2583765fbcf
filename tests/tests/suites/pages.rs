//! Pages of plugins in the console: their files, the tokens by which they call their plugins' routes, and the
//! cards on the overview.

mod expired;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{HttpAnswer, ServeProcess, World, artifacts};

const HERE: &str = "127.0.0.1";
const FILES: &str = "/plugins/board/@assets";

/// A healed database, with a plugin that has pages and one that has none.
fn world() -> World {
    let world = World::with(&["board", "callers"]);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world
}

fn ask(serving: &ServeProcess, line: &str, headers: &[(&str, &str)]) -> HttpAnswer {
    serving.ask_from(HERE, line, headers, &Value::Null)
}

/// A token for the pages of the plugin, as the console's script asks for it.
fn token(serving: &ServeProcess, cookie: &str) -> String {
    let headers = [("Cookie", cookie), ("Sec-Fetch-Site", "same-origin")];
    let answer = ask(serving, "POST /plugin/board/pages/token", &headers).expect_status(200).json();
    assert_eq!(answer["seconds"], json!(300));
    answer["token"].as_str().unwrap().to_owned()
}

/// Asks as a page's script does.
fn by_page(serving: &ServeProcess, line: &str, token: &str) -> HttpAnswer {
    ask(serving, line, &[("Origin", "null"), ("Authorization", &format!("Bearer {token}"))])
}

/// The status, the code and the reason of a refusal.
fn refused(answer: &HttpAnswer) -> (u16, String, String) {
    let problem = answer.json();
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("reason"))
}

#[test]
fn the_files_of_pages_are_served_with_a_policy_that_takes_their_origin() {
    let world = world();
    let serving = world.serve();
    let document = ask(&serving, &format!("GET {FILES}/index.html"), &[]).expect_status(200);
    assert!(document.text.contains("<h1>Board</h1>"), "{document:?}");
    let policy = document.header("content-security-policy").unwrap().to_owned();
    let origin = serving.url.trim_end_matches('/');
    for told in [
        "sandbox allow-scripts allow-forms;".to_owned(),
        "default-src 'none'".to_owned(),
        format!("style-src {origin}{FILES}/;"),
        format!("connect-src {origin}/plugins/board/;"),
        format!("frame-ancestors {origin};"),
        "form-action 'none'".to_owned(),
    ] {
        assert!(policy.contains(&told), "{told}: {policy}");
    }
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-cache"),
        ("access-control-allow-origin", "*"),
    ];
    for (name, value) in headers {
        assert_eq!(document.header(name), Some(value), "{name}");
    }
    assert_eq!(document.header("access-control-allow-credentials"), None);
    let tag = document.header("etag").unwrap();
    let again =
        ask(&serving, &format!("GET {FILES}/index.html"), &[("If-None-Match", tag)]).expect_status(304);
    assert!(again.text.is_empty() && again.header("content-security-policy") == Some(&policy));
    // What a forged name of the host says does not come into a policy.
    let forged = ask(&serving, &format!("GET {FILES}/index.html"), &[("Host", "a; script-src *")]);
    let policy = forged.header("content-security-policy").unwrap_or_default();
    assert!(!policy.contains('*'), "{policy}");
    for (file, kind) in [
        ("css/board.css", "text/css; charset=utf-8"),
        ("board.js", "text/javascript; charset=utf-8"),
        ("tenon.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = ask(&serving, &format!("GET {FILES}/{file}"), &[]).expect_status(200);
        assert_eq!(answer.header("content-type"), Some(kind), "{file}");
    }
    for gone in ["", "css", "css/", "nothing.js", "../board/@assets/index.html", "%2e%2e/index.html"] {
        assert_eq!(ask(&serving, &format!("GET {FILES}/{gone}"), &[]).status, 404, "{gone}");
    }
    ask(&serving, &format!("POST {FILES}/index.html"), &[]).expect_status(405);
    ask(&serving, "GET /plugins/callers/@assets/tenon.js", &[]).expect_status(404);
}

#[test]
fn the_console_frames_a_page_for_whoever_is_logged_in() {
    let world = world();
    let serving = world.serve();
    ask(&serving, "GET /plugin/board/pages/board", &[]).expect_status(303);
    let vera = json!({ "name": "vera", "role": "viewer", "password": "correct horse battery" });
    serving.post_as_admin("/api/v1/accounts", &vera).expect_status(201);
    let cookie = serving.session_of("vera", "correct horse battery");
    let cookie = [("Cookie", cookie.as_str())];
    let page = ask(&serving, "GET /plugin/board/pages/board", &cookie).expect_status(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    for told in
        ["sandbox=\"allow-scripts allow-forms\"", "src=\"/plugins/board/@assets/index.html\"", "pages/probe"]
    {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let about = ask(&serving, "GET /plugin/board", &cookie).expect_status(200);
    assert!(about.text.contains("href=\"/plugin/board/pages/board\""), "{}", about.text);
    assert!(about.header("content-security-policy").unwrap().contains("frame-src 'none'"));
    for gone in ["board/pages/gone", "callers/pages/board", "nobody/pages/board"] {
        ask(&serving, &format!("GET /plugin/{gone}"), &cookie).expect_status(404);
    }
    let detail = serving.get_as_admin("/api/v1/plugins/board").expect_status(200).json();
    assert_eq!(detail["pages"][0], json!({ "name": "board", "title": "Board", "file": "index.html" }));
}

#[test]
fn a_page_calls_the_routes_of_its_plugin_as_whoever_looks_at_it_and_nothing_else() {
    let world = world();
    let serving = world.serve();
    let cookie = serving.session();
    let mine = token(&serving, &cookie);
    let answer = by_page(&serving, "GET /plugins/board/me", &mine).expect_status(200);
    let told = answer.json();
    assert_eq!(told["subject"], json!("admin"), "{told}");
    assert_eq!((&told["user"], &told["admin"]), (&json!("admin"), &json!(true)));
    assert_eq!(told["headers"], json!([null, null]), "the plugin never has the token");
    assert_eq!(answer.header("access-control-allow-origin"), Some("null"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    by_page(&serving, "GET /plugins/board/ops", &mine).expect_status(200);
    // Another site's page reads nothing, with whatever it brings.
    let evil = ask(
        &serving,
        "GET /plugins/board/me",
        &[("Origin", "https://evil.example"), ("Authorization", &format!("Bearer {mine}"))],
    );
    assert_eq!(evil.header("access-control-allow-origin"), None);
    let cookie_alone = ask(&serving, "GET /plugins/board/me", &[("Origin", "null"), ("Cookie", &cookie)]);
    assert_eq!(cookie_alone.header("access-control-allow-origin"), None);
    // The browser asks first.
    let preflight = [
        ("Origin", "null"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    let allowed = ask(&serving, "OPTIONS /plugins/board/notes", &preflight).expect_status(204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("null"));
    assert_eq!(allowed.header("access-control-allow-headers"), Some("authorization,content-type"));
    for (line, headers) in [
        ("OPTIONS /plugins/callers/mine", &preflight[..]),
        ("OPTIONS /plugins/board/notes", &preflight[..2]),
        ("OPTIONS /api/v1/plugins", &preflight[..]),
    ] {
        let answer = ask(&serving, line, headers);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{line}");
    }
    // Nothing but this plugin's routes.
    let of_page = (401, "caller_refused".to_owned(), "page_token".to_owned());
    for line in ["GET /plugins/callers/mine", "GET /plugins/callers/open"] {
        assert_eq!(refused(&by_page(&serving, line, &mine)), of_page, "{line}");
    }
    for line in ["GET /api/v1/plugins", "POST /api/v1/check", "GET /api/v1/accounts"] {
        let answer = by_page(&serving, line, &mine);
        assert!(matches!(answer.status, 401 | 403), "{line}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{line}");
    }
    let asked = ask(&serving, "GET /", &[("Cookie", &format!("tenon-session={}", &mine[11..]))]);
    assert_eq!(asked.status, 303, "it is no session");
    let mut forged = mine.clone();
    forged.replace_range(20..21, if &mine[20..21] == "A" { "B" } else { "A" });
    for bad in [forged.as_str(), "tenon-page_", "tenon-page_AAAA"] {
        let answer = by_page(&serving, "GET /plugins/board/me", bad);
        assert_eq!(refused(&answer), of_page, "{bad}");
    }
    // It ends with its session.
    let own = [("Cookie", cookie.as_str()), ("Sec-Fetch-Site", "same-origin")];
    ask(&serving, "POST /logout", &own).expect_status(303);
    assert_eq!(refused(&by_page(&serving, "GET /plugins/board/me", &mine)), of_page);
    ask(&serving, "POST /plugin/board/pages/token", &own).expect_status(303);
}

#[test]
fn a_token_is_good_on_each_host_and_for_what_its_person_may_now() {
    let world = world();
    let (one, other) = (world.serve_in("a"), world.serve_in("b"));
    let vera = json!({ "name": "vera", "role": "viewer", "password": "correct horse battery" });
    one.post_as_admin("/api/v1/accounts", &vera).expect_status(201);
    let its = token(&one, &one.session_of("vera", "correct horse battery"));
    for serving in [&one, &other] {
        let told = by_page(serving, "GET /plugins/board/me", &its).expect_status(200).json();
        assert_eq!((&told["subject"], &told["admin"]), (&json!("vera"), &json!(false)));
        let refusal = refused(&by_page(serving, "GET /plugins/board/ops", &its));
        assert_eq!(refusal.0, 403, "{refusal:?}");
    }
    let patch = json!({ "role": "administrator" });
    let basic = one.basic();
    let basic = basic.split_once(": ").unwrap();
    one.ask_from(HERE, "PATCH /api/v1/accounts/vera", &[basic], &patch).expect_status(200);
    by_page(&one, "GET /plugins/board/ops", &its).expect_status(200);
}

#[test]
fn cards_show_what_plugins_give_and_one_that_fails_harms_nobody() {
    let world = world();
    world.sql("INSERT INTO board.note (text, writer) VALUES ('<i>one</i>', 'ada'), ('stall', 'bob')");
    let serving = world.serve();
    let began = Instant::now();
    let all = serving.get_as_admin("/api/v1/cards").expect_status(200).json();
    assert!(began.elapsed() < Duration::from_secs(10), "side by side, each with a deadline");
    let card = |name: &str| {
        let cards = all["cards"].as_array().unwrap();
        cards.iter().find(|card| card["card"] == name).unwrap_or_else(|| panic!("{name}: {all}")).clone()
    };
    let notes = card("notes");
    assert_eq!(notes["shown"], json!({ "kind": "number", "value": 2.0, "unit": "notes" }));
    assert_eq!((&notes["plugin"], &notes["title"]), (&json!("board"), &json!("Notes")));
    assert_eq!(card("latest")["shown"]["rows"][1], json!(["<i>one</i>", "ada"]));
    assert_eq!(card("greeting")["shown"]["text"], json!("<b>Write a note.</b>"));
    assert_eq!(card("panics")["shown"]["value"], json!(1.0));
    let failed = card("writes")["failure"].as_str().unwrap().to_owned();
    assert!(failed.contains("read-only"), "{failed}");
    let late = card("stalls")["failure"].as_str().unwrap().to_owned();
    assert!(late.contains("2000 ms"), "{late}");
    assert_eq!(world.sql("SELECT count(*) FROM board.note"), "2", "a card writes nothing");
    let page = ask(&serving, "GET /", &[("Cookie", &serving.session())]).expect_status(200).text;
    for told in ["data-card=\"board/notes\"", "&#60;i&#62;one&#60;/i&#62;", "It shows nothing."] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("<i>one</i>") && !page.contains("<b>Write"), "{page}");
    let detail = serving.get_as_admin("/api/v1/plugins/board").expect_status(200).json();
    assert_eq!(detail["cards"][0], json!("notes"));
    ask(&serving, "GET /api/v1/cards", &[]).expect_status(401);
}

#[test]
fn a_plugin_whose_page_shows_a_file_that_it_does_not_bring_is_refused() {
    let world = World::with(&[]);
    // The macro builds no such plugin.
    let mut bytes = fs::read(artifacts::library("board")).unwrap();
    let shown = br#""asset":"index.html""#;
    let at = bytes.windows(shown.len()).position(|window| window == shown).unwrap();
    bytes[at..at + shown.len()].copy_from_slice(br#""asset":"other.html""#);
    world.write_library("libboard.so", &bytes);
    let inspected = world.tenon(&["plugin", "inspect", "plugins/libboard.so"]).all();
    assert!(inspected.contains("bad-page") && inspected.contains("its page \"board\""), "{inspected}");
    let explained = world.tenon(&["explain", "bad-page"]).expect_code(0).out;
    assert!(explained.contains("HTML document"), "{explained}");
}
