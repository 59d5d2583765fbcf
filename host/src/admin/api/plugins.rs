//! `GET /api/v1/plugins` and `/{id}`, and `POST /api/v1/plugins/{id}/quarantine` and `/release`.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tenon_migrations_core::migration::PluginId;

use super::findings::body;
use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::WordError;
use crate::plugin::faults::Quarantined;
use crate::plugin::isolate::{Enforcement, Layer};
use crate::report::{PluginDetail, PluginSummary};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Plugins {
    /// How far the kernel holds all of them to what they may.
    #[schema(value_type = Vec<Layer>)]
    enforcement: Enforcement,
    plugins: Vec<PluginSummary>,
    /// Files that were not there when the host started.
    #[schema(value_type = Vec<String>)]
    new_files: Vec<PathBuf>,
}

/// The plugins, those that are out too, and what was refused to each.
#[utoipa::path(
    get,
    path = "/api/v1/plugins",
    tag = "plugins",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "The plugins, those that are out too", body = Plugins),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = &console.host;
    Ok(HttpResponse::Ok().json(Plugins {
        enforcement: host.enforcement(),
        plugins: host.plugins().await,
        new_files: host.new_files(),
    }))
}

/// All that is known of one plugin: file, tables, migrations, settings, and what was counted of its routes.
#[utoipa::path(
    get,
    path = "/api/v1/plugins/{id}",
    tag = "plugins",
    extensions(("x-permission" = json!("read"))),
    params(("id" = String, Path, description = "The plugin's id")),
    responses(
        (status = 200, description = "The plugin, also one that is out", body = PluginDetail),
        (status = 404, description = "There is no such plugin"),
    )
)]
pub(crate) async fn show(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let plugin = id(&plugin)?;
    let (host, asked) = (Arc::clone(&console.host), plugin.clone());
    let detail = console.run(async move { host.plugin_detail(&asked).await }).await?;
    let nobody = || refused(&WordError::NoPlugin(plugin));
    Ok(HttpResponse::Ok().json(detail.ok_or_else(nobody)?))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    reason: String,
}

/// Puts a plugin into quarantine.
#[utoipa::path(
    post,
    path = "/api/v1/plugins/{id}/quarantine",
    tag = "plugins",
    extensions(("x-permission" = json!("quarantine"))),
    params(("id" = String, Path, description = "The plugin's id")),
    request_body = Reason,
    responses(
        (status = 200, description = "The word that is kept", body = Quarantined),
        (status = 400, description = "The body cannot be one"),
        (status = 404, description = "There is no such plugin"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 500, description = "The word could not be kept"),
    )
)]
pub(crate) async fn quarantine(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.permitted(Permission::Quarantine)?, Origin::Api);
    let plugin = id(&plugin)?;
    let Reason { reason } = body(payload).await?;
    let host = Arc::clone(&console.host);
    let put = console.run(async move { host.put_into_quarantine(&plugin, &reason, &by).await }).await?;
    Ok(HttpResponse::Ok().json(put.map_err(|error| refused(&error))?))
}

/// Releases a plugin from quarantine.
#[utoipa::path(
    post,
    path = "/api/v1/plugins/{id}/release",
    tag = "plugins",
    extensions(("x-permission" = json!("quarantine"))),
    params(("id" = String, Path, description = "The plugin's id")),
    responses(
        (status = 200, description = "The words that were taken back", body = Vec<Quarantined>),
        (status = 404, description = "There is no such plugin"),
        (status = 409, description = "The plugin is not in quarantine"),
        (status = 500, description = "The release could not be kept"),
    )
)]
pub(crate) async fn release(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.permitted(Permission::Quarantine)?, Origin::Api);
    let plugin = id(&plugin)?;
    let host = Arc::clone(&console.host);
    let released = console.run(async move { host.release(&plugin, &by).await }).await?;
    Ok(HttpResponse::Ok().json(released.map_err(|error| refused(&error))?))
}

pub(super) fn id(text: &str) -> Result<PluginId, ApiError> {
    let nobody =
        |_| Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoPlugin, format!("there is no plugin {text}"));
    text.parse().map_err(nobody).map_err(ApiError::from)
}

fn refused(error: &WordError) -> ApiError {
    let status = match error {
        WordError::NoPlugin(_) => StatusCode::NOT_FOUND,
        WordError::NotThere(_) => StatusCode::CONFLICT,
        WordError::State(_) | WordError::Interrupted(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Problem::new(status, error.code(), chain(error)).into()
}
