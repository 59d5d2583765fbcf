//! The sessions that were ended before their time, in a file of the state directory.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::lasts;
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::state_dir;

/// The sessions that were ended, each with its beginning, until they are too old to be used anyway. Ending
/// one takes a login, so that there are never more of them than logins.
#[derive(Debug, Clone)]
pub(crate) struct EndedSessions(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    ended: Mutex<HashMap<Uuid, i64>>,
}

impl EndedSessions {
    /// What the file says. Where it says nothing that could be read it is made anew, and that is told.
    pub(super) fn open(path: PathBuf) -> (Self, io::Result<()>) {
        let (ended, known) = match read(&path) {
            Ok(ended) => (ended, Ok(())),
            Err(error) => (HashMap::new(), Err(error)),
        };
        let kept = Kept { path, ended: Mutex::new(ended) };
        if known.is_err() {
            kept.write();
        }
        (Self(Arc::new(kept)), known)
    }

    pub(super) fn has(&self, id: Uuid) -> bool {
        self.0.ended.lock_unpoisoned().contains_key(&id)
    }

    /// All that still matter, each with its beginning.
    pub(super) fn all(&self) -> HashMap<Uuid, i64> {
        let ended = self.0.ended.lock_unpoisoned();
        ended.iter().filter(|(_, since)| lasts(**since)).map(|(id, since)| (*id, *since)).collect()
    }

    /// Takes over what was ended elsewhere.
    pub(super) async fn learn(&self, ended: &[(Uuid, i64)]) {
        if !ended.is_empty() {
            self.0.ended.lock_unpoisoned().extend(ended.iter().copied());
            self.keep().await;
        }
    }

    /// Ends a session; once the file says so too, that outlives this process.
    pub(super) async fn add(&self, id: Uuid, since: i64) {
        self.0.ended.lock_unpoisoned().insert(id, since);
        self.keep().await;
    }

    async fn keep(&self) {
        let kept = Arc::clone(&self.0);
        // A task of its own: a disk may be slow.
        if let Err(error) = state_dir::off_workers(move || kept.write()).await {
            tracing::error!(error = chain(&error), "that a session has ended may not have been written down");
        }
    }
}

impl Kept {
    /// Writes those that still matter. Under the lock, so that none is overtaken by an older state.
    fn write(&self) {
        let mut ended = self.ended.lock_unpoisoned();
        ended.retain(|_, since| lasts(*since));
        let text = serde_json::to_vec(&*ended).map_err(io::Error::from);
        if let Err(error) = text.and_then(|text| state_dir::replace(&self.path, &text)) {
            let (file, error) = (self.path.display(), chain(&error));
            tracing::error!(%file, error, "which sessions have ended could not be written down: after a restart they could be used again");
        }
    }
}

fn read(path: &Path) -> io::Result<HashMap<Uuid, i64>> {
    let text = state_dir::read(path)?;
    Ok(text.map(|text| serde_json::from_slice(&text)).transpose()?.unwrap_or_default())
}
