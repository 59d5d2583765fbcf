//! `GET /api/v1/audit`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::host::AuditLog;

/// The most entries one answer holds.
const MOST: usize = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// The most entries to answer with; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The latest entries, newest first: heals, and what was done besides.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    params(Query),
    responses(
        (status = 200, description = "The entries; `trouble` says why those of the database are missing", body = AuditLog),
        (status = 400, description = "A parameter cannot be one"),
    )
)]
pub(crate) async fn audit(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit is {limit}, and has to be from 1 to {MOST}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_limit", detail).into());
    }
    let host = Arc::clone(&console.host);
    let log = console.run(async move { host.audit(limit).await }).await?;
    Ok(HttpResponse::Ok().json(log))
}
