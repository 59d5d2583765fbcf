//! `GET` and `PUT /api/v1/plugins/{id}/settings`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::findings::body;
use super::plugins::id;
use super::{ApiError, ApiVisitor};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::saved_settings::{SaveError, SavedChange};
use crate::plugin::settings::edit::SettingsEdit;
use crate::plugin::settings::saved::SavedValues;
use crate::report::json::FORMAT;
use crate::report::settings::SettingsReport;
use crate::support::errors::chain;

/// The settings of a plugin.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct PluginSettingsAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    report: SettingsReport,
}

/// The settings that a plugin takes: what is configured, what is saved, and by what it runs here.
#[utoipa::path(
    get,
    path = "/api/v1/plugins/{id}/settings",
    tag = "plugins",
    extensions(("x-permission" = json!("read"))),
    params(("id" = String, Path, description = "The plugin's id")),
    responses(
        (status = 200, description = "The settings, each with its kind, its default and its value", body = PluginSettingsAnswer),
        (status = 404, description = "There is no such plugin, or it does not say which settings it takes"),
    )
)]
pub(crate) async fn show(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let plugin = id(&plugin)?;
    let (host, asked) = (Arc::clone(&console.host), plugin.clone());
    let report = console.run(async move { host.settings_now(&asked).await }).await?;
    let report = report.ok_or_else(|| {
        let is_there = console.host.names().contains_key(&plugin);
        refused(&if is_there { SaveError::Undeclared(plugin) } else { SaveError::NoPlugin(plugin) })
    })?;
    Ok(HttpResponse::Ok().json(PluginSettingsAnswer { format: FORMAT, report }))
}

/// What is to be saved.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsWish {
    /// The version that is replaced, as it was read; 0 where nothing was ever saved.
    version: i64,
    /// All values by the names of the settings, such as `mail.from`. What is not there goes by its default.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    values: SavedValues,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SavedAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    change: SavedChange,
}

/// Saves settings of a plugin for all hosts, each of which applies them when it starts anew.
#[utoipa::path(
    put,
    path = "/api/v1/plugins/{id}/settings",
    tag = "plugins",
    extensions(("x-permission" = json!("administer"))),
    params(("id" = String, Path, description = "The plugin's id")),
    request_body = SettingsWish,
    responses(
        (status = 200, description = "They are saved, or were so already", body = SavedAnswer),
        (status = 400, description = "The body cannot be one"),
        (status = 404, description = "There is no such plugin, or it does not say which settings it takes"),
        (status = 409, description = "Somebody has changed them since that version, or their table is not there yet"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 422, description = "It is not what the plugin takes: `problems` has all that is wrong"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn save(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.permitted(Permission::Administer)?, Origin::Api);
    let plugin = id(&plugin)?;
    let SettingsWish { version, values } = body(payload).await?;
    let host = Arc::clone(&console.host);
    let edit = SettingsEdit::Whole(values);
    let saved =
        console.run(async move { host.save_settings(&plugin, Some(version), &edit, &by).await }).await?;
    let change = saved.map_err(|error| refused(&error))?;
    Ok(HttpResponse::Ok().json(SavedAnswer { format: FORMAT, change }))
}

/// The status of an error, for programs and on the page.
pub(crate) fn status_of(error: &SaveError) -> StatusCode {
    match error {
        SaveError::NoPlugin(_) | SaveError::Undeclared(_) => StatusCode::NOT_FOUND,
        SaveError::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
        SaveError::Stale(_) | SaveError::Pending => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn refused(error: &SaveError) -> ApiError {
    let problem = Problem::new(status_of(error), error.code(), chain(error)).remedy(error.remedy());
    match error {
        SaveError::Wrong(problems) => problem.with("problems", problems).into(),
        SaveError::Stale(now) => problem.with("version", now.version).into(),
        _ => problem.into(),
    }
}
