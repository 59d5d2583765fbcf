//! What the operator tells a plugin, as a type of the plugin's.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::contract::HostV2;
use crate::error::PluginError;

/// A type of settings. [`settings`](macro@crate::settings) makes a struct one.
pub trait Settings: DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + Sync + 'static> Settings for T {}

/// A setting that nobody is to see. `Debug` does not show it, and neither does `tenon plugin settings`.
///
/// In the configuration it need not stand itself: `{ file = "/path/to/it" }` says where it is, and
/// `{ credential = "name" }` names a credential of the systemd unit.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is no text may be the secret all the same, and an error would show it.
        let value = Value::deserialize(deserializer)?;
        let text = value.as_str().map(str::to_owned).map(Self);
        text.ok_or_else(|| {
            serde::de::Error::custom("a secret is a text, or says where it is: { file = \"…\" }")
        })
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "x-tenon-secret": true })
    }
}

/// The JSON Schema of a type, whole: nothing in it refers to another place.
pub(crate) fn schema<S: JsonSchema>() -> Value {
    let inline = |settings: &mut SchemaSettings| settings.inline_subschemas = true;
    SchemaSettings::draft2020_12().with(inline).into_generator().into_root_schema_for::<S>().to_value()
}

/// The settings that the host hands over.
pub(crate) fn read<S: Settings>(host: &dyn HostV2) -> Result<S, PluginError> {
    parse(&host.config())
}

fn parse<S: Settings>(json: &str) -> Result<S, PluginError> {
    let mut json = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "the settings".to_owned() } else { format!("the setting {path}") };
        // What serde_json says of the place is about a text that nobody wrote.
        let told = error.into_inner().to_string();
        let told = told.rsplit_once(" at line ").map_or(&*told, |(told, _)| told);
        PluginError::new(500, "settings", format!("{place}: {told}"))
    })
}

/// Where a plugin keeps its settings.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct SettingsCell<S>(OnceLock<S>);

impl<S: Settings> SettingsCell<S> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Takes what the host hands over, for as long as the plugin is loaded.
    pub fn fill(&self, host: &dyn HostV2) -> Result<(), PluginError> {
        let settings = read(host)?;
        self.0.get_or_init(|| settings);
        Ok(())
    }

    /// The settings. Where no host has handed any over, as in a test, they are those of an empty table.
    pub fn get(&'static self) -> &'static S {
        self.0.get_or_init(|| match parse("{}") {
            Ok(settings) => settings,
            Err(error) => no_settings(&error),
        })
    }
}

#[expect(clippy::panic, reason = "a test that reads settings which have no default cannot go on")]
fn no_settings(error: &PluginError) -> ! {
    panic!("no host has handed over settings, and they have no defaults: {error}")
}
