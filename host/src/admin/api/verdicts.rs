//! `GET /api/v1/verdicts`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::host::{HistoryError, VerdictChange};
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// The most changes one answer holds.
const MOST: i64 = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// The moment of the earliest change that is wanted.
    since: Option<Timestamp>,
    /// The most changes to answer with; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// The history of the verdict.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct VerdictHistory {
    /// The version of this JSON.
    format: u32,
    verdicts: Vec<VerdictChange>,
}

/// The changes of the verdict, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/verdicts",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    params(Query),
    responses(
        (status = 200, description = "The changes of the verdict", body = VerdictHistory),
        (status = 400, description = "A parameter cannot be one"),
        (status = 503, description = "The database could not be read"),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit is {limit}, and has to be from 1 to {MOST}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadLimit, detail).into());
    }
    let since = query.since.unwrap_or(Timestamp::UNIX_EPOCH);
    let host = Arc::clone(&console.host);
    let verdicts = console.run(async move { host.verdicts(since, limit).await }).await?;
    let verdicts = verdicts.map_err(|error: HistoryError| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, chain(&error))
    })?;
    Ok(HttpResponse::Ok().json(VerdictHistory { format: FORMAT, verdicts }))
}
