//! Libraries that are kept from doing more harm, until an administrator releases them or the file changes.
//!
//! Each is a file of the state directory, named after the library's sha256: all processes of this host see
//! the same, and what ends the process can be written down with nothing but a few system calls.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::migration::{Checksum, PluginId};

use super::folder::{QuarantineError, WHOLE, finished, read};
use crate::plugin::problem::{Problem, ProblemCode};
use crate::support::errors::chain;
use crate::support::state_dir;

/// What a library did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The library ended the host's process.
    Crashed,
    /// The library did not come back while it was loaded.
    Hung,
    /// The library panicked too often.
    Panicked,
    /// An administrator wished it.
    Word,
}

impl Why {
    /// Whether even loading it would do harm. Else it is loaded, and its routes do not answer.
    pub fn keeps_out(self) -> bool {
        matches!(self, Self::Crashed | Self::Hung)
    }
}

/// A library in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Quarantined {
    pub plugin: PluginId,
    pub name: String,
    #[schema(value_type = String)]
    pub file: PathBuf,
    pub sha256: String,
    pub why: Why,
    /// What happened, after "because".
    pub reason: String,
    pub since: Timestamp,
}

impl Quarantined {
    /// What happened and when, in a sentence.
    pub fn message(&self) -> String {
        let since = self.since.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("it is in quarantine since {since}, because {}", self.reason)
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        let again = if self.why.keeps_out() { ", and start the host again" } else { "" };
        format!("install another version, or release it with `tenon plugin release {}`{again}", self.plugin)
    }
}

/// The folder of the state directory.
#[derive(Debug, Clone)]
pub struct Quarantine {
    folder: PathBuf,
}

impl Quarantine {
    /// What is in quarantine for the hosts with this state directory.
    pub fn in_dir(state_dir: &Path) -> Self {
        Self { folder: state_dir.join("quarantine") }
    }

    /// Makes sure that something could be written down while the process ends.
    pub fn prepare(&self) -> Result<(), QuarantineError> {
        state_dir::make_folder(&self.folder)
            .map_err(|source| QuarantineError::Write { path: self.folder.clone(), source })
    }

    /// Why a library is in quarantine, if it is.
    pub fn find(&self, sha256: &Checksum) -> Result<Option<Quarantined>, QuarantineError> {
        read(&self.path(&sha256.to_string()))
    }

    /// Why a library may not be loaded: what it does while it is, or that nobody can tell.
    pub fn obstacle(&self, sha256: &Checksum) -> Option<Problem> {
        match self.find(sha256) {
            Ok(one) => {
                let one = one.filter(|one| one.why.keeps_out())?;
                Some(Problem::new(ProblemCode::Quarantined, one.message(), one.remedy()))
            }
            Err(error) => {
                let remedy = "see the state directory, and who may read it";
                Some(Problem::new(ProblemCode::QuarantineUnknown, chain(&error), remedy))
            }
        }
    }

    /// All that are, by plugin, as far as their files can be read.
    pub fn all(&self) -> Result<Vec<Quarantined>, QuarantineError> {
        let unread = |error: &QuarantineError| tracing::warn!("{}", chain(error));
        let mut all: Vec<_> =
            self.each()?.into_iter().filter_map(|one| one.inspect_err(unread).ok()).collect();
        all.sort_by(|a, b| (&a.plugin, &a.sha256).cmp(&(&b.plugin, &b.sha256)));
        Ok(all)
    }

    /// What each file of the folder says.
    fn each(&self) -> Result<Vec<Result<Quarantined, QuarantineError>>, QuarantineError> {
        Ok(finished(&self.folder, WHOLE)?.iter().filter_map(|path| read(path).transpose()).collect())
    }

    /// Puts a library there.
    pub fn put(&self, one: &Quarantined) -> Result<(), QuarantineError> {
        let path = self.path(&one.sha256);
        let write = || {
            state_dir::make_folder(&self.folder)?;
            state_dir::replace(&path, &serde_json::to_vec_pretty(one)?)
        };
        write().map_err(|source| QuarantineError::Write { path: path.clone(), source })
    }

    /// Puts a library into quarantine where the process is about to end, and other threads may hold any
    /// lock. What was written down first is what stays, if it keeps the library out as well. Says whether
    /// this was the first.
    pub(crate) fn put_at_the_end(&self, one: &Quarantined) -> io::Result<bool> {
        let path = self.path(&one.sha256);
        if read::<Quarantined>(&path).is_ok_and(|former| former.is_some_and(|former| former.why.keeps_out()))
        {
            return Ok(false);
        }
        let mut file = File::create(path)?;
        file.write_all(&serde_json::to_vec_pretty(one)?)?;
        file.sync_all()?;
        Ok(true)
    }

    /// Takes all libraries of a plugin out, and gives those that were there. A file that cannot be read keeps
    /// no other from being released: it is an error only where it may be this plugin's.
    pub fn release(&self, plugin: &PluginId) -> Result<Vec<Quarantined>, QuarantineError> {
        let (mut theirs, mut unread) = (Vec::new(), Vec::new());
        for one in self.each()? {
            match one {
                Ok(one) if one.plugin == *plugin => theirs.push(one),
                Ok(_) => {}
                Err(error) => unread.push(error),
            }
        }
        // Noted first: whoever sees the file gone sees why.
        self.note_released(&theirs)?;
        for one in &theirs {
            self.remove(&one.sha256)?;
        }
        match unread.into_iter().next() {
            Some(error) if theirs.is_empty() => Err(error),
            Some(error) => {
                tracing::warn!("{}", chain(&error));
                Ok(theirs)
            }
            None => Ok(theirs),
        }
    }

