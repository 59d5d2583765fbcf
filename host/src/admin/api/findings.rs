//! `GET /api/v1/findings`, and `POST /api/v1/findings/acknowledge` and `/unacknowledge`.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::Finding;

use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::AcknowledgeError;
use crate::report::Listed;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::term;

/// The largest body that is read.
const MOST_BYTES: usize = 64 * 1024;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledge {
    /// The ids of the findings.
    findings: BTreeSet<String>,
    reason: String,
    /// The day up to which it holds, as `2026-12-31`, or the moment.
    until: Option<String>,
    /// How long it holds, as `90d`, in place of `until`.
    #[serde(rename = "for")]
    duration: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unacknowledge {
    findings: BTreeSet<String>,
}

/// All findings of the last check; makes one if there was none.
#[utoipa::path(
    get,
    path = "/api/v1/findings",
    tag = "findings",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "All findings, those of the host first", body = Vec<Listed>),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let report = match console.host.health() {
        Some(report) => report,
        None => {
            let host = Arc::clone(&console.host);
            console.run(async move { host.check().await }).await?
        }
    };
    Ok(HttpResponse::Ok().json(report.list()))
}

/// Acknowledges findings, all or none.
#[utoipa::path(
    post,
    path = "/api/v1/findings/acknowledge",
    tag = "findings",
    extensions(("x-permission" = json!("acknowledge"))),
    request_body = Acknowledge,
    responses(
        (status = 200, description = "The findings as they are now", body = Vec<Finding>),
        (status = 400, description = "The body, the reason or the term cannot be one"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 422, description = "A finding is not there, or cannot be acknowledged; nothing was done"),
    )
)]
pub(crate) async fn acknowledge(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.permitted(Permission::Acknowledge)?;
    let body: Acknowledge = body(payload).await?;
    let now = Timestamp::now();
    let until = match (&body.until, &body.duration) {
        (Some(_), Some(_)) => return Err(bad(ErrorCode::BadTerm, "give \"until\" or \"for\", and not both")),
        (Some(date), None) => term::until(date),
        (None, Some(duration)) => term::after(now, duration),
        (None, None) => Ok(term::usual(now)),
    };
    let until = until.map_err(|error| bad(ErrorCode::BadTerm, &error.to_string()))?;
    let word = Acknowledgement::new(&admin, now, until, &body.reason);
    let word = word.map_err(|error| bad(ErrorCode::BadAcknowledgement, &error.to_string()))?;
    let host = Arc::clone(&console.host);
    let findings =
        console.run(async move { host.acknowledge(&body.findings, &word, Origin::Api).await }).await?;
    Ok(HttpResponse::Ok().json(findings.map_err(|error| refused(&error))?))
}

/// Takes acknowledgements back, of all findings or none.
#[utoipa::path(
    post,
    path = "/api/v1/findings/unacknowledge",
    tag = "findings",
    extensions(("x-permission" = json!("acknowledge"))),
    request_body = Unacknowledge,
    responses(
        (status = 200, description = "The findings as they are now", body = Vec<Finding>),
        (status = 400, description = "The body cannot be one"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 422, description = "A finding is not there, or not acknowledged; nothing was done"),
    )
)]
pub(crate) async fn unacknowledge(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.permitted(Permission::Acknowledge)?, Origin::Api);
    let body: Unacknowledge = body(payload).await?;
    let host = Arc::clone(&console.host);
    let findings = console.run(async move { host.unacknowledge(&body.findings, &by).await }).await?;
    Ok(HttpResponse::Ok().json(findings.map_err(|error| refused(&error))?))
}

pub(super) async fn body<T: DeserializeOwned>(payload: web::Payload) -> Result<T, ApiError> {
    let bytes = payload.to_bytes_limited(MOST_BYTES).await.map_err(|_| {
        let detail = format!("the body is larger than {MOST_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge, detail)
    })?;
    let bytes = bytes.map_err(|error| bad(ErrorCode::BadBody, &error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| bad(ErrorCode::BadBody, &error.to_string()))
}

fn bad(code: ErrorCode, detail: &str) -> ApiError {
    Problem::new(StatusCode::BAD_REQUEST, code, detail).into()
}

fn refused(error: &AcknowledgeError) -> ApiError {
    let status = match error {
        AcknowledgeError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        AcknowledgeError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AcknowledgeError::FindingStore(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Problem::new(status, error.code(), chain(error)).into()
}
