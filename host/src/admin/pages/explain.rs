//! What a code means, at the address that errors of the API name as their type.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Frame, PageError, PageVisitor, page};
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::report::explain::{Explanation, explain, explanations};

#[derive(Template)]
#[template(path = "explain.html")]
struct ExplainPage {
    frame: Frame,
    code: Option<String>,
    found: Vec<Explanation>,
}

/// One code.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    code: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let code = code.into_inner();
    let found = explain(&code);
    if found.is_empty() {
        let detail = t!("explain-none-detail").arg("code", code);
        return Err(PageError::new(StatusCode::NOT_FOUND, t!("explain-none"), detail, Markup::default()));
    }
    let frame = Frame::of(&console, &visitor, "").await;
    page(StatusCode::OK, &ExplainPage { frame, code: Some(code), found })
}

/// All codes.
pub(crate) async fn list(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::of(&console, &visitor, "").await;
    page(StatusCode::OK, &ExplainPage { frame, code: None, found: explanations().collect() })
}