    /// Takes out what an administrator has released on another host, unless something else was said since.
    pub(crate) fn take_out(&self, one: &Quarantined) -> Result<(), QuarantineError> {
        let now = read::<Quarantined>(&self.path(&one.sha256))?;
        if now.is_some_and(|now| now.since == one.since) { self.remove(&one.sha256) } else { Ok(()) }
    }

    fn remove(&self, sha256: &str) -> Result<(), QuarantineError> {
        let path = self.path(sha256);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|source| QuarantineError::Write { path, source }),
        }
    }

    /// The libraries that were released here on an administrator's word, with the time, until the database
    /// knows of it.
    pub(crate) fn released_words(&self) -> BTreeMap<String, Timestamp> {
        read(&self.words_path()).ok().flatten().unwrap_or_default()
    }

    /// Forgets those: the database knows of them.
    pub(crate) fn forget_released_words(
        &self,
        known: &BTreeMap<String, Timestamp>,
    ) -> Result<(), QuarantineError> {
        if known.is_empty() {
            return Ok(());
        }
        let mut words = self.released_words();
        words.retain(|sha256, at| known.get(sha256) != Some(at));
        self.write_words(&words)
    }

    fn note_released(&self, released: &[Quarantined]) -> Result<(), QuarantineError> {
        let mut words = self.released_words();
        let before = words.len();
        let said = released.iter().filter(|one| one.why == Why::Word);
        words.extend(said.map(|one| (one.sha256.clone(), Timestamp::now())));
        if words.len() == before { Ok(()) } else { self.write_words(&words) }
    }

    fn write_words(&self, words: &BTreeMap<String, Timestamp>) -> Result<(), QuarantineError> {
        let path = self.words_path();
        let text = serde_json::to_vec_pretty(words).map_err(io::Error::from);
        let written = text.and_then(|text| state_dir::replace(&path, &text));
        written.map_err(|source| QuarantineError::Write { path, source })
    }

    /// Beside the folder, in which each file is a library's.
    fn words_path(&self) -> PathBuf {
        self.folder.with_file_name("released-words.json")
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.{WHOLE}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(why: Why) -> Quarantined {
        Quarantined {
            plugin: "rogue".parse().unwrap(),
            name: "Rogue Plugin".to_owned(),
            file: "/plugins/librogue.so".into(),
            sha256: Checksum::of("its bytes").to_string(),
            why,
            reason: "it ended the host".to_owned(),
            since: "2026-03-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_put_there_stays_until_it_is_released() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(&place.path().join("state"));
        let sha256 = Checksum::of("its bytes");
        assert_eq!(quarantine.find(&sha256).unwrap(), None);
        assert_eq!(quarantine.all().unwrap(), []);
        quarantine.put(&one(Why::Panicked)).unwrap();
        assert_eq!(quarantine.find(&sha256).unwrap(), Some(one(Why::Panicked)));
        assert_eq!(quarantine.find(&Checksum::of("other bytes")).unwrap(), None);
        assert_eq!(quarantine.all().unwrap(), [one(Why::Panicked)]);
        assert_eq!(quarantine.release(&"another".parse().unwrap()).unwrap(), []);
        assert_eq!(quarantine.release(&"rogue".parse().unwrap()).unwrap(), [one(Why::Panicked)]);
        assert_eq!(quarantine.find(&sha256).unwrap(), None);
    }

    #[test]
    fn at_the_end_what_was_written_first_stays() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        quarantine.put(&one(Why::Panicked)).unwrap();
        assert!(quarantine.put_at_the_end(&one(Why::Crashed)).unwrap());
        assert!(!quarantine.put_at_the_end(&one(Why::Hung)).unwrap());
        assert_eq!(quarantine.all().unwrap(), [one(Why::Crashed)]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_path() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        quarantine.put(&one(Why::Panicked)).unwrap();
        let sha256 = Checksum::of("its bytes");
        fs::write(quarantine.path(&sha256.to_string()), "{").unwrap();
        let told = quarantine.find(&sha256).unwrap_err().to_string();
        assert!(told.contains(&sha256.to_string()) && told.contains("remove the file"), "{told}");
    }

    #[test]
    fn a_file_that_cannot_be_read_keeps_no_other_plugin_from_being_released() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        quarantine.put(&one(Why::Panicked)).unwrap();
        fs::write(quarantine.path(&Checksum::of("other bytes").to_string()), "{").unwrap();
        let release = |plugin: &str| quarantine.release(&plugin.parse().unwrap());
        assert_eq!(quarantine.all().unwrap(), [one(Why::Panicked)]);
        assert_eq!(release("rogue").unwrap(), [one(Why::Panicked)]);
        // It may be this one's.
        assert!(release("another").unwrap_err().to_string().contains("remove the file"));
    }
}
