use clap::Args;

use super::super::app::App;
use super::super::documents::PluginList;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::plugin::discover::discover;
use crate::report::{json, text};

/// List the plugins in the plugin directory, and why some cannot be used
///
/// Needs no database. Exits with 0, or with 1 when there are plugins and none of them can be used, or their
/// directory cannot be read.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Tell at length what each code means, and what the loader said in full
    #[arg(long)]
    explain: bool,
}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_database(app)?;
        let plugins = started.host.plugins().await;
        started.stop().await;
        let text = if app.options.json {
            json::document(&PluginList { plugins: &plugins })
        } else {
            let style = app.terminal.out();
            let explained = self.explain.then(|| text::explained(&plugins, style));
            text::plugins(&plugins, style) + &explained.unwrap_or_default()
        };
        app.terminal.data(&text);
        let mut theirs = plugins.iter().filter(|plugin| !plugin.id.is_core()).peekable();
        if theirs.peek().is_none() {
            if let Some(trouble) = discover(&app.config.plugin_dirs).troubles.first() {
                return Err(Failure::of(Exit::Failed, trouble)
                    .hint("make the directory, or name another with --plugin-dir or plugin_dir in the configuration"));
            }
            let directory = app.config.plugin_dirs_told();
            app.terminal.message(&format!("There is no plugin (*.so) in {directory}\n"));
            return Ok(Exit::Done);
        }
        Ok(if theirs.any(|plugin| plugin.usable) { Exit::Done } else { Exit::Failed })
    }
}
