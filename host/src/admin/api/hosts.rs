//! `GET /api/v1/hosts`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::report::hosts::HostsReport;
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;

/// The hosts that serve the database.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Hosts {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    report: HostsReport,
}

/// The hosts that serve the database: what each is, what its last check came to, and how their plugins differ
/// from this one's.
#[utoipa::path(
    get,
    path = "/api/v1/hosts",
    tag = "hosts",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "The hosts, those that began first before the others", body = Hosts),
        (status = 503, description = "The database could not be read"),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.hosts().await }).await?;
    if let Some(trouble) = report.trouble {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, trouble).into());
    }
    Ok(HttpResponse::Ok().json(Hosts { format: FORMAT, report }))
}
