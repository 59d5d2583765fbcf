use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::documents::UndeclaredSettings;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::report::{json, text};

/// Show the settings that a plugin takes, and what is set
///
/// Prints a section of the configuration: each setting with its description, its kind and its default, and
/// what is set now. Secrets are said to be set or not, and never shown. Works for a plugin that is not loaded
/// because its settings are wrong, too.
///
/// Needs no database. Exits with 0, and with 1 when what is set keeps the plugin from being loaded.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,
}

impl Settings {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_database(app)?;
        let report = started.host.settings_of(&self.plugin);
        let is_there = started.host.plugins().await.iter().any(|plugin| plugin.id == self.plugin);
        started.stop().await;
        let Some(report) = report else {
            let plugin = &self.plugin;
            if is_there {
                if app.options.json {
                    app.terminal.data(&json::document(&UndeclaredSettings { plugin, declared: false }));
                } else {
                    app.terminal.message(&format!("{plugin} does not say which settings it takes\n"));
                }
                return Ok(Exit::Done);
            }
            return Err(Failure::new(Exit::Usage, format!("there is no plugin {plugin}"))
                .hint("`tenon plugin list` shows those that there are"));
        };
        app.terminal.data(&if app.options.json { json::document(&report) } else { text::settings(&report) });
        Ok(if report.problems.is_empty() { Exit::Done } else { Exit::Failed })
    }
}
