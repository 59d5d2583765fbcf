//! What this host alone remembers of findings from one check to the next: when each was first seen, and who
//! has acknowledged it. In a file of the state directory, for as long as the database cannot have it
//! (`memory.rs`).
//!
//! A finding that is gone is remembered for a while, so that one that comes and goes stays one.
//!
//! The file (`findings.json`) keeps them by database: by its identity, or by its address where that is not
//! known. An acknowledgement is one of findings and values:
//! `migrations-core/src/acknowledgement.rs` says how far it goes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::Finding;

use crate::support::state_dir;

/// How long a finding that is gone is remembered.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How exactly it is remembered when a finding was last seen: the file is not written at every check.
pub(super) const GRAIN: SignedDuration = SignedDuration::from_hours(1);

/// The file of a state directory.
#[derive(Debug, Clone)]
pub struct FindingStore {
    path: PathBuf,
}

/// Why the file, or the database's table, cannot be used. None of these writes to it.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    #[error("{}, which keeps when findings were first seen and acknowledged, could not be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not what this version of Tenon wrote; move it away to begin anew", path.display())]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error("{}, which keeps when findings were first seen and acknowledged, could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the database could not be told: {0}")]
    Shared(String),
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingsFile {
    format: Format,
    /// The records by database: what was said of one says nothing of another.
    databases: BTreeMap<String, Records>,
}

/// The version of this JSON.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
enum Format {
    #[default]
    #[serde(rename = "1")]
    One,
}

/// What is remembered of findings, by their ids.
pub(super) type Records = BTreeMap<String, Record>;

/// What is remembered of one finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) acknowledged: Option<Acknowledged>,
}

/// An acknowledgement, and what was found when it was given: it holds for nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Acknowledged {
    #[serde(flatten)]
    word: Acknowledgement,
    expected: Option<String>,
    found: Option<String>,
}

/// What is remembered of a finding, and what decides whether an acknowledgement still holds.
#[derive(Debug)]
pub(super) struct FindingState {
    pub(super) id: String,
    first_seen: Option<Timestamp>,
    expected: Option<String>,
    found: Option<String>,
}

/// What is known of findings, in their order, and whether what is new could be written down.
#[derive(Debug)]
struct Recalled {
    known: Vec<(Timestamp, Option<Acknowledgement>)>,
    written: Result<(), MemoryError>,
}

impl FindingState {
    pub(super) fn of(finding: &Finding) -> Self {
        let Finding { id, first_seen, expected, found, .. } = finding;
        Self { id: id.clone(), first_seen: *first_seen, expected: expected.clone(), found: found.clone() }
    }
}

impl Acknowledged {
    fn holds(&self, state: &FindingState, now: Timestamp) -> bool {
        self.word.holds(now) && self.expected == state.expected && self.found == state.found
    }
}

impl Record {
    /// One that is seen for the first time.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { first_seen: now, last_seen: now, acknowledged: None }
    }

    /// One that is acknowledged as it is, or no longer.
    pub(super) fn acknowledged(state: &FindingState, word: Option<&Acknowledgement>, now: Timestamp) -> Self {
        let acknowledged = word.map(|word| Acknowledged {
            word: word.clone(),
            expected: state.expected.clone(),
            found: state.found.clone(),
        });
        Self { first_seen: state.first_seen.unwrap_or(now), last_seen: now, acknowledged }
    }

    /// When it was first seen, and the acknowledgement that holds for what it is now.
    pub(super) fn told(&self, state: &FindingState, now: Timestamp) -> (Timestamp, Option<Acknowledgement>) {
        let acknowledged = self.acknowledged.as_ref().filter(|one| one.holds(state, now));
        (self.first_seen, acknowledged.map(|one| one.word.clone()))
    }

    /// What two records know together.
    pub(super) fn merged(mut self, other: &Self) -> Self {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        if self.acknowledged.is_none() {
            self.acknowledged.clone_from(&other.acknowledged);
        }
        self
    }
}

impl FindingStore {
    /// What is kept of this database.
    pub(super) async fn records(&self, database: &str) -> Result<Records, MemoryError> {
        let (memory, database) = (self.clone(), database.to_owned());
        let read = state_dir::off_workers(move || {
            let mut book = memory.read()?;
            book.forget(Timestamp::now());
            Ok(book.databases.remove(&database).unwrap_or_default())
        });
        read.await.map_err(|source| self.not_read(source))?
    }

