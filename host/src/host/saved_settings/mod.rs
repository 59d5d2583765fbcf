//! The settings of plugins that administrators save, in `tenon.plugin_settings`, for all hosts of a database.
//!
//! They are read before the plugins are loaded, so a change is applied by the next start. While the database
//! is away a host starts with the copy in its state directory (`copy.rs`), and where there is none with the
//! configuration alone, and says so. What the configuration sets goes before what is saved. A row has a
//! version: whoever saves says which one was changed, so that no change of somebody else is lost unseen.

mod act;
mod copy;
mod store;

use std::collections::BTreeMap;
use std::time::Duration;

use tenon_migrations_core::migration::PluginId;

use super::Tenon;
use super::own_tables::Unreached;
use crate::config::Config;
use crate::database::bounds::NoResponse;
use crate::database::connect::{ConnectError, Databases};
use crate::plugin::settings::SettingProblem;
use crate::plugin::settings::form::SettingField;
use crate::plugin::settings::saved::{LoadedSettings, SavedSettings, SavedSource};
use crate::report::settings::{SavedReport, SettingsReport};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::state_dir;
pub use act::SavedChange;

/// What pg_stat_activity calls a session that reads or writes them.
const NAME: &str = "tenon settings";

/// How long a start waits for them, whatever the database does.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the managed database is named in the copy: its port is another one after each start.
const MANAGED: &str = "managed";

/// Why settings were not saved, or it is not known what is.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("the database refused it")]
    Database(#[from] tokio_postgres::Error),
    #[error("the database cannot be reached")]
    Connect(#[from] ConnectError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("the database did not answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("what is saved for {plugin} cannot be read")]
    Damaged { plugin: String, source: serde_json::Error },
    #[error("core/0011_settings.sql is pending, which makes the table of saved settings")]
    Pending,
    #[error("there is no plugin {0}")]
    NoPlugin(PluginId),
    #[error("plugin {0} does not say which settings it takes")]
    Undeclared(PluginId),
    #[error("{}", told(.0))]
    Wrong(Vec<SettingProblem>),
    #[error("{} has changed the settings meanwhile: they are of version {}", .0.changed_by, .0.version)]
    Stale(SavedSettings),
}

fn told(wrong: &[SettingProblem]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl SaveError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Pending => ErrorCode::Pending,
            Self::NoPlugin(_) => ErrorCode::NoPlugin,
            Self::Undeclared(_) => ErrorCode::SettingsUndeclared,
            Self::Wrong(_) => ErrorCode::SettingsRefused,
            Self::Stale(_) => ErrorCode::SettingsChanged,
            _ => ErrorCode::Unavailable,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Pending => "run `tenon heal`",
            Self::NoPlugin(_) | Self::Undeclared(_) => "`tenon plugin list` shows the plugins",
            Self::Wrong(_) => "`tenon plugin settings ID` shows every setting with its kind",
            Self::Stale(_) => "look at what is saved now, and save again",
            _ => "`tenon check` says what is wrong with the database",
        }
    }
}

/// The database as the copy names it.
fn place_of(databases: &Databases) -> String {
    if databases.managed { MANAGED.to_owned() } else { databases.serving.redacted() }
}

/// Reads what is saved for plugins before they are loaded. Takes the copy while the database is away.
pub async fn read(config: &Config, databases: &Databases) -> LoadedSettings {
    let asked = async {
        let (client, _) = databases.serving.named(NAME).connect().await?;
        databases.serving.bounds().read(&client, store::all(&client)).await
    };
    let asked = tokio::time::timeout(PATIENCE, Box::pin(asked)).await;
    let (place, folder) = (place_of(databases), config.state_dir.clone());
    let why = match asked.unwrap_or(Err(SaveError::Late)) {
        Ok(Some(plugins)) => {
            let copied = plugins.clone();
            keep_copy(move || copy::keep(&folder, &place, &copied)).await;
            return LoadedSettings { plugins, source: SavedSource::Database };
        }
        Ok(None) => chain(&SaveError::Pending),
        Err(error) => chain(&error),
    };
    let is_pending = why == chain(&SaveError::Pending);
    let copied = state_dir::off_workers(move || copy::read(&folder, &place)).await.ok().flatten();
    match copied {
        Some(plugins) => LoadedSettings { plugins, source: SavedSource::Copy(why) },
        // Nothing was ever saved where there is no table for it.
        None if is_pending => LoadedSettings { source: SavedSource::Database, ..LoadedSettings::default() },
        None => LoadedSettings { source: SavedSource::Unknown(why), ..LoadedSettings::default() },
    }
}

