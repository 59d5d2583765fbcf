//! The files of the state directory, and others that are read whole and replaced whole: every one and every
//! folder belongs to the owner of the folder around it, whoever writes, and no lock is waited for without
//! end.
//!
//! A disk may be slow, and a lock held by somebody who does not go on: tasks use these by way of
//! [`off_workers`].

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::file_access;

/// How long a lock is waited for. Whoever holds one writes a small file.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is tried meanwhile.
const PAUSE: Duration = Duration::from_millis(10);

/// What the file says, if it is there.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the file, readable by its owner only. After a crash it is the old one or the new one.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    make_folder(&folder)?;
    // tempfile makes its files 0600.
    let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(&folder)?;
    new.write_all(text)?;
    give_to_owner(new.as_file(), &folder)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    file_access::sync_folder(&folder)
}

/// Keeps other processes from changing the file until dropped. Waits for those that do, but not for ever.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    // Beside the file, since the file itself is replaced.
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    open_locked(Path::new(&name))
}

/// Opens a file that is written to in place, and makes it where there is none. Others are kept out until it
/// is dropped.
pub(crate) fn open_locked(path: &Path) -> io::Result<File> {
    open_locked_within(path, PATIENCE)
}

fn open_locked_within(path: &Path, patience: Duration) -> io::Result<File> {
    let folder = folder(path);
    make_folder(&folder)?;
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = file_access::for_owner(&mut options).open(path)?;
    give_to_owner(&file, &folder)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let seconds = patience.as_secs();
                let held = format!(
                    "another process has held the lock on {0} for {seconds} s: `fuser -v {0}` says which",
                    path.display()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, held));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Makes a folder and those around it that are not there. Each belongs to whom the folder around it does.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let around = folder(path);
    make_folder(&around)?;
    match file_access::for_owner_and_group(&mut fs::DirBuilder::new()).create(path) {
        Ok(()) => file_access::give_folder_to(path, &around),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// What root writes into a service's folder has to be the service's, or it could not read it any more.
pub(crate) fn give_to_owner(file: &File, folder: &Path) -> io::Result<()> {
    file_access::give_to(file, folder)
}

/// Has this done where it holds up no other task.
pub(crate) async fn off_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_lock_that_somebody_holds_is_waited_for_and_given_up_in_time() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deep/er/book.json");
        let held = lock(&path).unwrap();
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let began = Instant::now();
        let late = open_locked_within(Path::new(&name), Duration::from_millis(50)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        assert!(
            late.to_string().contains("fuser -v") && late.to_string().contains("book.json.lock"),
            "{late}"
        );
        assert!(began.elapsed() >= Duration::from_millis(50));
        let freed = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            drop(held);
        });
        drop(lock(&path).unwrap());
        freed.join().unwrap();
    }

    #[test]
    fn what_is_replaced_is_the_old_or_the_new_and_nobody_elses_to_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("sub/file");
        assert_eq!(read(&path).unwrap(), None);
        for text in [&b"one"[..], b"two"] {
            replace(&path, text).unwrap();
            assert_eq!(read(&path).unwrap().unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o077, 0);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_root_makes_belongs_to_whom_the_folder_around_it_belongs_to() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(place.path(), Some(12345), Some(12345)).unwrap();
        let deep = place.path().join("a/b/file");
        replace(&deep, b"x").unwrap();
        drop(lock(&deep).unwrap());
        drop(open_locked(&place.path().join("log")).unwrap());
        for path in ["a", "a/b", "a/b/file", "a/b/file.lock", "log"] {
            assert_eq!(fs::metadata(place.path().join(path)).unwrap().uid(), 12345, "{path}");
        }
    }
}
