//! The pages: drawn by the server, with forms that post and redirect, so that no script is needed.

pub(super) mod audit;
pub(super) mod error;
pub(super) mod findings;
pub(super) mod heal;
pub(super) mod health;
pub(super) mod login;
pub(super) mod quarantine;
pub(super) mod run;
mod words;

use std::any::Any;
use std::pin::Pin;

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;

pub(crate) use error::PageError;

use super::console::Console;
use super::headers::Nonce;
use super::visitor::{self, Denied, Visitor};

/// What stands around every page.
#[derive(Debug)]
pub(super) struct Frame {
    visitor: Option<Visitor>,
    /// The path of the current page in the navigation.
    here: &'static str,
}

impl Frame {
    fn new(visitor: &Visitor, here: &'static str) -> Self {
        Self { visitor: Some(visitor.clone()), here }
    }

    fn of_stranger() -> Self {
        Self { visitor: None, here: "" }
    }

    /// The path of an asset, which changes with its content.
    fn asset(&self, name: &str) -> String {
        super::assets::path(name)
    }
}

/// Somebody who is logged in and looks at a page.
#[derive(Debug)]
pub(super) struct PageVisitor(pub Visitor);

impl FromRequest for PageVisitor {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let console = request.app_data::<web::Data<Console>>().ok_or(Denied::NotLoggedIn)?;
            let visitor = visitor::by_session(console, &request.get_session()).await?;
            visitor.map(Self).ok_or_else(|| PageError::log_in(&request))
        })
    }
}

/// A page with this status, whose scripts and styles bear a nonce of its own.
fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    let nonce = Nonce::new();
    let body = template.render_with_values(&("nonce", &nonce as &dyn Any))?;
    let mut response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body);
    response.extensions_mut().insert(nonce);
    Ok(response)
}

/// Go on there with GET.
fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}
