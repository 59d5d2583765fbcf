//! `GET /api/v1/findings`, and `POST /api/v1/findings/acknowledge` and `/unacknowledge`.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenon_migrations_core::acknowledgement::Acknowledgement;

use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::AcknowledgeError;
use crate::support::errors::chain;
use crate::support::term;

/// The largest body that is read.
const MOST_BYTES: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledge {
    findings: BTreeSet<String>,
    reason: String,
    until: Option<String>,
    #[serde(rename = "for")]
    duration: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unacknowledge {
    findings: BTreeSet<String>,
}

/// All findings of the last check; makes one if there was none.
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
pub(crate) async fn acknowledge(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.permitted(Permission::Acknowledge)?;
    let body: Acknowledge = body(payload).await?;
    let now = Timestamp::now();
    let until = match (&body.until, &body.duration) {
        (Some(_), Some(_)) => return Err(bad("bad_term", "give \"until\" or \"for\", and not both")),
        (Some(date), None) => term::until(date),
        (None, Some(duration)) => term::after(now, duration),
        (None, None) => Ok(term::usual(now)),
    };
    let until = until.map_err(|error| bad("bad_term", &error.to_string()))?;
    let word = Acknowledgement::new(&admin, now, until, &body.reason);
    let word = word.map_err(|error| bad("bad_acknowledgement", &error.to_string()))?;
    let host = Arc::clone(&console.host);
    let findings =
        console.run(async move { host.acknowledge(&body.findings, &word, Origin::Api).await }).await?;
    Ok(HttpResponse::Ok().json(findings.map_err(|error| refused(&error))?))
}

/// Takes acknowledgements back, of all findings or none.
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
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })?;
    let bytes = bytes.map_err(|error| bad("bad_body", &error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| bad("bad_body", &error.to_string()))
}

fn bad(code: &str, detail: &str) -> ApiError {
    Problem::new(StatusCode::BAD_REQUEST, code, detail).into()
}

fn refused(error: &AcknowledgeError) -> ApiError {
    let (status, code) = match error {
        AcknowledgeError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        AcknowledgeError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
        AcknowledgeError::FindingStore(_) => (StatusCode::INTERNAL_SERVER_ERROR, "not_kept"),
    };
    Problem::new(status, code, chain(error)).into()
}
