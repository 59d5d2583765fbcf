//! When each API token was used last, in a file of the state directory: the accounts file is the
//! administrator's, and a request writes nothing to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::state_dir;

/// How exactly it is kept: the file is not written at every request.
const GRAIN: SignedDuration = SignedDuration::from_mins(1);

/// The last use of each token, by account and name.
type Uses = BTreeMap<String, BTreeMap<String, Timestamp>>;

/// The file, and what it says.
#[derive(Debug, Clone)]
pub struct TokenUses(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    uses: Mutex<Uses>,
}

impl TokenUses {
    /// The uses that are kept in this state directory. A file that cannot be read says nothing.
    pub fn in_dir(state_dir: &Path) -> Self {
        let path = state_dir.join("token-uses.json");
        let text = state_dir::read(&path).ok().flatten();
        let uses = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self(Arc::new(Kept { path, uses: Mutex::new(uses) }))
    }

    /// When the token was used last, as far as that is known.
    pub fn last(&self, account: &str, token: &str) -> Option<Timestamp> {
        self.0.uses.lock_unpoisoned().get(account)?.get(token).copied()
    }

    /// Notes that the token is used now.
    pub(crate) async fn used(&self, account: &str, token: &str, now: Timestamp) {
        {
            let mut uses = self.0.uses.lock_unpoisoned();
            let tokens = uses.entry(account.to_owned()).or_default();
            let known = tokens.get(token).is_some_and(|then| now.duration_since(*then) < GRAIN);
            if known {
                return;
            }
            tokens.insert(token.to_owned(), now);
        }
        let kept = Arc::clone(&self.0);
        let written = state_dir::off_workers(move || kept.write()).await.and_then(|written| written);
        if let Err(error) = written {
            let (file, error) = (self.0.path.display(), chain(&error));
            tracing::warn!(%file, error, "that a token was used could not be written down");
        }
    }
}

impl Kept {
    /// Under the lock, so that no state is overtaken by an older one.
    fn write(&self) -> std::io::Result<()> {
        let uses = self.uses.lock_unpoisoned();
        state_dir::replace(&self.path, &serde_json::to_vec_pretty(&*uses)?)
    }
}
