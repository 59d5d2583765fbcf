//! `GET /api/v1/verdicts`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::host::HistoryError;
use crate::support::errors::chain;

/// The most changes one answer holds.
const MOST: i64 = 1000;

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    since: Option<Timestamp>,
    limit: Option<i64>,
}

/// The changes of the verdict, the latest first.
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit is {limit}, and has to be from 1 to {MOST}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_limit", detail).into());
    }
    let since = query.since.unwrap_or(Timestamp::UNIX_EPOCH);
    let host = Arc::clone(&console.host);
    let verdicts = console.run(async move { host.verdicts(since, limit).await }).await?;
    let verdicts = verdicts.map_err(|error: HistoryError| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", chain(&error))
    })?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "format": 1, "verdicts": verdicts })))
}
