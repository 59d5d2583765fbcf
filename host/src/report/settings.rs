//! The settings of a plugin: what it takes, and what is set.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::config::SettingOrigin;
use crate::plugin::settings::saved::{GivenSettings, SavedSettings, SavedValues};
use crate::plugin::settings::{PluginSetting, SettingsSchema};

/// What a plugin can be told, as `tenon plugin settings` reports it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettingsReport {
    pub plugin: String,
    pub name: String,
    pub version: String,
    /// Each setting, with the value by which the plugin runs here.
    pub settings: Vec<SettingState>,
    /// The JSON Schema of the whole.
    pub schema: Value,
    /// Why the plugin could not be loaded with what is set.
    pub problems: Vec<String>,
    /// The version of the saved settings by which the plugin runs here; 0 where none were saved.
    pub runs_with: i64,
    /// What is saved in the database now; absent where that was not asked for, or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<SavedReport>,
    /// Why it is not known what is saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What is saved for a plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SavedReport {
    /// How often it was changed; 0 where nothing was ever saved.
    pub version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// The administrator who has changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// The values by the names of the settings, such as `mail.from`.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub values: SavedValues,
}

impl SavedReport {
    /// What is saved, if anything is.
    pub fn of(saved: Option<&SavedSettings>) -> Self {
        let of = |saved: &SavedSettings| Self {
            version: saved.version,
            changed_at: Some(saved.changed_at),
            changed_by: Some(saved.changed_by.clone()),
            values: saved.values.clone(),
        };
        saved.map(of).unwrap_or_default()
    }
}

/// One setting, and what is set.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettingState {
    #[serde(flatten)]
    pub setting: PluginSetting,
    pub is_set: bool,
    /// The value that is set; never that of a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Where the value that is set comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<SettingOrigin>,
    /// The value that is saved now, also where another one is in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<Value>,
}

impl SettingsReport {
    /// What a plugin takes, beside what it was given.
    pub fn of(
        [plugin, name, version]: [&str; 3],
        schema: &SettingsSchema,
        given: &GivenSettings,
        problems: Vec<String>,
    ) -> Self {
        let set = given.in_effect(schema);
        let all = set.to_json();
        let state = |setting: PluginSetting| {
            let value = setting.path.iter().try_fold(&all, |value, key| value.get(key));
            let (is_set, secret) = (value.is_some(), setting.secret);
            let origin = set.origin(&setting.path).filter(|_| is_set).cloned();
            SettingState { setting, is_set, value: value.filter(|_| !secret).cloned(), origin, saved: None }
        };
        Self {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            settings: schema.settings().into_iter().map(state).collect(),
            schema: schema.as_json().clone(),
            problems,
            runs_with: given.saved.as_ref().map_or(0, |saved| saved.version),
            saved: None,
            trouble: None,
        }
    }

    /// Adds what is saved now.
    #[must_use]
    pub fn with_saved(mut self, saved: SavedReport) -> Self {
        for state in self.settings.iter_mut().filter(|state| !state.setting.secret) {
            state.saved = saved.values.get(&state.setting.name()).cloned();
        }
        // What was saved before it became a secret is not shown either.
        let secrets = self.settings.iter().filter(|state| state.setting.secret);
        let secrets: Vec<_> = secrets.map(|state| state.setting.name()).collect();
        let values = saved.values.into_iter().filter(|(name, _)| !secrets.contains(name)).collect();
        self.saved = Some(SavedReport { values, ..saved });
        self
    }
}
