//! Whether somebody who may say so let these bytes in: by their sha256 in a lock file, or by a signature.
//!
//! What is judged are the bytes that were read, and these are what is loaded.

mod pins;
mod signature;

pub use pins::{PinChange, Pins, PinsError};
pub use signature::VerifiedSignature;

use std::path::{Path, PathBuf};

use minisign_verify::PublicKey;
use tenon_migrations_core::migration::Checksum;

use crate::config::{Config, TrustMode};
use crate::plugin::problem::{Problem, ProblemCode};
use crate::support::errors::chain;

/// The files that a host trusts.
#[derive(Debug, Clone)]
pub enum Trust {
    /// All files of the plugin directories.
    Open,
    /// The files of this lock file, or why it cannot be read.
    Pinned { lock_file: PathBuf, pins: Result<Pins, String> },
    /// Files with a signature by one of these keys.
    Signed { keys: Vec<PublicKey> },
}

impl Trust {
    /// The trust that is configured. The lock file is read once, so that all files of a start are held
    /// against the same.
    pub fn of(config: &Config) -> Self {
        let plugins = &config.plugins;
        match plugins.trust {
            TrustMode::Open => Self::Open,
            TrustMode::Pinned => {
                let pins = Pins::read(&plugins.lock_file).map_err(|error| chain(&error));
                Self::Pinned { lock_file: plugins.lock_file.clone(), pins }
            }
            TrustMode::Signed => Self::Signed { keys: plugins.trusted_keys.clone() },
        }
    }

    /// The signature by which these bytes, which were read from there, are trusted, where one is asked for;
    /// or why they are not.
    pub fn judge(
        &self,
        file: &Path,
        bytes: &[u8],
        sha256: &Checksum,
    ) -> Result<Option<VerifiedSignature>, Problem> {
        match self {
            Self::Open => Ok(None),
            Self::Signed { keys } => signature::judge(file, bytes, keys).map(Some),
            Self::Pinned { lock_file, pins: Err(error) } => {
                let reason =
                    format!("no file is trusted, since {} is of no use: {error}", lock_file.display());
                Err(Problem::new(ProblemCode::NoLockFile, reason, "`tenon plugin pin` writes it"))
            }
            Self::Pinned { lock_file, pins: Ok(pins) } => {
                pinned(file, sha256, lock_file, pins).map(|()| None)
            }
        }
    }
}

fn pinned(file: &Path, sha256: &Checksum, lock_file: &Path, pins: &Pins) -> Result<(), Problem> {
    let (lock, pin) = (lock_file.display(), format!("`tenon plugin pin {}`", file.display()));
    match pins.of(file) {
        Some(pin) if pin == sha256 => Ok(()),
        Some(other) => {
            let reason = format!("it is not the file that was pinned: {lock} has sha256 {other}");
            Err(Problem::new(
                ProblemCode::PinDiffers,
                reason,
                format!("see who changed it; if it is right, {pin} pins it"),
            ))
        }
        None => {
            let reason = format!("{lock} has no file of this name");
            Err(Problem::new(ProblemCode::NotPinned, reason, format!("if it is to be loaded, {pin} pins it")))
        }
    }
}
