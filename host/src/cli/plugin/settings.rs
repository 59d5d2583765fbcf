use clap::{ArgGroup, Args};
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::documents::UndeclaredSettings;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::start::Started;
use crate::audit::{Actor, Origin};
use crate::host::saved_settings::{SaveError, SavedChange};
use crate::plugin::settings::edit::SettingsEdit;
use crate::report::{json, text};

/// Show the settings that a plugin takes, and what is set; or save some
///
/// Prints a section of the configuration: each setting with its description, its kind and its default, and
/// what is set now. What is saved in the database is told beside it. Secrets are said to be set or not, and
/// never shown. Works for a plugin that is not loaded because its settings are wrong, too.
///
/// `--set` and `--unset` save settings in the database, for all hosts: each applies them when it starts anew.
/// What the configuration sets goes before what is saved. Secrets are not saved: they stand in the
/// configuration. What is wrong with other settings stays as it is, and is told.
///
/// Without a database it shows what is configured. Exits with 0, and with 1 when what is set keeps the plugin
/// from being loaded.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").multiple(true).args(["set", "unset"])))]
pub(crate) struct Settings {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,

    /// Save this value, such as page_size=20, mail.from=me or 'mail.to=["a", "b"]'
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// Save no value for this setting any more
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,

    /// Save only if this version is saved; 0 where nothing was
    #[arg(long, value_name = "NUMBER", requires = "change")]
    if_version: Option<i64>,

    /// Record this person as the administrator who saves them
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse, requires = "change")]
    admin: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it is not of the form KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Settings {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        if self.set.is_empty() && self.unset.is_empty() { self.show(app).await } else { self.save(app).await }
    }

    async fn show(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = match Started::open(app).await {
            Ok(started) => started,
            // The configuration can be looked at in any case.
            Err(_) => Started::without_database(app)?,
        };
        let report = started.host.settings_now(&self.plugin).await;
        let is_there = started.host.names().contains_key(&self.plugin);
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

    async fn save(self, app: &App) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let edit = SettingsEdit::Some { set: self.set, unset: self.unset };
        let started = Started::open(app).await?;
        let saved = started.host.save_settings(&self.plugin, self.if_version, &edit, &by).await;
        started.stop().await;
        let saved = saved.map_err(|error| failed(&error))?;
        app.terminal.data(&if app.options.json { json::document(&saved) } else { told(&saved) });
        Ok(Exit::Done)
    }
}

fn told(saved: &SavedChange) -> String {
    let SavedChange { plugin, version, set, unset, remaining, .. } = saved;
    if set.is_empty() && unset.is_empty() {
        return format!("Nothing changed: version {version} of the settings of {plugin} is saved\n");
    }
    let mut text = format!("Saved version {version} of the settings of {plugin}\n");
    for (word, names) in [("set", set), ("unset", unset)] {
        if !names.is_empty() {
            text += &format!("    {word}: {}\n", names.join(", "));
        }
    }
    for problem in remaining {
        text += &format!("    still wrong: {problem}\n");
    }
    text + "Hosts apply it when they start anew\n"
}

/// Nothing was saved.
fn failed(error: &SaveError) -> Failure {
    let failure = match error {
        SaveError::NoPlugin(_) => Failure::of(Exit::Usage, error).code(error.code()),
        SaveError::Undeclared(_) | SaveError::Wrong(_) | SaveError::Stale(_) => {
            Failure::refused_by(error.code(), error)
        }
        SaveError::Pending => Failure::of(Exit::OutOfStep, error).code(error.code()),
        _ => Failure::of(Exit::Unknown, error).code(error.code()),
    };
    failure.hint(error.remedy())
}
