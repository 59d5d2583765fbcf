//! The page of those who are told of changes, and of what has not arrived.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::api::notifications::MOST;
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::host::notify::NotificationReport;

#[derive(Template)]
#[template(path = "notifications.html")]
struct NotificationsPage {
    frame: Frame,
    report: NotificationReport,
}

/// The targets of this host's configuration.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.notifications(MOST).await }).await?;
    let frame = Frame::of(&console, &visitor, "/audit").await;
    page(StatusCode::OK, &NotificationsPage { frame, report })
}
