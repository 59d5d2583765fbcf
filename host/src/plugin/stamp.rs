//! The stamp of a file, by which it is known again.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use crate::support::file_access;

/// The stamp by which a file is known to be still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    identity: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of the file at this path, or where it leads to.
    pub fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::from(&metadata))
    }

    /// Whether both are one file, whatever its content.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            identity: file_access::identity(metadata),
            size: metadata.len(),
            modified: file_access::modified(metadata),
            changed: file_access::changed(metadata),
        }
    }
}