    /// Keeps these of a database, besides what is kept of them already.
    pub(super) async fn merge(&self, database: &str, records: Records) -> Result<(), MemoryError> {
        let database = database.to_owned();
        self.edit(move |book| {
            merge_into(book.databases.entry(database.clone()).or_default(), &records);
            true
        })
        .await
    }

    /// Forgets a database, which remembers for itself.
    pub(super) async fn forget_database(&self, database: &str) -> Result<(), MemoryError> {
        let database = database.to_owned();
        self.edit(move |book| book.databases.remove(&database).is_some()).await
    }

    /// Keeps what was kept under one key under another.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<(), MemoryError> {
        if from == to {
            return Ok(());
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        self.edit(move |book| {
            let Some(records) = book.databases.remove(&from) else { return false };
            merge_into(book.databases.entry(to.clone()).or_default(), &records);
            true
        })
        .await
    }

    /// Changes the file, if the edit says that it has changed something.
    async fn edit(
        &self,
        edit: impl Fn(&mut FindingsFile) -> bool + Send + 'static,
    ) -> Result<(), MemoryError> {
        let memory = self.clone();
        let edited = state_dir::off_workers(move || {
            // Mostly there is nothing to change, and the lock is not needed to see that.
            if !edit(&mut memory.read()?) {
                return Ok(());
            }
            let _lock = state_dir::lock(&memory.path).map_err(|source| memory.not_written(source))?;
            let mut book = memory.read()?;
            edit(&mut book);
            memory.write(&book)
        });
        edited.await.map_err(|source| self.not_written(source))?
    }

    /// The memory of this state directory.
    pub fn in_dir(state_dir: &Path) -> Self {
        Self { path: state_dir.join("findings.json") }
    }

    /// Adds to these findings of a database what is remembered of them, and remembers those that are new.
    ///
    /// # Errors
    ///
    /// The file could not be read, and nothing was added; or it could not be written, and all was.
    pub async fn annotate(
        &self,
        database: &str,
        findings: Vec<&mut Finding>,
        now: Timestamp,
    ) -> Result<(), MemoryError> {
        if findings.is_empty() {
            return Ok(());
        }
        let states: Vec<_> = findings.iter().map(|finding| FindingState::of(finding)).collect();
        let (memory, database) = (self.clone(), database.to_owned());
        let annotated = state_dir::off_workers(move || memory.recall_states(&database, &states, now));
        let annotated = annotated.await.map_err(|source| self.not_read(source))??;
        for (finding, (first_seen, acknowledged)) in findings.into_iter().zip(annotated.known) {
            finding.first_seen = Some(first_seen);
            finding.acknowledged = acknowledged;
        }
        annotated.written
    }

    /// Remembers that these findings, as they are now, are acknowledged.
    pub async fn acknowledge(
        &self,
        database: &str,
        findings: &[Finding],
        word: &Acknowledgement,
    ) -> Result<(), MemoryError> {
        self.change(database, findings, Some(word.clone())).await
    }

    /// Forgets that these findings were acknowledged.
    pub async fn unacknowledge(&self, database: &str, findings: &[Finding]) -> Result<(), MemoryError> {
        self.change(database, findings, None).await
    }

    async fn change(
        &self,
        database: &str,
        findings: &[Finding],
        word: Option<Acknowledgement>,
    ) -> Result<(), MemoryError> {
        let states: Vec<_> = findings.iter().map(FindingState::of).collect();
        let (memory, database) = (self.clone(), database.to_owned());
        let changed = state_dir::off_workers(move || memory.change_states(&database, &states, word.as_ref()));
        changed.await.map_err(|source| self.not_written(source))?
    }

    fn recall_states(
        &self,
        database: &str,
        states: &[FindingState],
        now: Timestamp,
    ) -> Result<Recalled, MemoryError> {
        // Without the right to write, what is there can still be read; and so it can while somebody holds the
        // lock.
        let lock = state_dir::lock(&self.path);
        let mut book = self.read()?;
        book.forget(now);
        let records = book.databases.entry(database.to_owned()).or_default();
        let (mut known, mut news) = (Vec::new(), false);
        for state in states {
            let record = records.entry(state.id.clone()).or_insert_with(|| {
                news = true;
                Record { first_seen: now, last_seen: now, acknowledged: None }
            });
            if now.duration_since(record.last_seen) > GRAIN {
                (record.last_seen, news) = (now, true);
            }
            let acknowledged = record.acknowledged.as_ref().filter(|one| one.holds(state, now));
            known.push((record.first_seen, acknowledged.map(|one| one.word.clone())));
        }
        let written = match lock {
            _ if !news => Ok(()),
            Ok(_held) => self.write(&book),
            Err(source) => Err(self.not_written(source)),
        };
        Ok(Recalled { known, written })
    }

