//! `POST /api/v1/plan/approve`: the second person's word.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use tenon_migrations_core::migration::Checksum;

use super::findings::body;
use super::{ApiError, ApiVisitor, bad_hazard, bad_plugin_id, plugin_ids, repairs};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::ApproveError;
use crate::support::errors::chain;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    plan_hash: String,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    repair: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
}

/// Approves the plan, if it is still the one that was looked at.
pub(crate) async fn approve(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.healer()?, Origin::Api);
    let Body { plan_hash, without, repair, allow } = body(payload).await?;
    let hash = plan_hash
        .parse::<Checksum>()
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad_plan_hash", error.to_string()))?;
    let without = plugin_ids(without.iter().map(String::as_str)).map_err(|error| bad_plugin_id(&error))?;
    let repairs = repairs(repair.iter().map(String::as_str), allow.iter().map(String::as_str))
        .map_err(|error| bad_hazard(&error))?;
    let host = Arc::clone(&console.host);
    let approved = console.run(async move { host.approve(hash, &without, &repairs, &by).await }).await?;
    let approved = approved.map_err(|error| refused(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "format": 1, "approved": approved })))
}

fn refused(error: &ApproveError) -> ApiError {
    let (status, code) = match error {
        ApproveError::Plan(_) => (StatusCode::SERVICE_UNAVAILABLE, "plan_unavailable"),
        ApproveError::Changed { .. } => (StatusCode::CONFLICT, "plan_changed"),
        ApproveError::NotConfigured => (StatusCode::CONFLICT, "approvals_not_configured"),
        ApproveError::NotNeeded => (StatusCode::CONFLICT, "approval_not_needed"),
        ApproveError::Already { .. } => (StatusCode::CONFLICT, "approved_already"),
        ApproveError::NotRecorded(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_recorded"),
    };
    Problem::new(status, code, chain(error)).remedy(error.remedy()).into()
}
