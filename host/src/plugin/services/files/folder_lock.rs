//! The lock under which a folder is written to: one process of this machine at a time has it.
//!
//! It is a file beside the folder, so that the quota does not count it. Nobody takes it away: who waits for
//! it would lock one that is not there any more. The system gives it up with the process, however that ends.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::error::FolderError;

/// How long is waited before it is tried again: at first, and at most.
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The lock of one folder, held as long as this is there.
#[derive(Debug)]
pub(super) struct FolderLock {
    _held: File,
}

impl FolderLock {
    /// Takes it, or waits for it until then.
    pub(super) fn take(folder: &Path, until: Instant) -> Result<Self, FolderError> {
        let (Some(root), Some(name)) = (folder.parent(), folder.file_name()) else {
            return Err(std::io::Error::other("it has no name").into());
        };
        std::fs::create_dir_all(root)?;
        let path = root.join(format!(".{}.lock", name.to_string_lossy()));
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(CWD, &path, flags, Mode::RUSR | Mode::WUSR)?);
        let mut pause = PAUSE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _held: file }),
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if Instant::now() + pause > until => {
                    return Err(FolderError::Locked {});
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
