//! What is not in quarantine, without looking for its file before every call.

use std::collections::HashSet;
use std::fs::File;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use tenon_migrations_core::migration::{Checksum, PluginId};

use super::{Quarantine, QuarantineError, Quarantined};
use crate::support::file_access::is_linked;
use crate::support::lock::LockExt;

/// How long ago the folder has to have been changed for another change to be seen: a file system's clock has
/// ticks.
const SETTLED: Duration = Duration::from_millis(50);

/// How often the folder is looked at, at most: less time than it takes a command to end that has changed it.
const EVERY: Duration = Duration::from_millis(1);

/// The quarantine, and what was looked for in vain since its folder was changed last.
#[derive(Debug)]
pub struct QuarantineCache {
    quarantine: Quarantine,
    view: Mutex<FolderView>,
}

#[derive(Debug, Default)]
struct FolderView {
    folder: Option<File>,
    /// When it had been changed last before those were looked for that are absent.
    changed: Option<SystemTime>,
    /// When the folder was looked at last; `None` if the next call is to do so.
    looked: Option<Instant>,
    absent: HashSet<Checksum>,
}

impl QuarantineCache {
    /// A cache of what nobody has looked at yet.
    pub fn new(quarantine: Quarantine) -> Self {
        Self { quarantine, view: Mutex::default() }
    }

    /// All that are, as [`Quarantine::all`].
    pub fn all(&self) -> Result<Vec<Quarantined>, QuarantineError> {
        self.quarantine.all()
    }

    /// Puts a library there.
    pub fn put(&self, one: &Quarantined) -> Result<(), QuarantineError> {
        let put = self.quarantine.put(one);
        self.lock().looked = None;
        put
    }

    /// Takes all libraries of a plugin out, as [`Quarantine::release`].
    pub fn release(&self, plugin: &PluginId) -> Result<Vec<Quarantined>, QuarantineError> {
        self.quarantine.release(plugin)
    }

    /// Why a library is in quarantine, if it is: whatever process has put it there, a millisecond ago at the
    /// latest.
    pub fn find(&self, sha256: &Checksum) -> Result<Option<Quarantined>, QuarantineError> {
        let mut view = self.lock();
        let known_absent = view.absent.contains(sha256);
        let now = Instant::now();
        if known_absent && view.looked.is_some_and(|looked| now.duration_since(looked) < EVERY) {
            return Ok(None);
        }
        let changed = view.changed(&self.quarantine);
        view.looked = changed.map(|_| now);
        if known_absent && changed.is_some() && view.changed == changed {
            return Ok(None);
        }
        // The calls of plugins that are not there do not wait while the file of one that is is read.
        drop(view);
        let found = self.quarantine.find(sha256)?;
        let mut view = self.lock();
        if view.changed != changed {
            (view.changed, view.absent) = (changed, HashSet::new());
        }
        if found.is_none() {
            view.absent.insert(*sha256);
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, FolderView> {
        self.view.lock_unpoisoned()
    }
}

impl FolderView {
    /// When the folder was changed last, if the next change is certain to be seen by that.
    fn changed(&mut self, quarantine: &Quarantine) -> Option<SystemTime> {
        let there = |folder: &File| folder.metadata().ok().filter(is_linked);
        let metadata = match self.folder.as_ref().and_then(there) {
            Some(metadata) => metadata,
            None => self.folder.insert(File::open(quarantine.folder()).ok()?).metadata().ok()?,
        };
        let changed = metadata.modified().ok()?;
        (changed.elapsed().ok()? > SETTLED).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::faults::Why;

    fn one(sha256: &Checksum) -> Quarantined {
        Quarantined {
            plugin: "rogue".parse().unwrap(),
            name: "Rogue Plugin".to_owned(),
            file: "/plugins/librogue.so".into(),
            sha256: sha256.to_string(),
            why: Why::Word,
            reason: "it was wished".to_owned(),
            since: "2026-03-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_another_process_does_is_seen_as_soon_as_its_command_has_ended() {
        let place = tempfile::tempdir().unwrap();
        let cache = QuarantineCache::new(Quarantine::in_dir(place.path()));
        let elsewhere = Quarantine::in_dir(place.path());
        let (rogue, other) = (Checksum::of("its bytes"), Checksum::of("other bytes"));
        assert_eq!(cache.find(&rogue).unwrap(), None, "the folder is not there yet");
        for pause in [Duration::ZERO, SETTLED * 2, Duration::ZERO] {
            for _ in 0..3 {
                std::thread::sleep(pause);
                assert_eq!(cache.find(&rogue).unwrap(), None);
                elsewhere.put(&one(&rogue)).unwrap();
                std::thread::sleep(EVERY);
                assert_eq!(cache.find(&rogue).unwrap(), Some(one(&rogue)));
                assert_eq!(cache.find(&other).unwrap(), None);
                elsewhere.release(&"rogue".parse().unwrap()).unwrap();
            }
            assert_eq!(cache.find(&rogue).unwrap(), None);
            std::fs::remove_dir_all(place.path().join("quarantine")).unwrap();
        }
    }

    #[test]
    fn what_is_not_there_is_looked_for_once() {
        let place = tempfile::tempdir().unwrap();
        let cache = QuarantineCache::new(Quarantine::in_dir(place.path()));
        cache.quarantine.prepare().unwrap();
        std::thread::sleep(SETTLED * 2);
        let rogue = Checksum::of("its bytes");
        assert_eq!(cache.find(&rogue).unwrap(), None);
        assert!(cache.lock().absent.contains(&rogue));
        cache.put(&one(&rogue)).unwrap();
        assert_eq!(cache.find(&rogue).unwrap(), Some(one(&rogue)), "one's own doing is known at once");
    }
}
