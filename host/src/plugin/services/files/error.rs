//! Why something was not done with a file of a plugin.

use std::io;

use rustix::io::Errno;

/// How many files a plugin may have, and folders.
pub(super) const MOST_FILES: usize = 10_000;

/// Why something was not done with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error("{name:?} is no name of a file: it {why}")]
    BadName { name: String, why: &'static str },
    #[error("there is no file {name}")]
    NotFound { name: String },
    #[error("{used} of {quota} bytes are used (plugins.files_quota), and {wanted} more are wanted")]
    Full { used: u64, quota: u64, wanted: u64 },
    #[error("there are {MOST_FILES} files already")]
    TooMany {},
    #[error("another host writes to the folder of the plugin's files, and has not come to its end")]
    Locked {},
    #[error("the folder of the plugin's files cannot be used")]
    Failed(#[source] io::Error),
}

impl From<Errno> for FolderError {
    fn from(errno: Errno) -> Self {
        Self::Failed(errno.into())
    }
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}
