//! `POST /api/v1/plan/approve`: the second person's word.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::findings::body;
use super::heal::reviewed;
use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::{ApproveError, Approved};
use crate::report::json::FORMAT;
use crate::support::errors::chain;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApproveBody {
    plan_hash: String,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    repair: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
}

/// The approval that counts now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ApproveAnswer {
    /// The version of this JSON.
    format: u32,
    approved: Approved,
}

/// Approves the plan, if it is still the one that was looked at.
#[utoipa::path(
    post,
    path = "/api/v1/plan/approve",
    tag = "heal",
    extensions(("x-permission" = json!("heal"))),
    request_body = ApproveBody,
    responses(
        (status = 200, description = "It is approved", body = ApproveAnswer),
        (status = 400, description = "The body cannot be one"),
        (status = 409, description = "The plan is another one by now, or nobody has to approve it, or this person has"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 503, description = "The database could not be read, or the approval not be recorded"),
    )
)]
pub(crate) async fn approve(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.healer()?, Origin::Api);
    let ApproveBody { plan_hash, without, repair, allow } = body(payload).await?;
    let (hash, without, repairs) = reviewed(&plan_hash, &without, &repair, &allow)?;
    let host = Arc::clone(&console.host);
    let approved = console.run(async move { host.approve(hash, &without, &repairs, &by).await }).await?;
    let approved = approved.map_err(|error| refused(&error))?;
    Ok(HttpResponse::Ok().json(ApproveAnswer { format: FORMAT, approved }))
}

fn refused(error: &ApproveError) -> ApiError {
    let status = match error {
        ApproveError::Plan(_) | ApproveError::NotRecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
        ApproveError::Changed { .. }
        | ApproveError::NotConfigured
        | ApproveError::NotNeeded
        | ApproveError::Already { .. } => StatusCode::CONFLICT,
    };
    Problem::new(status, error.code(), chain(error)).remedy(error.remedy()).into()
}
