use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::start::{Started, some_plugin};
use crate::report::{HealthReport, json, text};

/// Compare the database with what the plugins expect
///
/// Writes nothing and makes no database. Exits with 0 when all is well, 2 when something is out of step, 3
/// when it could not be found out, 5 when there is no plugin to compare it with.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Report on this plugin alone
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,
    /// Call it unknown when a plugin's schema holds objects of a kind that is not compared
    #[arg(long)]
    strict: bool,
}

impl Check {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let report = started.host.check().await;
        started.stop().await;
        if report.database.trouble.is_none() {
            some_plugin(app)?;
        }
        let report = HealthReport::clone(&report);
        let report = if self.strict { report.strictly() } else { report };
        let report = match &self.plugin {
            None => report,
            Some(id) => of_one(&report, id)?,
        };
        let text =
            if app.options.json { json::whole(&report) } else { text::health(&report, app.terminal.out()) };
        app.terminal.data(&text);
        Ok(report.status.into())
    }
}

/// The report without the other plugins. The status is the plugin's own, unless nothing is known.
fn of_one(report: &HealthReport, id: &PluginId) -> Result<HealthReport, Failure> {
    let Some(plugin) = report.plugin(id) else {
        let known: Vec<_> = report.plugins.iter().map(|plugin| plugin.id.as_str()).collect();
        return Err(Failure::new(Exit::Usage, format!("there is no plugin {id}"))
            .detail(format!("the plugins are {}", known.join(", ")))
            .hint("`tenon plugin list` shows them with their files"));
    };
    let status = if report.database.trouble.is_some() { report.status } else { plugin.status };
    let mut announced = report.announced.clone();
    announced.retain(|one| one.plugins.contains(id));
    let plugins = vec![plugin.clone()];
    Ok(HealthReport { status, plugins, unmanaged: Vec::new(), announced, ..report.clone() })
}
