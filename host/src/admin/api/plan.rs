//! `GET /api/v1/plan`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::{ApiError, ApiVisitor, bad_plugin_id, plugin_ids};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::errors::chain;
use crate::host::PlanError;

#[derive(Debug, Deserialize)]
pub(in crate::admin) struct Query {
    /// Plugins to leave out, separated by commas.
    #[serde(default)]
    without: String,
}

/// What a heal would do now.
pub(in crate::admin) async fn plan(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let without = plugin_ids([query.without.as_str()]).map_err(|error| bad_plugin_id(&error))?;
    let host = Arc::clone(&console.host);
    let plan = console.run(async move { host.plan(&without).await }).await?;
    let plan = plan.map_err(|error| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(plan))
}

fn unavailable(error: &PlanError) -> ApiError {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "plan_unavailable", chain(error))
        .remedy(error.remedy())
        .with("kind", error.unavailable())
        .into()
}
