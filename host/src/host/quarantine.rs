//! Plugins in quarantine: loaded, compared and healed like any other, but their routes do not answer.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving};
use tenon_migrations_core::migration::{PluginId, PluginInfo};

use super::Tenon;
use crate::audit::{Action, Actor};
use crate::plugin::faults::{QuarantineError, Quarantined, Why};
use crate::plugin::registry::{Library, Registered};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::state_dir;

/// Why no plugin was put into quarantine or released.
#[derive(Debug, thiserror::Error)]
pub enum WordError {
    #[error("there is no plugin {0}")]
    NoPlugin(PluginId),
    #[error("plugin {0} is not in quarantine")]
    NotThere(PluginId),
    #[error(transparent)]
    State(#[from] QuarantineError),
    #[error("what is in quarantine was not looked up to the end")]
    Interrupted(#[from] io::Error),
}

impl WordError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoPlugin(_) => ErrorCode::NoPlugin,
            Self::NotThere(_) => ErrorCode::NotQuarantined,
            Self::State(_) | Self::Interrupted(_) => ErrorCode::NotKept,
        }
    }
}

impl Tenon {
    /// Why a plugin's routes do not answer, if it is for this. What cannot be read holds it as well.
    pub(super) fn quarantined(&self, info: &PluginInfo, library: &Library) -> Option<Quarantined> {
        self.quarantine
            .find(&library.sha256)
            .unwrap_or_else(|error| Some(quarantined(info, library, Why::Word, chain(&error))))
    }

    /// Adds to a report what quarantine there is.
    pub(super) fn hold_quarantined(&self, reports: &mut [PluginHealth]) {
        for health in reports {
            let plugin = self.registry.plugins.get(&health.id);
            let found = plugin.and_then(|plugin| self.quarantined(&plugin.info, plugin.library.as_ref()?));
            if let Some(one) = found {
                let object = format!("plugin {}", health.id);
                let message = format!("{} answers no requests: {}", health.name, one.message());
                health.held = Some(message.clone());
                let finding =
                    Finding::new(&health.id, Cause::Quarantined, Severity::Breaking, object, message);
                health.findings.push(finding.remedy(one.remedy()));
                health.serving = Serving::Held;
            }
        }
    }

    /// Counts a panic, and puts the plugin into quarantine if it was one too many.
    pub(super) async fn struck(&self, plugin: &Registered, library: &Library, message: &str) {
        if !library.strikes.strike(Instant::now()) {
            return;
        }
        let reason = format!("it panicked three times within ten minutes, the last time: {message}");
        let one = quarantined(&plugin.info, library, Why::Panicked, reason);
        match self.put(one.clone()).await {
            Ok(()) => {
                let (plugin, remedy) = (one.plugin.as_str(), one.remedy());
                tracing::error!(
                    plugin,
                    remedy,
                    "{} was put into quarantine, because {}",
                    one.name,
                    one.reason
                );
                self.record(&Actor::host(), put_action(&one), Some(&one.reason)).await;
            }
            Err(error) => tracing::error!("{} could not be put into quarantine: {}", one.name, chain(&error)),
        }
        self.check().await;
    }

    /// Puts a plugin into quarantine on an administrator's word.
    pub async fn put_into_quarantine(
        &self,
        id: &PluginId,
        reason: &str,
        by: &Actor,
    ) -> Result<Quarantined, WordError> {
        let admin = &by.admin;
        let plugin = self.registry.plugins.get(id);
        let found = plugin.and_then(|plugin| Some((plugin, plugin.library.as_ref()?)));
        let (plugin, library) = found.ok_or_else(|| WordError::NoPlugin(id.clone()))?;
        let one = quarantined(&plugin.info, library, Why::Word, format!("{admin} says: {reason}"));
        self.put(one.clone()).await?;
        tracing::warn!(plugin = id.as_str(), admin, reason, "{} was put into quarantine", one.name);
        self.record(by, put_action(&one), Some(reason)).await;
        self.check().await;
        Ok(one)
    }

    async fn put(&self, one: Quarantined) -> Result<(), WordError> {
        let quarantine = Arc::clone(&self.quarantine);
        Ok(state_dir::off_workers(move || quarantine.put(&one)).await??)
    }

    /// Releases a plugin. One that was kept out is loaded by the next start.
    pub async fn release(&self, id: &PluginId, by: &Actor) -> Result<Vec<Quarantined>, WordError> {
        let (quarantine, plugin) = (Arc::clone(&self.quarantine), id.clone());
        let released = state_dir::off_workers(move || quarantine.release(&plugin)).await??;
        if released.is_empty() {
            return Err(WordError::NotThere(id.clone()));
        }
        tracing::warn!(plugin = id.as_str(), admin = by.admin, "{id} was released from quarantine");
        let sha256 = released.iter().map(|one| one.sha256.clone()).collect();
        self.record(by, Action::Release { plugin: id.to_string(), sha256 }, None).await;
        self.check().await;
        Ok(released)
    }
}

fn put_action(one: &Quarantined) -> Action {
    Action::Quarantine { plugin: one.plugin.to_string(), sha256: one.sha256.clone() }
}

fn quarantined(info: &PluginInfo, library: &Library, why: Why, reason: String) -> Quarantined {
    Quarantined {
        plugin: info.id.clone(),
        name: info.name.clone(),
        file: library.file.clone(),
        sha256: library.sha256.to_string(),
        why,
        reason,
        since: Timestamp::now(),
    }
}
