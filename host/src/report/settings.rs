//! The settings of a plugin: what it takes, and what is set.

use serde::Serialize;
use serde_json::Value;

use crate::config::{PluginSettings, SettingOrigin};
use crate::plugin::settings::{PluginSetting, SettingsSchema};

/// What a plugin can be told, as `tenon plugin settings` reports it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettingsReport {
    pub plugin: String,
    pub name: String,
    pub version: String,
    pub settings: Vec<SettingState>,
    /// The JSON Schema of the whole.
    pub schema: Value,
    /// Why the plugin could not be loaded with what is set.
    pub problems: Vec<String>,
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
}

impl SettingsReport {
    /// What a plugin takes, beside what is set.
    pub fn of(
        [plugin, name, version]: [&str; 3],
        schema: &SettingsSchema,
        set: &PluginSettings,
        problems: Vec<String>,
    ) -> Self {
        let all = set.to_json();
        let state = |setting: PluginSetting| {
            let value = setting.path.iter().try_fold(&all, |value, key| value.get(key));
            let (is_set, secret) = (value.is_some(), setting.secret);
            let origin = set.origin(&setting.path).filter(|_| is_set).cloned();
            SettingState { setting, is_set, value: value.filter(|_| !secret).cloned(), origin }
        };
        Self {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            settings: schema.settings().into_iter().map(state).collect(),
            schema: schema.as_json().clone(),
            problems,
        }
    }
}
