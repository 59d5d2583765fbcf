//! Libraries that are being opened: on disk for as long as nobody knows whether that goes well.
//!
//! Each is a file, which the process that opens the library holds locked. However that process ends, the
//! kernel lets go of the lock; so a file that nobody holds is of a library in whose opening a process has
//! ended, and that library goes into quarantine. Processes that open the same library at the same time have a
//! file each.
//!
//! Where the machine ended, and not the process alone, that is most often nobody's doing: of such an end a
//! note is kept beside them. The library goes into quarantine if the machine ends again before it was opened
//! well.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::plugin::isolate::GoesWithTheProcess;
use crate::support::{file_access, state_dir};

use super::boot::boot_id;
use super::folder::{QuarantineError, UNFINISHED, WHOLE, abandoned, finished, read};
use super::quarantine::{Quarantine, Quarantined, Why};

const REASON: &str = "the host ended while it was being loaded: by a crash of the plugin, or because somebody or \
                      something else ended the host at that moment";

const REASON_OF_MACHINE: &str = "the machine ended while it was being loaded, and so it did the time before";

/// What a file says: which library, and in which start of the machine it was opened.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
struct Marker {
    #[serde(flatten)]
    whom: Quarantined,
    /// Former versions did not note it.
    #[serde(default)]
    boot: Option<String>,
}

impl Marker {
    /// Whether the machine has ended since.
    fn is_of_another_boot(&self) -> bool {
        self.boot.as_ref().is_some_and(|boot| boot_id().is_ok_and(|now| *boot != now))
    }
}

/// A library that is being opened, until this is dropped.
#[derive(Debug)]
pub struct Opening {
    path: PathBuf,
    /// Where it is noted that the machine ended while the library was being opened.
    note: PathBuf,
    // In this order: the file is gone before anybody else can lock it.
    _goes: GoesWithTheProcess,
    _held: File,
}

impl Quarantine {
    /// Writes down that this library is about to be opened. When this returns, it is on disk.
    pub fn opening(&self, whom: &Quarantined) -> io::Result<Opening> {
        let folder = self.of_opening();
        state_dir::make_folder(&folder)?;
        let one = Quarantined { why: Why::Crashed, reason: REASON.to_owned(), ..whom.clone() };
        // Locked before anybody looks at it, which the name is for.
        let mut new = tempfile::Builder::new()
            .prefix(&format!("{}-", one.sha256))
            .suffix(&format!(".{UNFINISHED}"))
            .tempfile_in(&folder)?;
        new.as_file().lock()?;
        let note = self.note_of_machine(&one.sha256);
        let marker = Marker { whom: one, boot: boot_id().ok() };
        new.write_all(&serde_json::to_vec_pretty(&marker)?)?;
        state_dir::give_to_owner(new.as_file(), &folder)?;
        new.as_file().sync_all()?;
        let path = new.path().with_extension(WHOLE);
        let goes = GoesWithTheProcess::new(&path)?;
        let held = new.persist(&path)?;
        let opening = Opening { path, note, _goes: goes, _held: held };
        file_access::sync_folder(&folder)?;
        Ok(opening)
    }

    /// Makes sure that what is no longer being opened is not on disk any more, not even after a power
    /// failure.
    pub fn opened(&self) -> io::Result<()> {
        match file_access::sync_folder(&self.of_opening()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            synced => synced,
        }
    }

    /// Puts into quarantine what was being opened by processes that have ended, or ran when they ended
    /// without a word, and gives what was not there already. Who ended with words is there for what he said.
    pub fn take_up(&self) -> Result<Vec<Quarantined>, QuarantineError> {
        let mut taken = self.take_up_opening()?;
        taken.extend(self.take_up_running()?);
        taken.sort_by(|a, b| (&a.plugin, &a.sha256).cmp(&(&b.plugin, &b.sha256)));
        Ok(taken)
    }

