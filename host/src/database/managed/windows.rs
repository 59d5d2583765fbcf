//! Windows, where Tenon runs no PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use super::error::ManagedError;
use super::{ManagedOptions, Shared};
use crate::database::connect::Databases;

/// What would see to a server. There is none, and no value of this.
#[derive(Debug)]
pub(super) enum Supervisor {}

impl Supervisor {
    /// Starts nothing, and says what to do instead.
    pub(super) async fn start(_: ManagedOptions, _: Arc<Shared>) -> Result<(Self, Databases), ManagedError> {
        Err(ManagedError::NotOffered)
    }

    /// Cannot be called: nothing was started.
    pub(super) async fn stop(self) {
        match self {}
    }
}

/// The lock of a managed cluster. There is none, and no value of this.
#[derive(Debug)]
pub enum NeverHeld {}

impl NeverHeld {
    /// Takes nothing, and says what to do instead.
    pub fn take(_: &Path) -> Result<Option<Self>, ManagedError> {
        Err(ManagedError::NotOffered)
    }
}

/// The password of the bootstrap superuser: of no cluster.
pub(super) fn kept_password(_: &Path) -> Result<SecretString, ManagedError> {
    Err(ManagedError::NotOffered)
}

/// The programs of a server of this major version: none that would be run.
pub(super) fn of_major(_: Option<&Path>, _: u32) -> Result<PathBuf, ManagedError> {
    Err(ManagedError::NotOffered)
}

/// Whether a server of Tenon's runs on this data directory: none does.
pub(super) fn is_served(_: &Path) -> bool {
    false
}
