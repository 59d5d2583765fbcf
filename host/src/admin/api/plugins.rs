//! `GET /api/v1/plugins`.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::host::PluginSummary;
use crate::isolate::Enforcement;

#[derive(Debug, Serialize)]
struct Plugins<'a> {
    /// How far the kernel holds all of them to what they may.
    enforcement: &'a Enforcement,
    plugins: Vec<PluginSummary>,
}

/// The plugins, those that are out too, and what was refused to each.
pub(in crate::admin) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = &console.host;
    Ok(HttpResponse::Ok().json(Plugins { enforcement: host.enforcement(), plugins: host.plugins() }))
}
