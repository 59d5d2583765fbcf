//! Messages that the database cannot have: that it cannot be read is the one most wanted. They wait in a file
//! of the state directory (`notifications.json`) with what became of them, and the database gets them once it
//! is back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::NotifyEvent;
use crate::support::state_dir;

/// The file of a state directory.
#[derive(Debug, Clone)]
pub(in crate::host) struct HeldMessages {
    path: PathBuf,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    #[error("{}, which holds messages while the database is away, could not be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is not what this version of Tenon wrote; move it away to begin anew", path.display())]
    Parse { path: PathBuf, source: serde_json::Error },
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldFile {
    format: HeldFormat,
    messages: Vec<HeldMessage>,
}

/// The version of this JSON.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
enum HeldFormat {
    #[default]
    #[serde(rename = "1")]
    One,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HeldMessage {
    pub(super) id: Uuid,
    pub(super) source: String,
    pub(super) event: NotifyEvent,
    pub(super) at: Timestamp,
    pub(super) body: String,
    /// By the names of the targets.
    pub(super) deliveries: BTreeMap<String, HeldDelivery>,
}

/// What became of a message for a target, as the database's table has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct HeldDelivery {
    pub(super) attempts: i32,
    pub(super) next_at: Option<Timestamp>,
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) error: Option<String>,
}

impl HeldMessages {
    pub(in crate::host) fn in_dir(state_dir: &Path) -> Self {
        Self { path: state_dir.join("notifications.json") }
    }

    pub(super) async fn all(&self) -> Result<Vec<HeldMessage>, HeldError> {
        let held = self.clone();
        self.off_workers(move || Ok(held.read()?.messages)).await
    }

    pub(super) async fn add(&self, message: HeldMessage) -> Result<(), HeldError> {
        self.edit(move |messages| messages.push(message)).await
    }

    /// Forgets messages that the database has.
    pub(super) async fn forget(&self, ids: Vec<Uuid>) -> Result<(), HeldError> {
        self.edit(move |messages| messages.retain(|message| !ids.contains(&message.id))).await
    }

    /// Writes down what becomes of a message for a target. Says whether it is held here.
    pub(super) async fn settle(&self, id: Uuid, target: &str, now: HeldDelivery) -> Result<bool, HeldError> {
        let target = target.to_owned();
        self.edit(move |messages| {
            let message = messages.iter_mut().find(|message| message.id == id);
            message.map(|message| message.deliveries.insert(target, now)).is_some()
        })
        .await
    }

    async fn edit<T: Send + 'static>(
        &self,
        edit: impl FnOnce(&mut Vec<HeldMessage>) -> T + Send + 'static,
    ) -> Result<T, HeldError> {
        let held = self.clone();
        self.off_workers(move || {
            let _lock = state_dir::lock(&held.path).map_err(|source| held.error(source))?;
            let mut file = held.read()?;
            let edited = edit(&mut file.messages);
            let text = serde_json::to_vec_pretty(&file).map_err(|source| held.error(source.into()))?;
            state_dir::replace(&held.path, &text).map_err(|source| held.error(source))?;
            Ok(edited)
        })
        .await
    }

    fn read(&self) -> Result<HeldFile, HeldError> {
        let Some(text) = state_dir::read(&self.path).map_err(|source| self.error(source))? else {
            return Ok(HeldFile::default());
        };
        serde_json::from_slice(&text).map_err(|source| HeldError::Parse { path: self.path.clone(), source })
    }

    async fn off_workers<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HeldError> + Send + 'static,
    ) -> Result<T, HeldError> {
        state_dir::off_workers(work).await.unwrap_or_else(|source| Err(self.error(source)))
    }

    fn error(&self, source: io::Error) -> HeldError {
        HeldError::File { path: self.path.clone(), source }
    }
}
