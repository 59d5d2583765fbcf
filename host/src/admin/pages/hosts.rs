//! The page of the hosts that serve the database.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::report::hosts::HostsReport;

#[derive(Template)]
#[template(path = "hosts.html")]
struct HostsPage {
    frame: Frame,
    report: HostsReport,
}

/// All hosts, as their rows in the database tell.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.hosts().await }).await?;
    let frame = Frame::of(&console, &visitor, "/host").await;
    page(StatusCode::OK, &HostsPage { frame, report })
}
