use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::documents::Released;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::record::record;
use crate::audit::{Action, Actor, Origin};
use crate::plugin::faults::Quarantine;
use crate::report::{json, text};
use crate::support::error_code::ErrorCode;

/// Release a plugin from quarantine
///
/// A host that serves answers its requests again at once. A plugin that was kept out, because it ended the
/// host or did not come back while it was loaded, is loaded when the host is started again. Exits with 5 if
/// it is not in quarantine.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,

    /// Say in the log who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Release {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let admin = admin::of(self.admin.as_deref(), app.config.environment)?;
        app.log_quietly()?;
        let quarantine = Quarantine::in_dir(&app.config.state_dir);
        // What ended the host a moment ago is there as well.
        let released = quarantine.take_up().and_then(|_| quarantine.release(&self.plugin));
        let released =
            released.map_err(|error| Failure::of(Exit::Failed, &error).code(ErrorCode::NotKept))?;
        if released.is_empty() {
            let heading = format!("plugin {} is not in quarantine", self.plugin);
            return Err(
                Failure::refused(ErrorCode::NotQuarantined, heading).hint("`tenon plugin list` says what is")
            );
        }
        tracing::warn!(
            plugin = self.plugin.as_str(),
            admin = admin,
            "{} was released from quarantine",
            self.plugin
        );
        let sha256 = released.iter().map(|one| one.sha256.clone()).collect();
        let action = Action::Release { plugin: self.plugin.to_string(), sha256 };
        record(app, &Actor::new(admin, Origin::Cli), action, None).await;
        if app.options.json {
            app.terminal.data(&json::document(&Released { released: &released }));
            return Ok(Exit::Done);
        }
        for one in &released {
            let then =
                if one.why.keeps_out() { "it is loaded by the next start" } else { "it answers again" };
            app.terminal.data(&format!("{} is released: {then}\n", text::clean(&one.name)));
        }
        Ok(Exit::Done)
    }
}
