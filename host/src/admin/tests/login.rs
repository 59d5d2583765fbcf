use actix_web::http::{Method, StatusCode};
use futures_util::future::join_all;

use super::bench::{PASSWORD, Place, from_page, from_program, login_form, send, session_of};

#[tokio::test]
async fn a_session_lasts_until_logging_out() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "admin").await;
    assert!(session.http_only().unwrap() && session.same_site().unwrap().is_lax());
    let page = send(&app, from_page(Method::GET, "/").cookie(session.clone())).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<b>admin</b>"), "{}", page.body);
    let out = send(&app, from_page(Method::POST, "/logout").cookie(session.clone())).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(out.session().value(), "");
    // Whoever has a copy of the cookie has nothing.
    let copied = send(&app, from_page(Method::GET, "/").cookie(session)).await;
    assert_eq!(copied.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn logging_in_again_ends_the_session_that_the_browser_had() {
    let place = Place::new();
    let app = place.app().await;
    let (first, other) = (session_of(&app, "admin").await, session_of(&app, "admin").await);
    let again = send(&app, login_form("vera", PASSWORD).cookie(first.clone())).await;
    for (session, status) in
        [(first, StatusCode::SEE_OTHER), (other, StatusCode::OK), (again.session(), StatusCode::OK)]
    {
        assert_eq!(send(&app, from_page(Method::GET, "/").cookie(session)).await.status, status);
    }
}

#[tokio::test]
async fn many_who_send_the_same_right_password_at_once_cost_one_attempt() {
    let place = Place::new();
    let app = place.app().await;
    let all = join_all((0..30).map(|_| send(&app, login_form("admin", PASSWORD)))).await;
    assert!(all.iter().all(|seen| seen.status == StatusCode::SEE_OTHER));
    let wrong = join_all((0..30).map(|_| send(&app, login_form("vera", "wrong password")))).await;
    assert!(wrong.iter().all(|seen| seen.status == StatusCode::UNAUTHORIZED));
    // One after the other each is an attempt of its own.
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(send(&app, login_form("vera", "wrong password")).await.status);
    }
    assert_eq!(statuses[19], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_name_is_kept() {
    let place = Place::new();
    let app = place.app().await;
    for name in ["admin", "nobody"] {
        let seen = send(&app, login_form(name, "wrong password")).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert!(seen.body.contains("do not belong together"), "{}", seen.body);
        assert!(seen.body.contains(&format!("value=\"{name}\"")) && !seen.body.contains("wrong password"));
    }
}

#[tokio::test]
async fn after_logging_in_the_page_that_was_asked_for_is_shown() {
    let place = Place::new();
    let app = place.app().await;
    let asked = send(&app, from_page(Method::GET, "/heal?without=a")).await;
    assert_eq!(asked.header("location"), "/login?next=/heal%3Fwithout%3Da");
    for (next, expected) in [("/heal?without=a", "/heal?without=a"), ("//evil.example", "/")] {
        let form = [("name", "admin"), ("password", PASSWORD), ("next", next)];
        let seen = send(&app, from_page(Method::POST, "/login").set_form(form)).await;
        assert_eq!(seen.header("location"), expected);
    }
}

#[tokio::test]
async fn another_password_and_a_removed_account_end_all_sessions() {
    let place = Place::new();
    let app = place.app().await;
    let (admin, vera) = (session_of(&app, "admin").await, session_of(&app, "vera").await);
    let health = || from_program(Method::GET, "/api/v1/health", "admin", PASSWORD);
    assert_eq!(send(&app, health()).await.status, StatusCode::OK);
    place.console.accounts.set_password("admin", &"battery staple".to_owned().into()).unwrap();
    place.console.accounts.remove("vera").unwrap();
    for session in [admin, vera] {
        let seen = send(&app, from_page(Method::GET, "/").cookie(session)).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER);
    }
    // Nor does the remembered verification of a program outlive its password.
    assert_eq!(send(&app, health()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_guesses_has_to_wait_and_who_is_remembered_does_not() {
    let place = Place::new();
    let app = place.app().await;
    let health = || from_program(Method::GET, "/api/v1/health", "admin", PASSWORD);
    // More calls than attempts are allowed: only the first one is an attempt.
    for _ in 0..30 {
        assert_eq!(send(&app, health()).await.status, StatusCode::OK);
    }
    for _ in 0..20 {
        send(&app, login_form("someone", "wrong password")).await;
    }
    let page = send(&app, login_form("someone", "wrong password")).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        page.body.contains("Too many attempts") && !page.header("retry-after").is_empty(),
        "{}",
        page.body
    );
    let program = send(&app, from_program(Method::GET, "/api/v1/health", "vera", PASSWORD)).await;
    assert_eq!(program.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(program.json()["code"], "too_many_attempts");
    assert!(program.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(send(&app, health()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_damaged_accounts_file_lets_nobody_in_and_stays_as_it_is() {
    let place = Place::new();
    let app = place.app().await;
    let session = session_of(&app, "admin").await;
    let path = place.console.accounts.path();
    let before = std::fs::read(path).unwrap();
    std::fs::write(path, "{").unwrap();
    for request in [from_page(Method::GET, "/").cookie(session.clone()), login_form("admin", PASSWORD)] {
        let seen = send(&app, request).await;
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(seen.body.contains("accounts file cannot be used"), "{}", seen.body);
    }
    assert_eq!(send(&app, from_page(Method::GET, "/healthz")).await.status, StatusCode::OK);
    assert_eq!(std::fs::read(path).unwrap(), b"{");
    std::fs::write(path, before).unwrap();
    assert_eq!(send(&app, from_page(Method::GET, "/").cookie(session)).await.status, StatusCode::OK);
}
