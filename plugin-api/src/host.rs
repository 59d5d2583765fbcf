//! What a plugin can ask of the host besides the database.

use std::fmt::{self, Display};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::contract::HostV1;
use crate::error::PluginError;

/// The host, lent for the length of one call.
pub struct Host<'a> {
    /// A `HostRefV1`, behind `dyn` since that type is invariant in its lifetime.
    host: &'a dyn HostV1,
    plugin: &'static str,
}

/// How much a log event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something is not as it should be.
    Warn = 2,
    /// Something happened.
    Info = 3,
    /// For the plugin's author.
    Debug = 4,
    /// For the plugin's author, in numbers.
    Trace = 5,
}

impl<'a> Host<'a> {
    pub(crate) fn new(host: &'a dyn HostV1, plugin: &'static str) -> Self {
        Self { host, plugin }
    }

    /// Writes an event with structured fields to the host's log.
    ///
    /// What a plugin sends to `tracing` or `log` comes there as well.
    pub fn log(&self, level: Level, message: &str, fields: &[(&str, &dyn Display)]) {
        let fields = if fields.is_empty() {
            String::new()
        } else {
            let object: Map<String, Value> = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::String(value.to_string())))
                .collect();
            Value::Object(object).to_string()
        };
        self.host.log(level as u8, self.plugin.into(), message.into(), fields.as_str().into());
    }

    /// [`log`](Self::log) with [`Level::Error`].
    pub fn error(&self, message: &str, fields: &[(&str, &dyn Display)]) {
        self.log(Level::Error, message, fields);
    }

    /// [`log`](Self::log) with [`Level::Warn`].
    pub fn warn(&self, message: &str, fields: &[(&str, &dyn Display)]) {
        self.log(Level::Warn, message, fields);
    }

    /// [`log`](Self::log) with [`Level::Info`].
    pub fn info(&self, message: &str, fields: &[(&str, &dyn Display)]) {
        self.log(Level::Info, message, fields);
    }

    /// [`log`](Self::log) with [`Level::Debug`].
    pub fn debug(&self, message: &str, fields: &[(&str, &dyn Display)]) {
        self.log(Level::Debug, message, fields);
    }

    /// The plugin's section of the host's configuration.
    ///
    /// # Errors
    ///
    /// When the section does not have the shape of `T`; a plugin without a section reads `{}`.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_str(&self.host.config()).map_err(|error| {
            PluginError::new(
                500,
                "config",
                format!("the configuration of plugin {} cannot be read: {error}", self.plugin),
            )
        })
    }

    /// The host's version.
    pub fn version(&self) -> String {
        self.host.host_version().into_string()
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}
