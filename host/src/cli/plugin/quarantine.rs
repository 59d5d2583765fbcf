use clap::Args;
use jiff::Timestamp;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::record::record;
use crate::audit::{Action, Actor, Origin};
use crate::plugin::discover::discover;
use crate::plugin::faults::{Quarantine, Quarantined, Why};
use crate::plugin::inspect::{Choice, InspectionPolicy};
use crate::report::{json, text};
use crate::support::error_code::ErrorCode;

/// Put a plugin into quarantine
///
/// Its routes answer 503 with the reason, at once in a host that serves, until it is released or its file
/// changes. It stays loaded, is compared and healed. Loads no plugin.
#[derive(Debug, Args)]
pub(crate) struct PutIntoQuarantine {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,

    /// Why, for whoever meets the plugin in quarantine
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl PutIntoQuarantine {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let admin = admin::of(self.admin.as_deref(), app.config.environment)?;
        app.log_quietly()?;
        let (files, policy) = (discover(&app.config.plugin_dirs).files, InspectionPolicy::of(&app.config));
        let mut found = files.into_iter().filter_map(|file| Choice::from(file).next(&policy));
        let found = found.find(|one| one.info.id == self.plugin);
        let inspected = found.ok_or_else(|| {
            let directory = app.config.plugin_dirs_told();
            Failure::refused(
                ErrorCode::NoPlugin,
                format!("there is no usable plugin {} in {directory}", self.plugin),
            )
            .hint("`tenon plugin list` names all that are there")
        })?;
        let one = Quarantined {
            plugin: inspected.info.id,
            name: inspected.info.name,
            file: inspected.file,
            sha256: inspected.sha256.to_string(),
            why: Why::Word,
            reason: format!("{admin} says: {}", self.reason),
            since: Timestamp::now(),
        };
        let put = Quarantine::in_dir(&app.config.state_dir).put(&one);
        put.map_err(|error| Failure::of(Exit::Failed, &error).code(ErrorCode::NotKept))?;
        let action = Action::Quarantine { plugin: one.plugin.to_string(), sha256: one.sha256.clone() };
        record(app, &Actor::new(admin, Origin::Cli), action, Some(&self.reason)).await;
        if app.options.json {
            app.terminal.data(&json::document(&one));
        } else {
            let told = format!("{}: {}\n", one.name, one.message());
            app.terminal.data(&text::clean(&told));
        }
        Ok(Exit::Done)
    }
}
