//! The host as one plugin sees it: its log, the plugin's settings, and services.

use std::sync::{Arc, OnceLock};

use abi_stable::std_types::{RResult, RSlice, RStr, RString, RVec};
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::Level;
use tenon_plugin_api::contract::{ErrorV1, HostV1, HostV2, Res};

use super::failure::{self, Fault};
use super::plugin_event;
use super::services::Services;
use super::text::lossy;
use crate::config::SettingOrigin;
use crate::plugin::emitted::EmittedEvents;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::settings::saved::GivenSettings;
use crate::plugin::settings::{SettingProblem, SettingsSchema};

/// The host as one plugin sees it.
#[derive(Debug)]
pub struct PluginHost {
    pub(super) plugin: PluginId,
    settings: GivenSettings,
    services: Services,
    /// The settings as JSON, once it is known what the plugin says of them.
    settled: OnceLock<String>,
    /// The settings that it has by what is saved, once that is known.
    by_saved: OnceLock<Vec<String>>,
    /// What the plugin may emit, once it is known.
    emitted: OnceLock<Arc<EmittedEvents>>,
}

impl PluginHost {
    /// The host for this plugin, with its section of the configuration, and what is saved for it.
    pub fn new(plugin: PluginId, settings: GivenSettings, services: Services) -> Self {
        let (settled, by_saved, emitted) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { plugin, settings, services, settled, by_saved, emitted }
    }

    /// Takes what the plugin says of the events that it emits.
    pub fn may_emit(&self, emitted: &Arc<EmittedEvents>) {
        self.emitted.get_or_init(|| Arc::clone(emitted));
    }

    /// What the plugin may emit.
    pub fn emitted(&self) -> Arc<EmittedEvents> {
        self.emitted.get().cloned().unwrap_or_default()
    }

    /// Holds the settings against what the plugin says of them. All that is wrong is told.
    pub fn settle(&self, schema: Option<&SettingsSchema>) -> Result<(), Vec<Problem>> {
        let settled = match schema {
            // It takes what the configuration says as it is; there is no form whose values could be saved.
            None => self.settings.configured.to_json(),
            Some(schema) => {
                let all = self.settings.in_effect(schema);
                self.by_saved.get_or_init(|| {
                    let names = self.settings.saved.iter().flat_map(|saved| saved.values.keys().cloned());
                    let of_saved = |name: &String| {
                        let path: Vec<_> = name.split('.').map(str::to_owned).collect();
                        matches!(all.origin(&path), Some(SettingOrigin::Saved(_)))
                    };
                    names.filter(of_saved).collect()
                });
                schema.settle(&all).map_err(|wrong| {
                    let told = |SettingProblem { setting, message }| {
                        let problem = bad_settings(format!("the setting plugin.{}.{message}", self.plugin));
                        self.naming_saved(problem, &setting)
                    };
                    wrong.into_iter().map(told).collect::<Vec<_>>()
                })?
            }
        };
        self.settled.get_or_init(|| settled.to_string());
        Ok(())
    }

    /// The plugin's own word that a setting is wrong, with what mends it where that is saved.
    pub fn of_saved(&self, problem: Problem) -> Problem {
        if problem.code != ProblemCode::BadSettings {
            return problem;
        }
        let place = problem.reason.split_once("the setting ").map(|(_, rest)| rest);
        let place = place.and_then(|rest| rest.split_once(": ")).map(|(place, _)| place.to_owned());
        self.naming_saved(problem, &place.unwrap_or_default())
    }

    fn naming_saved(&self, problem: Problem, place: &str) -> Problem {
        let by_saved = self.by_saved.get().map(Vec::as_slice).unwrap_or_default();
        let is_of = |name: &&String| {
            let rest = place.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let version = self.settings.saved.as_ref().map_or(0, |saved| saved.version);
        let plugin = &self.plugin;
        match by_saved.iter().find(is_of) {
            Some(name) => Problem {
                reason: format!("{} ({name} is saved, version {version})", problem.reason),
                remedy: format!("take it back with `tenon plugin settings {plugin} --unset {name}`"),
                ..problem
            },
            None => problem,
        }
    }
}

impl HostV1 for PluginHost {
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields_json: RStr<'_>) {
        let [target, message, fields] = [&target, &message, &fields_json].map(|text| lossy(text));
        if level == Level::Error as u8 && failure::tells_of_a_panic(&fields) {
            failure::note(Fault::Panicked);
        }
        let level = match level {
            1 => tracing::Level::ERROR,
            2 => tracing::Level::WARN,
            3 => tracing::Level::INFO,
            4 => tracing::Level::DEBUG,
            _ => tracing::Level::TRACE,
        };
        plugin_event::write(&self.plugin, level, &target, &message, &fields);
    }

    fn config(&self) -> RString {
        RString::from(self.settled.get().map_or("{}", String::as_str))
    }

    fn host_version(&self) -> RString {
        RString::from(env!("CARGO_PKG_VERSION"))
    }
}

/// What the operator set is not what the plugin takes.
pub(super) fn bad_settings(reason: String) -> Problem {
    let remedy = "correct it in the configuration or in the form of its page: `tenon plugin settings ID` shows every \
                  setting";
    Problem::new(ProblemCode::BadSettings, reason, remedy)
}

impl HostV2 for PluginHost {
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields_json: RStr<'_>) {
        HostV1::log(self, level, target, message, fields_json);
    }

    fn config(&self) -> RString {
        HostV1::config(self)
    }

    fn host_version(&self) -> RString {
        HostV1::host_version(self)
    }

    fn service(&self, name: RStr<'_>, input: RSlice<'_, u8>) -> Res<RVec<u8>> {
        let output = self.services.ask(&self.plugin, &lossy(&name), input.as_slice());
        RResult::from(output.map(RVec::from).map_err(ErrorV1::from))
    }
}
