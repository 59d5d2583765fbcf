//! `GET /api/v1/doctor`: the installation as a whole.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::doctor::examine;
use crate::report::doctor::DoctorReport;
use crate::report::json::FORMAT;

/// What was looked at.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DoctorAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    report: DoctorReport,
}

/// Everything that can be looked at of this host's installation. Nothing is changed.
#[utoipa::path(
    get,
    path = "/api/v1/doctor",
    tag = "check",
    extensions(("x-permission" = json!("administer"))),
    responses((status = 200, description = "Each thing that was looked at", body = DoctorAnswer))
)]
pub(crate) async fn doctor(
    visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    visitor.permitted(Permission::Administer)?;
    let host = Arc::clone(&console.host);
    let report = console.run(async move { examine(&host, None, None).await }).await?;
    Ok(HttpResponse::Ok().json(DoctorAnswer { format: FORMAT, report }))
}
