//! What has become of a file since it was read: what runs is a copy in memory, so nothing of it is felt
//! before the next start.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use serde::Serialize;
use tenon_migrations_core::migration::Checksum;

use super::file;
use crate::plugin::stamp::Stamp;
use crate::support::lock::LockExt;

/// Where bytes were read, and which.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    stamp: Stamp,
    sha256: Checksum,
    /// What was found when the file was last looked into, so that it is read once a change.
    last: Mutex<Option<(Stamp, Option<NextStart>)>>,
}

/// What the next start will find there instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextStart {
    /// Other bytes, whatever they are.
    Newer,
    /// No file.
    Gone,
    /// A file that cannot be read.
    Unreadable,
}

impl fmt::Display for NextStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Newer => "A newer file is waiting: it counts when the host is started again",
            Self::Gone => "The file is gone: the next start comes up without it",
            Self::Unreadable => "The file cannot be read any more: the next start comes up without it",
        })
    }
}

impl Source {
    /// The file that had these bytes when it was read.
    pub fn new(path: PathBuf, stamp: Stamp, sha256: Checksum) -> Self {
        Self { path, stamp, sha256, last: Mutex::default() }
    }

    /// The sha256 of the bytes that were read.
    pub fn sha256(&self) -> Checksum {
        self.sha256
    }

    /// What is there now, if it is something else.
    pub fn waiting(&self) -> Option<NextStart> {
        let stamp = match Stamp::of(&self.path) {
            Ok(stamp) if stamp == self.stamp => return None,
            Ok(stamp) => stamp,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(NextStart::Gone),
            Err(_) => return Some(NextStart::Unreadable),
        };
        let mut last = self.last.lock_unpoisoned();
        if let Some((_, found)) = last.filter(|(former, _)| *former == stamp) {
            return found;
        }
        match file::read(&self.path) {
            Ok((bytes, stamp)) => {
                let found = (Checksum::of(&bytes) != self.sha256).then_some(NextStart::Newer);
                *last = Some((stamp, found));
                found
            }
            Err(_) => Some(NextStart::Unreadable),
        }
    }
}
