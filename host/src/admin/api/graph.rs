//! `GET /api/v1/graph`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tenon_migrations_core::migration::PluginId;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::host::Tenon;
use crate::report::graph::{DependencyGraph, dot, svg};
use crate::support::error_code::ErrorCode;

/// What of the graph is asked for: `?format=svg&plugin=inventory&migrations=true`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GraphQuery {
    #[serde(default)]
    #[param(inline)]
    format: Format,
    pub(crate) plugin: Option<PluginId>,
    /// Whether the migrations are drawn, and not the plugins.
    #[serde(default)]
    pub(crate) migrations: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Dot,
    Svg,
}

/// The graph as of the last check; makes one if there was none.
#[utoipa::path(
    get,
    path = "/api/v1/graph",
    tag = "check",
    extensions(("x-permission" = json!("read"))),
    params(GraphQuery),
    responses(
        (status = 200, description = "The graph in the form that was asked for", content(
            (DependencyGraph = "application/json"),
            (String = "text/vnd.graphviz"),
            (String = "image/svg+xml"),
        )),
        (status = 400, description = "A parameter cannot be one"),
        (status = 404, description = "There is no such plugin"),
        (status = 422, description = "The graph is too large for a picture"),
    )
)]
pub(crate) async fn graph(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<GraphQuery>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let graph = console.run(async move { latest(&host).await }).await?;
    let graph = match &query.plugin {
        None => graph,
        Some(id) => graph.around(id).ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoSuchPlugin, format!("there is no plugin {id}"))
                .remedy("GET /api/v1/plugins lists them")
        })?,
    };
    let drawing = || if query.migrations { graph.of_migrations() } else { graph.of_plugins() };
    Ok(match query.format {
        Format::Json => HttpResponse::Ok().json(graph),
        Format::Dot => {
            HttpResponse::Ok().content_type("text/vnd.graphviz; charset=utf-8").body(dot(&drawing()))
        }
        Format::Svg => {
            let failed = |error: &dyn std::error::Error| {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::NoPicture, error.to_string())
                    .remedy("draw a part of it with plugin=ID, or take format=dot")
            };
            let picture = svg(&drawing(), true).map_err(|error| failed(&error))?;
            let picture = picture.render().map_err(|error| failed(&error))?;
            HttpResponse::Ok().content_type("image/svg+xml").body(picture)
        }
    })
}

/// The graph as of the last check, or of a new one if there was none.
pub(crate) async fn latest(host: &Tenon) -> DependencyGraph {
    let report = match host.health() {
        Some(report) => report,
        None => host.check().await,
    };
    host.graph(&report)
}
