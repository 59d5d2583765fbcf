//! What this host remembers of findings from one check to the next: when each was first seen, and who has
//! acknowledged it. In a file of the state directory, since a check writes nothing to the database.
//!
//! A finding that is gone is remembered for a while, so that one that comes and goes stays one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::Finding;

use crate::whole_file;

/// How long a finding that is gone is remembered.
const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How exactly it is remembered when a finding was last seen: the file is not written at every check.
const GRAIN: SignedDuration = SignedDuration::from_hours(1);

/// The file of a state directory.
#[derive(Debug, Clone)]
pub struct Memory {
    path: PathBuf,
}

/// Why the file cannot be used. None of these writes to it.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    #[error("{}, which keeps when findings were first seen and acknowledged, could not be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not what this version of Tenon wrote; move it away to begin anew", path.display())]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error("{}, which keeps when findings were first seen and acknowledged, could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    format: Format,
    /// By the database's address: what was said of one says nothing of another.
    databases: BTreeMap<String, BTreeMap<String, Record>>,
}

/// The version of this JSON.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
enum Format {
    #[default]
    #[serde(rename = "1")]
    One,
}

/// What is remembered of one finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    first_seen: Timestamp,
    last_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged: Option<Acknowledged>,
}

/// An acknowledgement, and what was found when it was given: it holds for nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Acknowledged {
    #[serde(flatten)]
    word: Acknowledgement,
    expected: Option<String>,
    found: Option<String>,
}

impl Acknowledged {
    fn holds(&self, finding: &Finding, now: Timestamp) -> bool {
        self.word.holds(now) && self.expected == finding.expected && self.found == finding.found
    }
}

impl Memory {
    /// The memory of this state directory.
    pub fn in_dir(state_dir: &Path) -> Self {
        Self { path: state_dir.join("findings.json") }
    }

    /// Adds to these findings of a database what is remembered of them, and remembers those that are new.
    ///
    /// # Errors
    ///
    /// The file could not be read, and nothing was added; or it could not be written, and all was.
    pub fn recall<'a>(
        &self,
        database: &str,
        findings: impl IntoIterator<Item = &'a mut Finding>,
        now: Timestamp,
    ) -> Result<(), MemoryError> {
        let mut findings = findings.into_iter().peekable();
        if findings.peek().is_none() {
            return Ok(());
        }
        // Without the right to write, what is there can still be read.
        let lock = whole_file::lock(&self.path);
        let mut book = self.read()?;
        book.forget(now);
        let records = book.databases.entry(database.to_owned()).or_default();
        let mut news = false;
        for finding in findings {
            let record = records.entry(finding.id.clone()).or_insert_with(|| {
                news = true;
                Record { first_seen: now, last_seen: now, acknowledged: None }
            });
            if now.duration_since(record.last_seen) > GRAIN {
                (record.last_seen, news) = (now, true);
            }
            finding.first_seen = Some(record.first_seen);
            let acknowledged = record.acknowledged.as_ref().filter(|one| one.holds(finding, now));
            finding.acknowledged = acknowledged.map(|one| one.word.clone());
        }
        if news {
            let _lock = lock.map_err(|source| self.not_written(source))?;
            self.write(&book)?;
        }
        Ok(())
    }

    /// Remembers that these findings, as they are now, are acknowledged.
    pub fn acknowledge(
        &self,
        database: &str,
        findings: &[Finding],
        word: &Acknowledgement,
    ) -> Result<(), MemoryError> {
        self.change(database, findings, |finding| {
            let (expected, found) = (finding.expected.clone(), finding.found.clone());
            Some(Acknowledged { word: word.clone(), expected, found })
        })
    }

    /// Forgets that these findings were acknowledged.
    pub fn unacknowledge(&self, database: &str, findings: &[Finding]) -> Result<(), MemoryError> {
        self.change(database, findings, |_| None)
    }

    fn change(
        &self,
        database: &str,
        findings: &[Finding],
        acknowledged: impl Fn(&Finding) -> Option<Acknowledged>,
    ) -> Result<(), MemoryError> {
        let now = Timestamp::now();
        let _lock = whole_file::lock(&self.path).map_err(|source| self.not_written(source))?;
        let mut book = self.read()?;
        let records = book.databases.entry(database.to_owned()).or_default();
        for finding in findings {
            let first_seen = finding.first_seen.unwrap_or(now);
            let new = || Record { first_seen, last_seen: now, acknowledged: None };
            records.entry(finding.id.clone()).or_insert_with(new).acknowledged = acknowledged(finding);
        }
        self.write(&book)
    }

    fn read(&self) -> Result<Book, MemoryError> {
        let path = || self.path.clone();
        match fs::read(&self.path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|source| MemoryError::Parse { path: path(), source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
            Err(source) => Err(MemoryError::Read { path: path(), source }),
        }
    }

    fn write(&self, book: &Book) -> Result<(), MemoryError> {
        let text = serde_json::to_vec_pretty(book).map_err(|error| self.not_written(error.into()))?;
        whole_file::replace(&self.path, &text).map_err(|source| self.not_written(source))
    }

    fn not_written(&self, source: io::Error) -> MemoryError {
        MemoryError::Write { path: self.path.clone(), source }
    }
}

