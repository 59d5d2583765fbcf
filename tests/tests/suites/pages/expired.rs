//! A page of a plugin whose session or whose token is over: nobody is let in, and nothing is done.
//!
//! Time does not pass for a test: what has been sealed is opened with the host's own key, and sealed again as
//! if it were older.

use std::fs;

use actix_web::cookie::{Cookie, CookieJar, Key};
use serde_json::{Value, json};
use tenon_tests::World;

use super::{FILES, ask, by_page, refused, token, world};

/// How long a session lasts, in seconds.
const SESSION: i64 = 12 * 3600;

const PAGE: &str = "GET /plugin/board/pages/board";

/// The key by which this host and all others seal.
fn key(world: &World) -> Key {
    Key::from(&fs::read(world.path().join("state/session-shared.key")).unwrap())
}

/// A sealed text, changed and sealed again.
fn resealed(key: &Key, name: &str, sealed: &str, change: impl FnOnce(&mut Value)) -> String {
    let opened = CookieJar::new().private(key).decrypt(Cookie::new(name.to_owned(), sealed.to_owned()));
    let mut json: Value = serde_json::from_str(opened.unwrap().value()).unwrap();
    change(&mut json);
    let mut jar = CookieJar::new();
    jar.private_mut(key).add(Cookie::new(name.to_owned(), json.to_string()));
    jar.get(name).unwrap().value().to_owned()
}

/// The cookie of a session as it would be so many seconds later.
fn session_later(world: &World, cookie: &str, seconds: i64) -> String {
    // What is sealed is signed by a key that is none.
    let none = Key::from(&[0; 64]);
    let cookie = Cookie::parse_encoded(cookie.to_owned()).unwrap();
    let name = cookie.name().to_owned();
    let sealed = CookieJar::new().signed(&none).verify(cookie).unwrap();
    let sealed = resealed(&key(world), "session", sealed.value(), |state| {
        let mut who: Value = serde_json::from_str(state["who"].as_str().unwrap()).unwrap();
        who["since"] = json!(who["since"].as_i64().unwrap() - seconds);
        state["who"] = json!(who.to_string());
    });
    let mut jar = CookieJar::new();
    jar.signed_mut(&none).add(Cookie::new(name.clone(), sealed));
    jar.get(&name).unwrap().encoded().stripped().to_string()
}

/// A token of a page, changed.
fn token_with(world: &World, token: &str, change: impl FnOnce(&mut Value)) -> String {
    let sealed = token.strip_prefix("tenon-page_").unwrap();
    format!("tenon-page_{}", resealed(&key(world), "page-token", sealed, change))
}

fn later(number: &mut Value, seconds: i64) {
    *number = json!(number.as_i64().unwrap() - seconds);
}

#[test]
fn whoever_has_been_logged_in_for_too_long_is_sent_to_the_login_and_sees_nothing_of_a_page() {
    let world = world();
    let serving = world.serve();
    let cookie = serving.session();
    let (late, over) =
        (session_later(&world, &cookie, SESSION - 60), session_later(&world, &cookie, SESSION));
    ask(&serving, PAGE, &[("Cookie", &late)]).expect_status(200);
    let own = |cookie| [("Cookie", cookie), ("Sec-Fetch-Site", "same-origin")];
    ask(&serving, "POST /plugin/board/pages/token", &own(late.as_str())).expect_status(200);
    for line in [PAGE, "GET /plugin/board", "GET /", "POST /plugin/board/pages/token"] {
        let answer = ask(&serving, line, &own(over.as_str())).expect_status(303);
        assert!(answer.header("location").unwrap().starts_with("/login"), "{line}: {answer:?}");
        for secret in ["Board", "@assets", "tenon-page_", "token"] {
            assert!(!answer.text.contains(secret), "{line}: {answer:?}");
        }
    }
    for line in ["GET /api/v1/cards", "GET /api/v1/plugins/board"] {
        ask(&serving, line, &[("Cookie", &over)]).expect_status(401);
    }
    let called = ask(&serving, "GET /plugins/board/me", &own(over.as_str()));
    assert_eq!((called.status, &called.json()["code"]), (401, &json!("caller_required")), "{called:?}");
    // A file says the same to everybody, and nothing of whoever asks.
    let file = |headers: &[(&str, &str)]| ask(&serving, &format!("GET {FILES}/index.html"), headers);
    let (known, unknown) = (file(&[("Cookie", &over)]), file(&[]));
    assert_eq!((known.status, &known.text), (200, &unknown.text));
    for header in ["set-cookie", "access-control-allow-credentials"] {
        assert_eq!(known.header(header), None, "{header}");
    }
}

#[test]
fn a_token_that_is_over_or_whose_session_is_does_nothing_on_its_plugins_routes() {
    let world = world();
    let serving = world.serve();
    let mine = token(&serving, &serving.session());
    let soon = token_with(&world, &mine, |grant| later(&mut grant["until"], 240));
    by_page(&serving, "GET /plugins/board/me", &soon).expect_status(200);
    let over = token_with(&world, &mine, |grant| later(&mut grant["until"], 301));
    let of_session =
        |seconds| token_with(&world, &mine, |grant| later(&mut grant["person"]["session"]["since"], seconds));
    by_page(&serving, "GET /plugins/board/me", &of_session(SESSION - 60)).expect_status(200);
    for (reason, token) in [("expired", over), ("page_token", of_session(SESSION))] {
        for line in ["GET /plugins/board/me", "GET /plugins/board/ops", "POST /plugins/board/notes"] {
            let answer = by_page(&serving, line, &token);
            assert_eq!(refused(&answer), (401, "caller_refused".to_owned(), reason.to_owned()), "{line}");
            assert!(!answer.text.contains("admin"), "{reason}: {answer:?}");
            // The page may read why, to ask the console for another one.
            assert_eq!(answer.header("access-control-allow-origin"), Some("null"));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
    assert_eq!(world.sql("SELECT count(*) FROM board.note"), "0", "nothing was done");
}

#[test]
fn a_session_that_its_account_has_lost_is_over_for_pages_too() {
    let world = world();
    let serving = world.serve();
    let vera = json!({ "name": "vera", "role": "viewer", "password": "correct horse battery" });
    serving.post_as_admin("/api/v1/accounts", &vera).expect_status(201);
    let cookie = serving.session_of("vera", "correct horse battery");
    let its = token(&serving, &cookie);
    by_page(&serving, "GET /plugins/board/me", &its).expect_status(200);
    world.tenon(&["admin", "passwd", "vera", "--generate", "--as", "ops"]).expect_code(0);
    assert_eq!(refused(&by_page(&serving, "GET /plugins/board/me", &its)).0, 401);
    let page = ask(&serving, PAGE, &[("Cookie", &cookie)]).expect_status(303);
    assert!(!page.text.contains("@assets"), "{page:?}");
}