/// What was saved when it was read last, for what is done without asking the database.
pub fn read_copy(config: &Config) -> LoadedSettings {
    let databases = Databases::from_config(&config.database).ok().flatten();
    let place = databases.map_or_else(|| MANAGED.to_owned(), |databases| place_of(&databases));
    let plugins = copy::read(&config.state_dir, &place).unwrap_or_default();
    LoadedSettings { plugins, source: SavedSource::Unasked }
}

async fn keep_copy(keep: impl FnOnce() -> std::io::Result<()> + Send + 'static) {
    if let Err(error) = state_dir::off_workers(keep).await.and_then(|kept| kept) {
        let error = chain(&error);
        tracing::warn!("no copy of the saved settings is kept for when the database is away: {error}");
    }
}

/// A form for the settings of a plugin, with all that is known of them.
#[derive(Debug)]
pub struct SettingsForm {
    pub fields: Vec<SettingField>,
    pub report: SettingsReport,
}

impl Tenon {
    /// What a plugin can be told, by what it runs, and what is saved now; none where it does not say.
    pub async fn settings_now(&self, plugin: &PluginId) -> Option<SettingsReport> {
        let report = self.settings_of(plugin)?;
        Some(match self.saved_now().await {
            Ok(all) => report.with_saved(SavedReport::of(all.get(plugin.as_str()))),
            Err(error) => SettingsReport { trouble: Some(chain(&error)), ..report },
        })
    }

    /// A form for a plugin's settings, filled in with what is saved now; none where it does not say.
    pub async fn settings_form(&self, plugin: &PluginId) -> Option<SettingsForm> {
        let report = self.settings_now(plugin).await?;
        let (schema, given) = self.settings_given(plugin)?;
        let loaded = || given.saved.map(|saved| saved.values).unwrap_or_default();
        let saved = report.saved.as_ref().map(|saved| saved.values.clone()).unwrap_or_else(loaded);
        Some(SettingsForm { fields: schema.fields(&given.configured, &saved), report })
    }

    /// What is saved for all plugins.
    pub(super) async fn saved_now(&self) -> Result<BTreeMap<String, SavedSettings>, SaveError> {
        let connection = self.connection().await.map_err(|error| Unreached::of(&error))?;
        let client = connection.driven_by_task();
        let all = self.bounds().read(client, store::all(client)).await?;
        all.ok_or(SaveError::Pending)
    }

    /// The plugins that run with settings of which it is not known that they are the saved ones, and why; for
    /// a report of a host that goes on.
    pub(super) fn unknown_settings(&self) -> Option<String> {
        let takes = |plugin: &&str| self.saved.plugins.contains_key(*plugin);
        let all = self.registry.plugins.values().filter(|one| one.settings.is_some());
        let all = all.map(|one| one.info.id.as_str());
        let out = self.registry.out.iter().filter(|out| out.settings.is_some()).map(|out| out.id.as_str());
        let plugins: Vec<_> = all.chain(out).collect();
        let remedy = "restart the host once the database is back";
        let (with, why, plugins) = match &self.saved.source {
            SavedSource::Unasked | SavedSource::Database => return None,
            SavedSource::Copy(why) => {
                let copied: Vec<_> = plugins.into_iter().filter(takes).collect();
                ("the copy of what is saved that this host keeps", why, copied)
            }
            SavedSource::Unknown(why) => ("what is configured alone, whatever is saved", why, plugins),
        };
        (!plugins.is_empty()).then(|| {
            let plugins = plugins.join(", ");
            format!(
                "the settings of {plugins} are by {with}, since at the start of this host {why}; {remedy}"
            )
        })
    }

    pub(super) fn tell_of_unknown_settings(&self) {
        if let Some(told) = self.unknown_settings() {
            tracing::warn!("{told}");
        }
    }

    /// What is said of [unknown settings](Self::unknown_settings), of a host that serves.
    pub(super) fn settings_in_doubt(&self) -> Option<String> {
        self.unknown_settings().filter(|_| self.verdicts.are_logged())
    }
}
