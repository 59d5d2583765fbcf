//! `GET /api/v1/notifications`.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::host::notify::NotificationReport;

/// The most messages that one answer holds.
pub(crate) const MOST: i64 = 100;

/// The targets of messages, and what they have not taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Notifications {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    report: NotificationReport,
}

/// The targets that this host tells of changes, and the latest 100 messages that they have not taken.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The targets, and what has not arrived", body = Notifications))
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.notifications(MOST).await }).await?;
    Ok(HttpResponse::Ok().json(Notifications { format: 1, report }))
}
