//! The page for what could not be done.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Frame;
use crate::admin::console::Interrupted;
use crate::admin::strings::{Markup, Text, t};
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
        title: Text,
        detail: Markup,
        remedy: Markup,
        wait: Option<u64>,
    },
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    title: &'a Text,
    detail: &'a Markup,
    remedy: &'a Markup,
}

impl PageError {
    pub(super) fn log_in(request: &HttpRequest) -> Self {
        Self(Box::new(Kind::LogIn { next: visitor::next_of(request) }))
    }

    pub(crate) fn new(
        status: StatusCode,
        title: Text,
        detail: impl Into<Markup>,
        remedy: impl Into<Markup>,
    ) -> Self {
        let (detail, remedy) = (detail.into(), remedy.into());
        Self(Box::new(Kind::Told { status, title, detail, remedy, wait: None }))
    }
}

impl From<Denied> for PageError {
    fn from(denied: Denied) -> Self {
        let title = match denied {
            Denied::NotLoggedIn => return Self(Box::new(Kind::LogIn { next: None })),
            Denied::Role { .. } | Denied::Scope { .. } | Denied::Proxy(_) => t!("not-permitted"),
            Denied::TooMany(_) => t!("too-many-attempts"),
            Denied::CrossSite => t!("not-from-here"),
            Denied::Accounts(_) => t!("nobody-can-log-in"),
            Denied::WrongCredentials
            | Denied::NotBasic(_)
            | Denied::WrongToken
            | Denied::ExpiredToken { .. } => t!("not-logged-in"),
        };
        let (detail, remedy) = match denied {
            Denied::CrossSite => (t!("not-from-here-detail"), t!("not-from-here-remedy")),
            _ => (sentence(&denied.to_string()), sentence(denied.remedy())),
        };
        Self(Box::new(Kind::Told {
            status: denied.status(),
            title,
            detail: detail.into(),
            remedy: remedy.into(),
            wait: denied.wait().map(|wait| wait.as_secs().saturating_add(1)),
        }))
    }
}

impl From<Interrupted> for PageError {
    fn from(error: Interrupted) -> Self {
        let remedy = t!("interrupted-remedy");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, t!("interrupted"), sentence(&chain(&error)), remedy)
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        let detail = Markup::escaped(error);
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, t!("not-drawn"), detail, Markup::default())
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::LogIn { .. } => t!("not-logged-in").fmt(f),
            Kind::Told { detail, .. } => detail.fmt(f),
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
    let detail = t!("not-found-detail").arg("path", request.path());
    Err(PageError::new(StatusCode::NOT_FOUND, t!("not-found"), detail, Markup::default()))
}

/// A message of ours as a sentence for a page.
pub(super) fn sentence(text: &str) -> Text {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    t!("sentence").arg("text", format!("{first}{}", chars.as_str()))
}
