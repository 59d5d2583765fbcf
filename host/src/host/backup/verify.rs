//! Proving a backup: it is restored in a cluster that is thrown away, and held against what was saved.

use std::path::Path;

use super::archive::BackupManifest;
use super::error::BackupError;
use super::load::{Owners, load};
use crate::config::Config;
use crate::database::managed::{Managed, ManagedOptions};

pub(super) async fn verify(
    dump: &Path,
    manifest: &BackupManifest,
    config: &Config,
) -> Result<(), BackupError> {
    // The state directory has room for a database where one is managed; the server's user can reach it there.
    let near = if config.database.url.is_none() { config.state_dir.clone() } else { std::env::temp_dir() };
    let place = tempfile::Builder::new().prefix("verify-").tempdir_in(&near);
    let place = place.map_err(BackupError::file("make a folder in", &near))?;
    let options = ManagedOptions::throw_away(place.path(), manifest.contents.server_major)?;
    let server = Managed::start(&options).await?;
    let loaded = match server.superuser() {
        Ok(superuser) => load(&superuser, manifest, dump, Owners::AsSaved).await,
        Err(error) => Err(error.into()),
    };
    server.stop().await;
    loaded
}