    fn take_up_opening(&self) -> Result<Vec<Quarantined>, QuarantineError> {
        let mut taken = Vec::new();
        for path in finished(&self.of_opening(), WHOLE)? {
            taken.extend(self.take_up_one(&path)?);
        }
        Ok(taken)
    }

    fn take_up_one(&self, path: &Path) -> Result<Option<Quarantined>, QuarantineError> {
        let write = |source| QuarantineError::Write { path: path.to_owned(), source };
        let Some(_held) = abandoned(path).map_err(write)? else { return Ok(None) };
        let taken = match read::<Marker>(path)? {
            Some(marker) if marker.is_of_another_boot() => self.machine_ended(marker)?,
            Some(marker) => Some(marker.whom),
            None => None,
        };
        let is_new = taken.as_ref().map_or(Ok(false), |one| self.put_at_the_end(one)).map_err(write)?;
        fs::remove_file(path).map_err(write)?;
        Ok(taken.filter(|_| is_new))
    }

    /// The machine ended while this library was being opened: whom that puts into quarantine. Several
    /// processes may have been opening it in the same start of the machine, which counts once.
    fn machine_ended(&self, marker: Marker) -> Result<Option<Quarantined>, QuarantineError> {
        let path = self.note_of_machine(&marker.whom.sha256);
        match read::<Marker>(&path)? {
            Some(former) if former.boot == marker.boot => return Ok(None),
            Some(_) => {
                fs::remove_file(&path).map_err(|source| QuarantineError::Write { path, source })?;
                let (reason, since) = (REASON_OF_MACHINE.to_owned(), Timestamp::now());
                return Ok(Some(Quarantined { reason, since, ..marker.whom }));
            }
            None => {}
        }
        let note = || state_dir::replace(&path, &serde_json::to_vec_pretty(&marker)?);
        note().map_err(|source| QuarantineError::Write { path: path.clone(), source })?;
        let Quarantined { plugin, name, file, .. } = &marker.whom;
        tracing::warn!(
            plugin = plugin.as_str(),
            "{name} ({}): the machine ended while it was being loaded; if it does so once more, the plugin goes into \
             quarantine",
            file.display()
        );
        Ok(None)
    }

    fn note_of_machine(&self, sha256: &str) -> PathBuf {
        self.folder().join("machine").join(format!("{sha256}.{WHOLE}"))
    }

