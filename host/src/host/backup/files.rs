//! The files of the state directory in a restore: which are written is known, and tried, before the database
//! is touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::{Archive, state_files};
use super::error::BackupError;
use crate::config::Config;
use crate::support::errors::chain;
use crate::support::state_dir;

/// Configuration rather than state: what is there stays, and a folder that cannot be written is no failure.
const LOCK_FILE: &str = "state/plugins.lock";

/// What becomes of a database that has something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerDatabase {
    /// Nothing is done.
    Refuse,
    /// The former one keeps its contents under another name.
    Rename,
}

/// How to restore.
#[derive(Debug, Clone, Copy)]
pub struct RestoreOptions {
    pub former: FormerDatabase,
    pub now: Timestamp,
}

/// A file that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    pub path: PathBuf,
    /// The name in the archive.
    pub saved: String,
}

/// What becomes of the files.
#[derive(Debug, Default)]
pub(super) struct FilePlan {
    write: Vec<PlannedFile>,
    pub(super) kept: Vec<KeptFile>,
}

#[derive(Debug)]
struct PlannedFile {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Whether there is another one, which is renamed.
    is_there: bool,
}

/// What is not there is written. What is there stays, unless it is renamed as the database is.
pub(super) fn plan(
    config: &Config,
    archive: &Archive,
    options: RestoreOptions,
) -> Result<FilePlan, BackupError> {
    let (mut plan, mut problems) = (FilePlan::default(), Vec::new());
    for (name, path) in state_files(config) {
        let Some(saved) = archive.state_file(&name) else { continue };
        let bytes = fs::read(&saved).map_err(BackupError::file("read", &saved))?;
        let is_there = match fs::read(&path) {
            Ok(found) if found == bytes => continue,
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(_) if name == LOCK_FILE => true,
            Err(error) => {
                problems.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let stays = is_there && (options.former == FormerDatabase::Refuse || name == LOCK_FILE);
        let writable = if stays { Ok(()) } else { may_write(&path) };
        match writable {
            _ if stays => plan.kept.push(KeptFile { path, saved: name }),
            Ok(()) => plan.write.push(PlannedFile { path, bytes, is_there }),
            Err(_) if name == LOCK_FILE => plan.kept.push(KeptFile { path, saved: name }),
            Err(error) => problems.push(format!("{}: {error}", path.display())),
        }
    }
    if problems.is_empty() { Ok(plan) } else { Err(BackupError::Files(problems)) }
}

/// Tries it with another file in the folder, or in the one in which that would be made.
fn may_write(path: &Path) -> io::Result<()> {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map(drop)
}

/// Writes them. Gives those that were written, and what went wrong in words.
pub(super) fn write(plan: &FilePlan, now: Timestamp) -> (Vec<PathBuf>, Vec<String>) {
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for PlannedFile { path, bytes, is_there } in &plan.write {
        let done = rename_former(path, *is_there, now)
            .and_then(|()| state_dir::replace(path, bytes).map_err(BackupError::file("write", path)));
        match done {
            Ok(()) => written.push(path.clone()),
            Err(error) => failed.push(chain(&error)),
        }
    }
    (written, failed)
}

fn rename_former(path: &Path, is_there: bool, now: Timestamp) -> Result<(), BackupError> {
    if !is_there {
        return Ok(());
    }
    let mut former = path.to_owned().into_os_string();
    former.push(format!(".before-restore-{}", now.strftime("%Y%m%d%H%M%S")));
    fs::rename(path, &former).map_err(BackupError::file("rename", path))
}
