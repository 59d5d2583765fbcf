//! The graph of plugins and migrations as a picture, and as a table of the same.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tenon_migrations_core::migration::PluginId;

use super::{Frame, PageError, PageVisitor, page};
use crate::admin::api::graph::latest;
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::report::graph::{DependencyGraph, Picture, svg};

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    /// Empty in the form's choice of all.
    #[serde(default)]
    plugin: String,
    migrations: Option<String>,
}

#[derive(Template)]
#[template(path = "graph.html")]
struct GraphPage {
    frame: Frame,
    /// All plugins, to choose one of.
    all: Vec<(PluginId, String)>,
    chosen: Option<PluginId>,
    migrations: bool,
    graph: DependencyGraph,
    picture: Result<Picture, String>,
}

/// The graph as of the last check.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let graph = console.run(async move { latest(&host).await }).await?;
    let all = graph.plugins.iter().map(|plugin| (plugin.id.clone(), plugin.name.clone())).collect();
    let (chosen, migrations) = (query.plugin.parse::<PluginId>().ok(), query.migrations.is_some());
    // A plugin that has gone meanwhile is none to draw around.
    let around = chosen.as_ref().and_then(|id| graph.around(id));
    let chosen = chosen.filter(|_| around.is_some());
    let graph = around.unwrap_or(graph);
    let drawing = if migrations { graph.of_migrations() } else { graph.of_plugins() };
    let picture = svg(&drawing, false).map_err(|error| error.to_string());
    let frame = Frame::of(&console, &visitor, "/graph").await;
    page(StatusCode::OK, &GraphPage { frame, all, chosen, migrations, graph, picture })
}
