use askama::Template;
use clap::{Args, ValueEnum};
use tenon_migrations_core::migration::PluginId;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::start::{Started, some_plugin};
use crate::report::graph::{DependencyGraph, dot, svg, text};
use crate::report::json;
use crate::support::error_code::ErrorCode;

/// Draw which plugins require which, or which migrations, with the state of each
///
/// Makes a check and writes nothing to the database. Exits as `tenon check` does.
#[derive(Debug, Args)]
pub(super) struct Graph {
    /// How to draw it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// Draw what has to do with this plugin alone: what it requires, and what requires it
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,
    /// Draw the migrations instead of the plugins
    #[arg(long)]
    migrations: bool,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In characters; where the terminal has no room for that, as a table
    #[default]
    Text,
    /// For Graphviz
    Dot,
    /// As a picture
    Svg,
    /// Plugins, migrations and all that they require, as with --json
    Json,
}

impl Graph {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let report = started.host.check().await;
        let graph = started.host.graph(&report);
        started.stop().await;
        if report.database.trouble.is_none() {
            some_plugin(app)?;
        }
        let graph = match &self.plugin {
            None => graph,
            Some(id) => graph.around(id).ok_or_else(|| no_plugin(id, &graph))?,
        };
        app.terminal.data(&self.drawn(&graph, app)?);
        Ok(graph.status.into())
    }

    fn drawn(&self, graph: &DependencyGraph, app: &App) -> Result<String, Failure> {
        let format = if app.options.json { Format::Json } else { self.format };
        let drawing = || if self.migrations { graph.of_migrations() } else { graph.of_plugins() };
        match format {
            Format::Text => Ok(text(graph, self.migrations, app.terminal.out())),
            Format::Dot => Ok(dot(&drawing())),
            Format::Json => Ok(json::whole(graph)),
            Format::Svg => {
                let failed = |error: &dyn std::error::Error| {
                    Failure::new(Exit::Failed, "there is no picture of this graph")
                        .code(ErrorCode::NoPicture)
                        .detail(error.to_string())
                        .hint("draw a part of it with --plugin ID, or take --format dot or json")
                };
                let picture = svg(&drawing(), true).map_err(|error| failed(&error))?;
                picture.render().map_err(|error| failed(&error))
            }
        }
    }
}

fn no_plugin(id: &PluginId, graph: &DependencyGraph) -> Failure {
    let known: Vec<_> = graph.plugins.iter().map(|plugin| plugin.id.as_str()).collect();
    Failure::new(Exit::Usage, format!("there is no plugin {id}"))
        .detail(format!("the plugins are {}", known.join(", ")))
        .hint("`tenon plugin list` shows them with their files")
}
