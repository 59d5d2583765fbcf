//! The pages: drawn by the server, with forms that post and redirect, so that no script is needed.

pub(super) mod account;
pub(super) mod account_detail;
pub(super) mod accounts;
pub(super) mod api;
pub(super) mod approve;
pub(super) mod audit;
pub(super) mod doctor;
pub(super) mod error;
pub(super) mod events;
pub(super) mod explain;
mod filter;
pub(super) mod finding;
pub(super) mod findings;
pub(super) mod graph;
pub(super) mod heal;
pub(super) mod health;
pub(super) mod hosts;
pub(super) mod jobs;
pub(super) mod login;
pub(super) mod notifications;
#[cfg(feature = "oidc")]
pub(super) mod oidc;
mod overview;
mod plan_view;
pub(super) mod plugin;
pub(super) mod plugin_page;
pub(super) mod plugin_settings;
pub(super) mod quarantine;
pub(super) mod run;
mod running;
mod timeline;
mod words;

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;

pub(crate) use error::PageError;

use super::console::Console;
use super::headers::Nonce;
use super::strings;
use super::visitor::{self, Denied, Visitor};
use crate::host::RunningHeal;

/// What stands around every page.
#[derive(Debug)]
pub(super) struct Frame {
    visitor: Option<Visitor>,
    /// The path of the current page in the navigation.
    here: &'static str,
    /// The heal that runs, whoever's it is.
    heal: Option<RunningHeal>,
    /// How many findings of the last check count.
    counting: usize,
}

impl Frame {
    /// The frame of a page for somebody who is logged in.
    async fn of(console: &Console, visitor: &Visitor, here: &'static str) -> Self {
        let host = Arc::clone(&console.host);
        let heal = console.run(async move { host.heal_shown().await }).await.ok().flatten();
        let counting = console.host.health().map_or(0, |report| report.counting().count());
        Self { visitor: Some(visitor.clone()), here, heal, counting }
    }

    fn may_heal(&self) -> bool {
        self.visitor.as_ref().is_some_and(Visitor::may_heal)
    }

    /// Whether the heal that runs can be stopped from here.
    fn may_stop(&self) -> bool {
        self.may_heal() && self.heal.as_ref().is_some_and(|heal| heal.heal.is_some())
    }

    fn stop_path(&self) -> String {
        let heal = self.heal.as_ref().and_then(|heal| heal.heal);
        heal.map_or_else(|| "/heal".to_owned(), |heal| format!("/heal/{heal}/cancel"))
    }

    fn of_stranger() -> Self {
        Self { visitor: None, here: "", heal: None, counting: 0 }
    }

    /// The language of the page.
    fn language(&self) -> &'static str {
        strings::language()
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
            let visitor = visitor::of_browser(console, &request).await?;
            visitor.map(Self).ok_or_else(|| PageError::log_in(&request))
        })
    }
}

/// A page with this status, whose scripts and styles bear a nonce of its own.
fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    page_with(Nonce::new(), status, template)
}

/// A page that frames one of a plugin.
fn framing_page(template: &impl Template) -> Result<HttpResponse, PageError> {
    page_with(Nonce::of_frame(), StatusCode::OK, template)
}

fn page_with(nonce: Nonce, status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    let body = template.render_with_values(&("nonce", &nonce as &dyn Any))?;
    let mut response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body);
    response.extensions_mut().insert(nonce);
    Ok(response)
}

/// Go on there with GET.
fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}