impl Book {
    /// Forgets what was long gone and is not acknowledged.
    fn forget(&mut self, now: Timestamp) {
        for records in self.databases.values_mut() {
            records.retain(|_, record| {
                let held = record.acknowledged.as_ref().is_some_and(|one| one.word.holds(now));
                held || now.duration_since(record.last_seen) <= RETENTION
            });
        }
        self.databases.retain(|_, records| !records.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenon_migrations_core::finding::{Cause, Severity};

    fn finding(object: &str, found: &str) -> Finding {
        Finding::new(&"inventory".parse().unwrap(), Cause::Drifted, Severity::Warning, object, "x")
            .values(None, Some(found.to_owned()))
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// One check of a database that finds this.
    fn seen(memory: &Memory, database: &str, found: &str, time: &str) -> Finding {
        let mut finding = finding("column a.b.c", found);
        memory.recall(database, [&mut finding], at(time)).unwrap();
        finding
    }

    fn word(until: &str) -> Acknowledgement {
        Acknowledgement::new("ops", at("2026-03-01T00:00:00Z"), at(until), "known").unwrap()
    }

    #[test]
    fn a_finding_that_comes_and_goes_keeps_its_first_day_and_is_forgotten_in_the_end() {
        let place = tempfile::tempdir().unwrap();
        let memory = Memory::in_dir(&place.path().join("state"));
        let first = at("2026-03-01T00:00:00Z");
        let first_seen = |database, time| seen(&memory, database, "1", time).first_seen;
        assert_eq!(first_seen("a", "2026-03-01T00:00:00Z"), Some(first));
        assert_eq!(first_seen("b", "2026-03-20T00:00:00Z"), Some(at("2026-03-20T00:00:00Z")));
        assert_eq!(first_seen("a", "2026-03-30T00:00:00Z"), Some(first));
        assert_eq!(first_seen("a", "2026-05-31T00:00:00Z"), Some(at("2026-05-31T00:00:00Z")));
    }

    #[test]
    fn an_acknowledgement_holds_for_its_time_its_database_and_what_was_found() {
        let place = tempfile::tempdir().unwrap();
        let memory = Memory::in_dir(place.path());
        let now = seen(&memory, "a", "1", "2026-03-01T00:00:00Z");
        memory.acknowledge("a", &[now], &word("2026-06-01T00:00:00Z")).unwrap();
        let holds = |database, found, time| seen(&memory, database, found, time).acknowledged.is_some();
        assert!(holds("a", "1", "2026-03-02T00:00:00Z"));
        assert!(!holds("b", "1", "2026-03-02T00:00:00Z"));
        assert!(!holds("a", "2", "2026-03-02T00:00:00Z"));
        // Gone for longer than findings are remembered, and back again.
        seen(&memory, "b", "1", "2026-05-20T00:00:00Z");
        assert!(holds("a", "1", "2026-05-20T00:00:00Z"));
        assert!(!holds("a", "1", "2026-06-01T00:00:00Z"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let memory = Memory::in_dir(place.path());
        for text in ["{", "{\"format\": \"2\", \"databases\": {}}"] {
            fs::write(&memory.path, text).unwrap();
            let mut finding = finding("x", "1");
            let error = memory.recall("a", [&mut finding], Timestamp::now()).unwrap_err();
            assert!(matches!(error, MemoryError::Parse { .. }), "{error}");
            assert!(memory.acknowledge("a", &[finding], &word("2026-06-01T00:00:00Z")).is_err());
            assert_eq!(fs::read_to_string(&memory.path).unwrap(), text);
        }
    }
}
