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
//! What a check goes by is read from both, and told where it differs (`same_check.rs`).
//!
//! **All or nothing.** A backup is written beside its place and renamed. A restore makes the new database
//! beside the one that is there, compares it, and renames both in one transaction. A role that may make no
//! database restores into an empty one: in one transaction too, which is compared only when it is over.
//!
//! **The database too.** No dump has encoding, locale, rights and settings of the database itself. The
//! manifest has them (`properties.rs`).

mod archive;
mod cluster_roles;
mod contents;
mod dump;
mod error;
mod files;
mod load;
mod properties;
mod restore;
mod same_check;
mod setting;
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
pub use files::{FormerDatabase, KeptFile, RestoreOptions};
pub use restore::{Restored, restore};
pub use upgrade::{UpgradeOptions, Upgraded, upgrade};

/// The database in which databases are made and renamed.
const MAINTENANCE: &str = "postgres";

/// Tells somebody what is done now.
pub type Tell<'a> = &'a (dyn Fn(&str) + Sync);

/// A backup that was made.
#[derive(Debug)]
pub struct Backup {
    pub file: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    pub manifest: BackupManifest,
    /// Whether it was restored elsewhere and was the same there, unless nobody wished that; or why not.
    pub verified: Result<Verification, BackupError>,
}

/// How a backup was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Nobody wished it.
    NotWished,
    /// What was restored was the same. With what a check of the copy finds otherwise than one of the
    /// original; or why that is not known.
    Same(Result<Vec<String>, String>),
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
    let dump::Dumped { contents, properties, by, reading } =
        dump::dump(&reader, &place.path().join("database.dump")).await?;
    let manifest = BackupManifest {
        format: archive::FORMAT,
        created_at: Timestamp::now(),
        tenon: version().to_string(),
        database: databases.serving.name().to_owned(),
        managed: databases.managed,
        contents,
        properties,
        dumped_by: by,
        plugins: plugin_files(config),
        files: std::collections::BTreeMap::new(),
    };
    let dump = place.path().join("database.dump");
    tell("Writing the file");
    let (manifest, written) = archive::write(manifest, &dump, &archive::state_files(config), place.path())?;
    let verified = if verifies {
        tell("Restoring it in a database that is thrown away");
        verify::verify(&dump, &manifest, &reading, config).await.map(Verification::Same)
    } else {
        Ok(Verification::NotWished)
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
