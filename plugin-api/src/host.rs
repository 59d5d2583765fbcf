//! What a plugin can ask of the host besides the database.

use std::fmt::{self, Display};

use abi_stable::std_types::{RErr, RSlice, RStr, RString, RVec};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::contract::{HostV1, HostV2, Res};
use crate::error::PluginError;

/// The host, lent for the length of one call.
pub struct Host<'a> {
    /// A `HostRefV2`, behind `dyn` since that type is invariant in its lifetime.
    host: &'a dyn HostV2,
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
    pub(crate) fn new(host: &'a dyn HostV2, plugin: &'static str) -> Self {
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

    /// Asks a service of the host by its name. What goes in is one line of JSON with bytes behind it, and so is
    /// what comes out.
    pub(crate) fn service<In: Serialize, Out: DeserializeOwned>(
        &self,
        name: &str,
        input: &In,
        bytes: &[u8],
    ) -> Result<(Out, Vec<u8>), PluginError> {
        let unreadable =
            |what: &str, error| PluginError::internal(format!("what {what} the service {name}: {error}"));
        let mut whole = serde_json::to_vec(input).map_err(|error| unreadable("goes to", error))?;
        whole.push(b'\n');
        whole.extend_from_slice(bytes);
        let answer = self.host.service(name.into(), RSlice::from_slice(&whole)).into_result()?;
        let end = answer.iter().position(|byte| *byte == b'\n').unwrap_or(answer.len());
        let (head, bytes) = answer.split_at(end);
        let head = serde_json::from_slice(head).map_err(|error| unreadable("comes from", error))?;
        Ok((head, bytes.get(1..).unwrap_or_default().to_vec()))
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

/// A host that speaks generation 1 alone, as one of today: it has no services.
pub(crate) struct HostOfGeneration1<'a>(pub(crate) &'a dyn HostV1);

impl HostV2 for HostOfGeneration1<'_> {
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields: RStr<'_>) {
        self.0.log(level, target, message, fields);
    }

    fn config(&self) -> RString {
        self.0.config()
    }

    fn host_version(&self) -> RString {
        self.0.host_version()
    }

    fn service(&self, name: RStr<'_>, _: RSlice<'_, u8>) -> Res<RVec<u8>> {
        let message = format!(
            "the service {name} needs a newer host: this one, Tenon {}, speaks generation 1 of the plugin contract",
            self.0.host_version()
        );
        RErr(PluginError::new(501, "needs_newer_host", message).into())
    }
}
