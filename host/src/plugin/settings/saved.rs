//! Settings that administrators have saved in the database, for all hosts of it. What the configuration of a
//! host says goes before them, and they go before the defaults of the plugin's type. No secret is among them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenon_migrations_core::migration::PluginId;

use super::SettingsSchema;
use crate::config::{PluginSettings, SettingOrigin};

/// Values by the names of their settings: the keys down to each, such as `mail.from`.
pub type SavedValues = BTreeMap<String, Value>;

/// What is saved for one plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedSettings {
    /// How often it was changed.
    pub version: i64,
    pub values: SavedValues,
    pub changed_at: Timestamp,
    /// The administrator who has changed it last.
    pub changed_by: String,
}

/// What was saved when the host started, by which its plugins run.
#[derive(Debug, Clone, Default)]
pub struct LoadedSettings {
    pub plugins: BTreeMap<String, SavedSettings>,
    pub source: SavedSource,
}

/// How it is known what is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SavedSource {
    /// Nobody has asked the database: the copy on this host was taken, if there is one.
    #[default]
    Unasked,
    Database,
    /// The copy on this host was taken, for this reason.
    Copy(String),
    /// For this reason it is not known whether anything is saved.
    Unknown(String),
}

/// What a plugin is told, and by whom.
#[derive(Debug, Clone, Default)]
pub struct GivenSettings {
    pub configured: PluginSettings,
    pub saved: Option<SavedSettings>,
}

impl LoadedSettings {
    /// The version of the settings that a plugin runs with; 0 where none were saved.
    pub fn version(&self, plugin: &PluginId) -> i64 {
        self.plugins.get(plugin.as_str()).map_or(0, |saved| saved.version)
    }

    /// What a plugin is told, which the configuration tells this.
    pub(crate) fn given(&self, plugin: &PluginId, configured: Option<&PluginSettings>) -> GivenSettings {
        let saved = self.plugins.get(plugin.as_str()).cloned();
        GivenSettings { configured: configured.cloned().unwrap_or_default(), saved }
    }
}

impl GivenSettings {
    /// What holds of both: what is saved where the configuration says nothing.
    pub fn in_effect(&self, schema: &SettingsSchema) -> PluginSettings {
        let mut all = self.configured.clone();
        let Some(saved) = &self.saved else { return all };
        let origin = SettingOrigin::Saved(saved.version.to_string());
        schema.fill_in(&mut all, &saved.values, &origin);
        all
    }
}

impl SettingsSchema {
    /// Sets what is saved where nothing is said yet.
    pub(super) fn fill_in(&self, all: &mut PluginSettings, values: &SavedValues, origin: &SettingOrigin) {
        let known: BTreeMap<_, _> =
            self.settings().into_iter().map(|setting| (setting.name(), setting.path)).collect();
        for (name, value) in values {
            let split = || name.split('.').map(str::to_owned).collect();
            let path = known.get(name).cloned().unwrap_or_else(split);
            all.fill_in(&path, value.clone(), origin.clone());
        }
    }
}