    fn change_states(
        &self,
        database: &str,
        states: &[FindingState],
        word: Option<&Acknowledgement>,
    ) -> Result<(), MemoryError> {
        let now = Timestamp::now();
        let _lock = state_dir::lock(&self.path).map_err(|source| self.not_written(source))?;
        let mut book = self.read()?;
        let records = book.databases.entry(database.to_owned()).or_default();
        for FindingState { id, first_seen, expected, found } in states {
            let first_seen = first_seen.unwrap_or(now);
            let new = || Record { first_seen, last_seen: now, acknowledged: None };
            let acknowledged = word.map(|word| Acknowledged {
                word: word.clone(),
                expected: expected.clone(),
                found: found.clone(),
            });
            records.entry(id.clone()).or_insert_with(new).acknowledged = acknowledged;
        }
        self.write(&book)
    }

    fn read(&self) -> Result<FindingsFile, MemoryError> {
        let text = state_dir::read(&self.path).map_err(|source| self.not_read(source))?;
        let parsed = text.map(|text| serde_json::from_slice(&text)).transpose();
        let parsed = parsed.map_err(|source| MemoryError::Parse { path: self.path.clone(), source })?;
        Ok(parsed.unwrap_or_default())
    }

    fn write(&self, book: &FindingsFile) -> Result<(), MemoryError> {
        let text = serde_json::to_vec_pretty(book).map_err(|error| self.not_written(error.into()))?;
        state_dir::replace(&self.path, &text).map_err(|source| self.not_written(source))
    }

    fn not_read(&self, source: io::Error) -> MemoryError {
        MemoryError::Read { path: self.path.clone(), source }
    }

    fn not_written(&self, source: io::Error) -> MemoryError {
        MemoryError::Write { path: self.path.clone(), source }
    }
}

/// Adds what others know to what is kept.
pub(super) fn merge_into(kept: &mut Records, others: &Records) {
    for (id, record) in others {
        let merged = kept.remove(id).map_or_else(|| record.clone(), |one| one.merged(record));
        kept.insert(id.clone(), merged);
    }
}

impl FindingsFile {
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
    use std::fs;
    use tenon_migrations_core::finding::{Cause, Severity};

    fn finding(object: &str, found: &str) -> Finding {
        Finding::new(&"inventory".parse().unwrap(), Cause::Drifted, Severity::Warning, object, "x")
            .values(None, Some(found.to_owned()))
    }

    fn done<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Runtime::new().unwrap().block_on(work)
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// One check of a database that finds this.
    fn seen(memory: &FindingStore, database: &str, found: &str, time: &str) -> Finding {
        let mut finding = finding("column a.b.c", found);
        done(memory.annotate(database, vec![&mut finding], at(time))).unwrap();
        finding
    }

    fn word(until: &str) -> Acknowledgement {
        Acknowledgement::new("ops", at("2026-03-01T00:00:00Z"), at(until), "known").unwrap()
    }

    #[test]
    fn a_finding_that_comes_and_goes_keeps_its_first_day_and_is_forgotten_in_the_end() {
        let place = tempfile::tempdir().unwrap();
        let memory = FindingStore::in_dir(&place.path().join("state"));
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
        let memory = FindingStore::in_dir(place.path());
        let now = seen(&memory, "a", "1", "2026-03-01T00:00:00Z");
        done(memory.acknowledge("a", &[now], &word("2026-06-01T00:00:00Z"))).unwrap();
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
        let memory = FindingStore::in_dir(place.path());
        for text in ["{", "{\"format\": \"2\", \"databases\": {}}"] {
            fs::write(&memory.path, text).unwrap();
            let mut finding = finding("x", "1");
            let error = done(memory.annotate("a", vec![&mut finding], Timestamp::now())).unwrap_err();
            assert!(matches!(error, MemoryError::Parse { .. }), "{error}");
            assert!(done(memory.acknowledge("a", &[finding], &word("2026-06-01T00:00:00Z"))).is_err());
            assert_eq!(fs::read_to_string(&memory.path).unwrap(), text);
        }
    }
}
