//! Logging in and out.

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{Frame, PageError, error, page, see_other};
use crate::admin::basic::Credentials;
use crate::admin::console::Console;
use crate::admin::session::{LiveSession, SessionOwner};
use crate::admin::strings::{Text, t};
use crate::admin::visitor::{self, Denied};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    frame: Frame,
    /// What went wrong with the last attempt, and what was typed as the name.
    message: Option<Text>,
    name: &'a str,
    next: &'a str,
    /// The identity provider's name, and where to go for it, if there is one.
    provider: Option<(&'a str, String)>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    next: String,
}

/// The form. Who is logged in already goes on.
pub(crate) async fn show(
    request: HttpRequest,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    if visitor::of_browser(&console, &request).await?.is_some() {
        return Ok(see_other(destination(&query.next)));
    }
    let (next, provider) = (&query.next, provider(&console, &query.next));
    page(StatusCode::OK, &LoginPage { frame: Frame::of_stranger(), message: None, name: "", next, provider })
}

#[derive(Deserialize)]
pub(crate) struct Form {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Begins a session, or shows the form again with what was wrong.
pub(crate) async fn log_in(
    request: HttpRequest,
    console: web::Data<Console>,
    session: Session,
    form: web::Form<Form>,
) -> Result<HttpResponse, PageError> {
    let Form { name, password, next } = form.into_inner();
    let credentials = Credentials { name: name.trim().to_owned(), password: password.into() };
    let (status, message, wait) = match visitor::log_in(&console, &request, &credentials).await {
        Ok(account) => {
            let owner = SessionOwner::from(&account);
            let from = LiveSession::of(&owner, &request, console.proxy);
            console.sessions.begin(&console.host, &session, owner, from).await;
            return Ok(see_other(destination(&next)));
        }
        Err(denied @ Denied::TooMany(_)) => {
            let wait = denied.wait().map_or(1, |wait| wait.as_secs().saturating_add(1));
            let message = t!("login-wait").number("seconds", wait);
            (denied.status(), message, Some(wait))
        }
        Err(Denied::WrongCredentials) => (StatusCode::UNAUTHORIZED, t!("login-wrong"), None),
        Err(other) => return Err(other.into()),
    };
    let form = LoginPage {
        frame: Frame::of_stranger(),
        message: Some(message),
        name: &credentials.name,
        next: &next,
        provider: provider(&console, &next),
    };
    let mut response = page(status, &form)?;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(wait));
    }
    Ok(response)
}

/// Ends the session.
pub(crate) async fn log_out(console: web::Data<Console>, session: Session) -> HttpResponse {
    console.sessions.end(&console.host, &session).await;
    see_other("/login")
}

/// The identity provider's name, and where a login at it begins.
fn provider<'a>(console: &'a Console, next: &str) -> Option<(&'a str, String)> {
    let provider = console.host.config().admin.oidc.as_ref()?;
    let next = Some(next).filter(|next| !next.is_empty());
    Some((&provider.name, error::with_next("/login/oidc", next)))
}

/// Where to go after logging in: to a page of ours.
pub(super) fn destination(next: &str) -> &str {
    if visitor::is_own_path(next) { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_logging_in_nobody_is_sent_to_another_site() {
        assert_eq!(destination("/heal?without=a"), "/heal?without=a");
        for elsewhere in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nX: y", "heal"]
        {
            assert_eq!(destination(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
