//! Proving a backup: it is restored in a cluster that is thrown away, and held against what was saved.

use std::path::Path;

use tenon_schema::Ident;

use super::MAINTENANCE;
use super::archive::BackupManifest;
use super::error::BackupError;
use super::load::{Owners, load};
use super::{properties, same_check};
use crate::config::Config;
use crate::database::managed::{Managed, ManagedOptions, ManagedServer};
use crate::schema::snapshot_file::SnapshotFile;

/// The database's name there.
const NAME: &str = "restored";

/// What a check of the copy finds otherwise than one of the original; or why that is not known.
pub(super) type Checked = Result<Vec<String>, String>;

pub(super) async fn verify(
    dump: &Path,
    manifest: &BackupManifest,
    reading: &Result<SnapshotFile, String>,
    config: &Config,
) -> Result<Checked, BackupError> {
    // The state directory has room for a database where one is managed; the server's user can reach it there.
    let near = if config.database.url.is_none() { config.state_dir.clone() } else { std::env::temp_dir() };
    let place = tempfile::Builder::new().prefix("verify-").tempdir_in(&near);
    let place = place.map_err(BackupError::file("make a folder in", &near))?;
    let options = ManagedOptions::throw_away(place.path(), manifest.contents.server_major)?;
    let server = Managed::start(&options).await?;
    let verified = restored(&server, dump, manifest, reading).await;
    server.stop().await;
    verified
}

async fn restored(
    server: &ManagedServer,
    dump: &Path,
    manifest: &BackupManifest,
    reading: &Result<SnapshotFile, String>,
) -> Result<Checked, BackupError> {
    let superuser = server.superuser()?;
    let (client, _task) = superuser.with_dbname(MAINTENANCE).connect().await.map_err(BackupError::Connect)?;
    let name = Ident::from(NAME);
    properties::make(&client, &name, None, manifest.properties.as_ref()).await?;
    let copy = superuser.with_dbname(NAME);
    load(&copy, manifest, dump, Owners::AsSaved).await?;
    if let Some(properties) = &manifest.properties {
        let owner = copy.role().unwrap_or_default();
        for told in properties::apply(&client, &name, owner, properties).await {
            tracing::debug!("in the copy: {told}");
        }
    }
    Ok(match reading {
        Ok(original) => same_check::differences(original, &copy).await,
        Err(error) => Err(error.clone()),
    })
}
