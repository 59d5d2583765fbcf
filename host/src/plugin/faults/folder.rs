//! Files of a folder, each made by one process and then read by others.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::support::{file_access, state_dir};

/// What the files are called once they are locked and written.
pub(super) const WHOLE: &str = "json";
pub(super) const UNFINISHED: &str = "new";

/// After this long a file is no longer being made.
pub(super) const STALE: Duration = Duration::from_secs(60);

/// Why the state directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    #[error("{}, which keeps what is in quarantine, could not be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not what this version of Tenon wrote; the library stays in quarantine, remove the file to release it", path.display())]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error("{}, which keeps what is in quarantine, could not be changed", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// What a file says, if it is there.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, QuarantineError> {
    let text =
        state_dir::read(path).map_err(|source| QuarantineError::Read { path: path.to_owned(), source })?;
    let parsed = text.map(|text| serde_json::from_slice(&text)).transpose();
    parsed.map_err(|source| QuarantineError::Parse { path: path.to_owned(), source })
}

/// The files of a folder that are finished, which their extension says. One that its process has never
/// finished is cleared away in time.
pub(super) fn finished(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, QuarantineError> {
    let failed = |source| QuarantineError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut finished = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension() == Some(OsStr::new(extension)) {
            finished.push(path);
        } else if is_stale(&path) {
            // Its process ended before any code of a plugin's ran.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(finished)
}

/// The file, locked, if the process that made it has ended; `None` while it lives, and if it has just taken
/// the file away.
pub(super) fn abandoned(path: &Path) -> io::Result<Option<File>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) if file_access::is_linked(&file.metadata()?) => Ok(Some(file)),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_stale(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
    changed.is_ok_and(|changed| SystemTime::now().duration_since(changed).is_ok_and(|passed| passed > STALE))
}