    fn of_opening(&self) -> PathBuf {
        self.folder().join("opening")
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        for path in [&self.path, &self.note] {
            match fs::remove_file(path) {
                // Most often there is no note.
                Err(error) if path == &self.note && error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!("{} could not be removed: {error}", path.display()),
                Ok(()) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::folder::STALE;
    use super::*;
    use tenon_migrations_core::migration::Checksum;

    fn one() -> Quarantined {
        Quarantined {
            plugin: "rogue".parse().unwrap(),
            name: "Rogue Plugin".to_owned(),
            file: "/plugins/librogue.so".into(),
            sha256: Checksum::of("its bytes").to_string(),
            why: Why::Crashed,
            reason: String::new(),
            since: "2026-03-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn files(quarantine: &Quarantine) -> usize {
        fs::read_dir(quarantine.of_opening()).map_or(0, Iterator::count)
    }

    /// Acts as if the process had ended: nothing is removed, and the lock is gone.
    fn ends(opening: Opening) {
        let opening = std::mem::ManuallyDrop::new(opening);
        opening._held.unlock().unwrap();
    }

    #[test]
    fn what_was_opened_well_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let opening = quarantine.opening(&one()).unwrap();
        assert_eq!((files(&quarantine), quarantine.take_up().unwrap()), (1, Vec::new()), "it is held");
        drop(opening);
        quarantine.opened().unwrap();
        assert_eq!((files(&quarantine), quarantine.take_up().unwrap()), (0, Vec::new()));
        assert_eq!(quarantine.all().unwrap(), []);
    }

    #[test]
    fn what_was_being_opened_when_the_process_ended_goes_into_quarantine_once() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        ends(quarantine.opening(&one()).unwrap());
        let taken = quarantine.take_up().unwrap();
        assert_eq!(taken, quarantine.all().unwrap());
        assert!(
            taken[0].why.keeps_out() && taken[0].message().contains("while it was being loaded"),
            "{taken:?}"
        );
        assert!(taken[0].remedy().contains("tenon plugin release rogue"), "{}", taken[0].remedy());
        assert_eq!((files(&quarantine), quarantine.take_up().unwrap()), (0, Vec::new()));
        quarantine.release(&one().plugin).unwrap();
        assert_eq!(quarantine.take_up().unwrap(), []);
    }

    /// Acts as if the machine had ended in that start of it.
    fn machine_ends(opening: Opening, boot: &str) {
        let marker = Marker { whom: one(), boot: Some(boot.to_owned()) };
        fs::write(&opening.path, serde_json::to_vec(&marker).unwrap()).unwrap();
        ends(opening);
    }

    #[test]
    fn who_was_being_opened_when_the_machine_ended_is_kept_out_if_it_is_so_twice_in_a_row() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let opening = || quarantine.opening(&one()).unwrap();
        // Of two at the same end both are of the one.
        let (first, second) = (opening(), opening());
        machine_ends(first, "monday");
        machine_ends(second, "monday");
        assert_eq!((quarantine.take_up().unwrap(), files(&quarantine)), (vec![], 0));
        // It was opened well since.
        drop(opening());
        machine_ends(opening(), "tuesday");
        assert_eq!(quarantine.take_up().unwrap(), []);
        machine_ends(opening(), "wednesday");
        let taken = quarantine.take_up().unwrap();
        assert_eq!((taken.len(), &taken), (1, &quarantine.all().unwrap()));
        assert!(
            taken[0].why.keeps_out() && taken[0].reason.contains("so it did the time before"),
            "{taken:?}"
        );
        // Whoever was released begins anew.
        quarantine.release(&one().plugin).unwrap();
        machine_ends(opening(), "thursday");
        assert_eq!((quarantine.take_up().unwrap(), quarantine.all().unwrap()), (vec![], vec![]));
    }

    #[test]
    fn what_a_former_version_left_is_taken_up_as_that_did() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let opening = quarantine.opening(&one()).unwrap();
        fs::write(&opening.path, serde_json::to_vec(&one()).unwrap()).unwrap();
        ends(opening);
        assert_eq!(quarantine.take_up().unwrap(), [one()]);
    }

    #[test]
    fn what_the_process_said_at_its_end_stays_what_is_said() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        ends(quarantine.opening(&one()).unwrap());
        let said = Quarantined { reason: "it ended the host: it aborted".to_owned(), ..one() };
        assert!(quarantine.put_at_the_end(&said).unwrap());
        assert_eq!((quarantine.take_up().unwrap(), quarantine.all().unwrap()), (vec![], vec![said]));
        assert_eq!(files(&quarantine), 0);
    }

    #[test]
    fn of_several_that_open_the_same_only_the_one_that_ended_is_taken_up() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let (first, second) = (quarantine.opening(&one()).unwrap(), quarantine.opening(&one()).unwrap());
        assert_eq!((files(&quarantine), quarantine.take_up().unwrap()), (2, Vec::new()));
        ends(first);
        assert_eq!(quarantine.take_up().unwrap().len(), 1);
        assert_eq!(files(&quarantine), 1);
        drop(second);
        assert_eq!(files(&quarantine), 0);
    }

    #[test]
    fn what_was_begun_and_never_opened_is_cleared_away_in_time() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        fs::create_dir_all(quarantine.of_opening()).unwrap();
        let path = quarantine.of_opening().join("abc-1.new");
        let file = File::create(&path).unwrap();
        quarantine.take_up().unwrap();
        assert_eq!(files(&quarantine), 1, "it may be about to be opened");
        file.set_modified(SystemTime::now() - 2 * STALE).unwrap();
        assert_eq!(quarantine.take_up().unwrap(), []);
        assert_eq!((files(&quarantine), quarantine.all().unwrap()), (0, Vec::new()));
    }
}
