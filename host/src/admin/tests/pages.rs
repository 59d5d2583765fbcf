use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};

use super::bench::{Application, Place, application, from_page, send, session_of};
use crate::admin::guard;

const PAGES: [&str; 3] = ["/", "/heal", "/audit"];

#[tokio::test]
async fn nobody_sees_a_page_without_logging_in() {
    let place = Place::new();
    let app = place.app().await;
    for path in PAGES {
        let seen = send(&app, from_page(Method::GET, path)).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{path}");
        assert!(seen.header("location").starts_with("/login") && seen.body.is_empty(), "{path}");
    }
    for path in ["/check", "/heal"] {
        let seen = send(&app, from_page(Method::POST, path).set_form([("plan_hash", "x")])).await;
        assert_eq!(seen.header("location"), "/login", "{path}");
    }
    assert!(place.console.host.health().is_none());
}

#[tokio::test]
async fn without_a_database_the_pages_say_that_it_is_not_known() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "admin").await;
    let before = send(&app, from_page(Method::GET, "/").cookie(session.clone())).await;
    assert!(before.body.contains("Not checked yet"), "{}", before.body);
    let tested = send(&app, from_page(Method::POST, "/check").cookie(session.clone())).await;
    assert_eq!((tested.status, tested.header("location")), (StatusCode::SEE_OTHER, "/?tested"));
    let after = send(&app, from_page(Method::GET, "/?tested").cookie(session.clone())).await;
    for told in ["Unknown", "could not be completed", "What to do:", "Tested just now"] {
        assert!(after.body.contains(told), "{told}: {}", after.body);
    }
    assert!(!after.body.contains("Healthy"), "{}", after.body);
    let plan = send(&app, from_page(Method::GET, "/heal").cookie(session)).await;
    assert_eq!(plan.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(plan.body.contains("There is no plan"), "{}", plan.body);
}

#[tokio::test]
async fn a_viewer_may_look_and_test_and_not_fix() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "vera").await;
    let tested = send(&app, from_page(Method::POST, "/check").cookie(session.clone())).await;
    assert_eq!(tested.status, StatusCode::SEE_OTHER);
    let page = send(&app, from_page(Method::GET, "/").cookie(session.clone())).await;
    assert!(page.body.contains("Test Schema") && !page.body.contains("Fix Configuration"), "{}", page.body);
    let fix = from_page(Method::POST, "/heal").set_form([("plan_hash", "x")]).cookie(session.clone());
    assert_eq!(send(&app, fix).await.status, StatusCode::FORBIDDEN);
    for (path, form) in [
        ("/findings/acknowledge", vec![("finding", "x"), ("reason", "x"), ("until", "2999-01-01")]),
        ("/findings/unacknowledge", vec![("finding", "x")]),
    ] {
        let word = from_page(Method::POST, path).set_form(form).cookie(session.clone());
        assert_eq!(send(&app, word).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn another_site_cannot_press_a_button() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "admin").await;
    for path in ["/login", "/logout", "/check", "/heal", "/api/v1/check", "/api/v1/heal"] {
        for header in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example"), ("Accept", "*/*")]
        {
            let request = TestRequest::post().uri(path).insert_header(header).cookie(session.clone());
            let seen = send(&app, request).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} {header:?}");
            assert!(seen.header("set-cookie").is_empty(), "{path} {header:?}");
        }
    }
    assert!(place.console.host.health().is_none());
}

#[tokio::test]
async fn pages_and_errors_carry_the_security_headers() {
    let place = Place::new();
    let app = place.app().await;
    for path in ["/login", "/nowhere", "/", "/api/v1/health", "/healthz"] {
        let seen = send(&app, TestRequest::get().uri(path)).await;
        let policy = seen.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        // What is no page runs nothing at all.
        assert_eq!(policy.contains("script-src 'nonce-"), seen.body.contains("<script "), "{path}: {policy}");
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(seen.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_by_the_address_of_their_content() {
    let place = Place::new();
    let app = place.app().await;
    let login = send(&app, TestRequest::get().uri("/login")).await.body;
    let start = login.find("/assets/tenon.css").unwrap();
    let path = &login[start..start + login[start..].find('"').unwrap()];
    let seen = send(&app, TestRequest::get().uri(path)).await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert!(seen.header("cache-control").contains("immutable"), "{}", seen.header("cache-control"));
    let again = TestRequest::get().uri(path).insert_header(("If-None-Match", seen.header("etag")));
    let again = send(&app, again).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let bare = send(&app, TestRequest::get().uri("/assets/tenon.css")).await;
    assert_eq!(bare.header("cache-control"), "no-cache");
    assert_eq!(send(&app, TestRequest::get().uri("/assets/nothing")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500_and_the_next_request_is_answered() {
    async fn panics() -> HttpResponse {
        panic!("on purpose")
    }
    let app = App::new().wrap(from_fn(guard::catch_panics)).route("/", web::get().to(panics));
    let app: Application =
        application!(init_service(app.route("/well", web::get().to(HttpResponse::Ok))).await);
    let seen = send(&app, TestRequest::get().uri("/")).await;
    assert_eq!(
        (seen.status, seen.json()["code"].as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, Some("internal_error"))
    );
    assert!(!seen.body.contains("on purpose"), "{}", seen.body);
    assert_eq!(send(&app, TestRequest::get().uri("/well")).await.status, StatusCode::OK);
}
