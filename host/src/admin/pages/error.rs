//! The page for what could not be done.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Frame;
use crate::admin::console::Interrupted;
use crate::admin::visitor::{self, Denied};
use crate::support::errors::chain;

/// Why a page is not shown as asked.
#[derive(Debug)]
pub(crate) struct PageError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    /// Log in, then come back to this path.
    LogIn {
        next: Option<String>,
    },
    Told {
        status: StatusCode,
        title: &'static str,
        detail: String,
        remedy: String,
        wait: Option<u64>,
    },
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    title: &'a str,
    detail: &'a str,
    remedy: &'a str,
}

impl PageError {
    pub(super) fn log_in(request: &HttpRequest) -> Self {
        Self(Box::new(Kind::LogIn { next: visitor::next_of(request) }))
    }

    pub(crate) fn new(status: StatusCode, title: &'static str, detail: String, remedy: &str) -> Self {
        Self(Box::new(Kind::Told { status, title, detail, remedy: remedy.to_owned(), wait: None }))
    }
}

impl From<Denied> for PageError {
    fn from(denied: Denied) -> Self {
        let title = match denied {
            Denied::NotLoggedIn => return Self(Box::new(Kind::LogIn { next: None })),
            Denied::Role { .. } | Denied::Scope { .. } | Denied::Proxy(_) => "Not permitted",
            Denied::TooMany(_) => "Too many attempts",
            Denied::CrossSite => "Not from here",
            Denied::Accounts(_) => "Nobody can log in",
            Denied::WrongCredentials
            | Denied::NotBasic(_)
            | Denied::WrongToken
            | Denied::ExpiredToken { .. } => "Not logged in",
        };
        Self(Box::new(Kind::Told {
            status: denied.status(),
            title,
            detail: sentence(&denied.to_string()),
            remedy: sentence(denied.remedy()),
            wait: denied.wait().map(|wait| wait.as_secs().saturating_add(1)),
        }))
    }
}

impl From<Interrupted> for PageError {
    fn from(error: Interrupted) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Interrupted", sentence(&chain(&error)), "Try again.")
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be drawn", error.to_string(), "")
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::LogIn { .. } => f.write_str("log in first"),
            Kind::Told { detail, .. } => f.write_str(detail),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match &*self.0 {
            Kind::LogIn { .. } => StatusCode::SEE_OTHER,
            Kind::Told { status, .. } => *status,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (status, title, detail, remedy, wait) = match &*self.0 {
            Kind::LogIn { next } => return super::see_other(&with_next("/login", next.as_deref())),
            Kind::Told { status, title, detail, remedy, wait } => (*status, title, detail, remedy, wait),
        };
        let page = ErrorPage { frame: Frame::of_stranger(), title, detail, remedy };
        let drawn = super::page(status, &page);
        let mut response =
            drawn.unwrap_or_else(|_| HttpResponse::build(status).body(format!("{title}: {detail}")));
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, (*wait).into());
        }
        response
    }
}

/// What stands for itself in the path that the login page is given.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// The path of a login, with where to go on afterwards.
pub(super) fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        None => path.to_owned(),
        Some(next) => format!("{path}?next={}", utf8_percent_encode(next, PLAIN)),
    }
}

/// Answers for paths that are not there.
pub(crate) async fn not_found(request: HttpRequest) -> Result<HttpResponse, PageError> {
    let detail = format!("There is nothing at {}.", request.path());
    Err(PageError::new(StatusCode::NOT_FOUND, "Page not found", detail, ""))
}

/// A message of ours as a sentence for a page.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
