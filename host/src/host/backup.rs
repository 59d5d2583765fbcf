//! Saving a database into one file, and making a database of such a file.
//!
//! A backup is a tar archive: `manifest.json`, which says what is in it; `database.dump`, as `pg_dump` writes
//! it in its custom format; and below `state/` what the state directory has that is not in the database, such
//! as accounts. The plugins' files are not in it: the manifest names them with their sha256.
//!
//! **Of one moment.** `pg_dump` reads the snapshot of a transaction in which the rows of each table are
//! counted and the end of the audit log is noted. So a restore can be held against the manifest, however much
//! is written meanwhile.
//!
//! **Verified.** The dump is restored in a cluster that is thrown away, and held against the manifest there.
//!
//! **All or nothing.** A backup is written beside its place and renamed. A restore into an empty database is
//! one transaction; where the former database is kept, the new one is made beside it, and both are renamed in
//! one transaction.

mod archive;
mod contents;
mod dump;
mod error;
mod load;
mod restore;
mod upgrade;
mod verify;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::Config;
use crate::database::source::DatabaseSource;
use crate::plugin::discover::discover;
use crate::support::version::version;

pub use archive::{Archive, BackupManifest, PluginFile};
pub use error::BackupError;
pub use restore::{FormerDatabase, RestoreOptions, Restored, restore};
pub use upgrade::{Upgraded, upgrade};

/// Tells somebody what is done now.
pub type Tell<'a> = &'a (dyn Fn(&str) + Sync);

/// A backup that was made.
#[derive(Debug)]
pub struct Backup {
    pub file: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    pub manifest: BackupManifest,
    /// Whether it was restored elsewhere and was the same there; or why that could not be tried.
    pub verified: Result<bool, BackupError>,
}

/// Saves the database and the state directory. Nothing is at the file's place before it is whole.
pub async fn backup(
    config: &Config,
    source: &DatabaseSource,
    file: &Path,
    verifies: bool,
    tell: Tell<'_>,
) -> Result<Backup, BackupError> {
    let place = archive::place_of(file)?;
    tell("Saving the database");
    let databases = &source.databases;
    // What somebody has made in a managed database as its superuser is saved too.
    let reader = match &source.managed {
        Some(server) => server.superuser()?,
        None => databases.healing.clone().unwrap_or_else(|| databases.serving.clone()),
    };
    let dumped = dump::dump(&reader, &place.path().join("database.dump")).await?;
    let manifest = BackupManifest {
        format: archive::FORMAT,
        created_at: Timestamp::now(),
        tenon: version().to_string(),
        database: databases.serving.name().to_owned(),
        managed: databases.managed,
        contents: dumped,
        plugins: plugin_files(config),
        files: std::collections::BTreeMap::new(),
    };
    let dump = place.path().join("database.dump");
    tell("Writing the file");
    let (manifest, written) = archive::write(manifest, &dump, &archive::state_files(config), place.path())?;
    let verified = if verifies {
        tell("Restoring it in a database that is thrown away");
        verify::verify(&dump, &manifest, config).await.map(|()| true)
    } else {
        Ok(false)
    };
    let (bytes, sha256) = archive::put_in_place(&written, file)?;
    Ok(Backup { file: file.to_owned(), bytes, sha256, manifest, verified })
}

/// The plugins' files that are there now.
fn plugin_files(config: &Config) -> Vec<PluginFile> {
    let found = discover(&config.plugin_dirs).files;
    let named = found.iter().filter_map(|one| {
        let path = one.path.as_path();
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(PluginFile { file: name, sha256: archive::sha256_of(path).ok()?.1 })
    });
    named.collect()
}
