//! `GET /api/v1/health` and `POST /api/v1/check`.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::report::HealthReport;

/// The report of the last check; makes one if there was none.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "check",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "The report of the last check, or of one made now if there was none", body = HealthReport),
    )
)]
pub(crate) async fn health(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    match console.host.health() {
        Some(report) => Ok(HttpResponse::Ok().json(&*report)),
        None => made(console).await,
    }
}

/// Compares the database now.
#[utoipa::path(
    post,
    path = "/api/v1/check",
    tag = "check",
    extensions(("x-permission" = json!("check"))),
    responses(
        (status = 200, description = "The report of the check", body = HealthReport),
    )
)]
pub(crate) async fn check(
    visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    visitor.permitted(Permission::Check)?;
    made(console).await
}

async fn made(console: web::Data<Console>) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.check().await }).await?;
    Ok(HttpResponse::Ok().json(&*report))
}
