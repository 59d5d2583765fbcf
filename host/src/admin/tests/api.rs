use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;

use super::bench::{PASSWORD, Place, from_page, from_program, send, session_of};

const READS: [&str; 4] = ["/api/v1/health", "/api/v1/plan", "/api/v1/heal", "/api/v1/audit"];

#[tokio::test]
async fn nobody_calls_the_api_without_credentials() {
    let place = Place::new();
    let app = place.app().await;
    for path in READS {
        let seen = send(&app, TestRequest::get().uri(path)).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(seen.header("content-type"), "application/problem+json", "{path}");
        assert!(seen.header("www-authenticate").starts_with("Basic"), "{path}");
        // A browser would ask for the password in a window of its own.
        let browser = TestRequest::get().uri(path).insert_header(("Sec-Fetch-Mode", "cors"));
        assert_eq!(send(&app, browser).await.header("www-authenticate"), "", "{path}");
    }
    let bearer = TestRequest::get().uri(READS[0]).insert_header(("Authorization", "Bearer x"));
    assert_eq!(send(&app, bearer).await.status, StatusCode::UNAUTHORIZED);
    assert!(place.console.host.health().is_none());
}

#[tokio::test]
async fn a_check_without_a_database_is_an_answer_and_a_plan_is_not() {
    let place = Place::new();
    let app = place.app().await;
    let get = |path: &str| from_program(Method::GET, path, "vera", PASSWORD);
    let report = send(&app, get("/api/v1/health")).await;
    assert_eq!((report.status, &report.json()["status"]), (StatusCode::OK, &"unknown".into()));
    let checked = send(&app, from_program(Method::POST, "/api/v1/check", "vera", PASSWORD)).await;
    assert_ne!(checked.json()["checked_at"], report.json()["checked_at"]);
    let plan = send(&app, get("/api/v1/plan?without=a,b")).await;
    assert_eq!(plan.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(plan.json()["code"], "plan_unavailable");
    assert!(plan.json()["remedy"].is_string());
    assert_eq!(send(&app, get("/api/v1/plan?without=No")).await.json()["code"], "bad_plugin_id");
    assert_eq!(send(&app, get("/api/v1/audit?limit=x")).await.json()["code"], "bad_query");
    assert_eq!(send(&app, get("/api/v1/audit?limit=0")).await.json()["code"], "bad_limit");
    assert_eq!(send(&app, get("/api/v1/heal")).await.json()["running"], false);
    assert_eq!(send(&app, get("/api/v1/nothing")).await.json()["code"], "not_found");
}

#[tokio::test]
async fn a_heal_needs_an_administrator_and_a_reviewed_plan() {
    let place = Place::new();
    let app = place.app().await;
    let post = |name: &str, body: &str| {
        from_program(Method::POST, "/api/v1/heal", name, PASSWORD).set_payload(body.to_owned())
    };
    let viewer = send(&app, post("vera", "{}")).await;
    assert_eq!((viewer.status, &viewer.json()["code"]), (StatusCode::FORBIDDEN, &"not_permitted".into()));
    let blind = send(&app, post("admin", "{}")).await;
    assert_eq!(
        (blind.status, &blind.json()["code"]),
        (StatusCode::BAD_REQUEST, &"plan_hash_required".into())
    );
    let large = send(&app, post("admin", &"x".repeat(100_000))).await;
    assert_eq!(
        (large.status, &large.json()["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &"body_too_large".into())
    );
    let reviewed = format!("{{\"plan_hash\": \"{}\"}}", "0".repeat(64));
    let down = send(&app, post("admin", &reviewed)).await;
    assert_eq!((down.status, &down.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"unavailable".into()));
}

#[tokio::test]
async fn a_session_serves_the_pages_own_script() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "vera").await;
    let seen = send(&app, from_page(Method::GET, "/api/v1/health").cookie(session)).await;
    assert_eq!(seen.status, StatusCode::OK);
}

#[tokio::test]
async fn methods_that_are_not_declared_are_answered_with_405() {
    let place = Place::new();
    let app = place.app().await;
    for (path, allow) in [
        ("/api/v1/health", "GET, HEAD"),
        ("/api/v1/check", "POST"),
        ("/api/v1/plan", "GET, HEAD"),
        ("/api/v1/heal", "GET, HEAD, POST"),
        ("/api/v1/audit", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
        ("/", "GET, HEAD"),
        ("/login", "GET, HEAD, POST"),
        ("/logout", "POST"),
        ("/check", "POST"),
        ("/heal", "GET, HEAD, POST"),
        ("/audit", "GET, HEAD"),
    ] {
        let seen = send(&app, from_program(Method::DELETE, path, "admin", PASSWORD)).await;
        assert_eq!((seen.status, seen.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, allow), "{path}");
    }
}

#[tokio::test]
async fn probes_need_no_login_and_tell_no_details() {
    let place = Place::new();
    let app = place.app().await;
    let alive = send(&app, TestRequest::get().uri("/healthz")).await;
    assert_eq!((alive.status, alive.body.as_str()), (StatusCode::OK, "ok\n"));
    let ready = send(&app, TestRequest::get().uri("/readyz")).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["status"], "unknown");
    assert_eq!(ready.json().as_object().unwrap().len(), 3, "{}", ready.body);
    let head = send(&app, TestRequest::default().method(Method::HEAD).uri("/healthz")).await;
    assert_eq!(head.status, StatusCode::OK);
}

#[tokio::test]
async fn a_plugin_that_is_not_there_is_a_problem_with_a_request_id() {
    let place = Place::new();
    let app = place.app().await;
    for path in ["/plugins/nobody", "/plugins/nobody/items?x=1"] {
        for method in [Method::GET, Method::POST, Method::PATCH] {
            let seen = send(&app, TestRequest::default().method(method).uri(path)).await;
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(seen.header("content-type"), "application/problem+json");
            assert_eq!(seen.json()["request_id"], seen.header("x-request-id"));
            assert!(seen.header("content-security-policy").starts_with("sandbox"));
        }
    }
    let large = TestRequest::post().uri("/plugins/nobody/x").set_payload("x".repeat(1024 * 1024 + 1));
    let large = send(&app, large).await;
    assert_eq!(
        (large.status, &large.json()["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &"body_too_large".into())
    );
}
