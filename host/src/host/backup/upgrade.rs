//! Bringing the managed database to another major version of PostgreSQL: a backup of the old cluster is
//! restored in a new one beside it, and the two change places in one step. The old cluster stays until
//! somebody removes it.
//!
//! By dump and restore rather than by `pg_upgrade`: that wants both servers built alike, and its fast ways
//! share files with the old cluster, which could not be gone back to.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tenon_schema::Ident;
use tokio_postgres::types::Type;

use super::Tell;
use super::archive::{BackupManifest, FORMAT};
use super::dump::dump;
use super::error::BackupError;
use super::load::{Owners, load};
use crate::config::Config;
use crate::database::connect::Database;
use crate::database::managed::{
    IfMissing, Managed, ManagedError, ManagedOptions, ManagedServer, is_running, programs_of,
};
use crate::support::file_access;
use crate::support::version::version;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    pub from: u32,
    pub to: u32,
    /// The old cluster, which nothing uses any more.
    pub former: PathBuf,
    /// How many rows were taken over, as counted on both sides.
    pub rows: u64,
}

/// Upgrades the managed database to this major version.
pub async fn upgrade(config: &Config, to: u32, tell: Tell<'_>) -> Result<Upgraded, BackupError> {
    if config.database.url.is_some() {
        return Err(BackupError::NotManaged);
    }
    let root = config.state_dir.join("postgres");
    let (data, workshop) = (root.join("data"), root.join("upgrade"));
    // A host that was just stopped takes a moment.
    for _ in 0..30 {
        if !is_running(&data) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if is_running(&data) {
        return Err(BackupError::InUse("a server runs on the managed database".to_owned()));
    }
    let from = layout_major(&data)?;
    match from.cmp(&to) {
        Ordering::Equal => return Err(BackupError::SameMajor(to)),
        Ordering::Greater => return Err(BackupError::OlderServer { of: from, here: to }),
        Ordering::Less => {}
    }
    let bindir = programs_of(to)?;
    // What an upgrade that was interrupted left: the old cluster is in its place still.
    if workshop.exists() {
        fs::remove_dir_all(&workshop).map_err(BackupError::file("remove", &workshop))?;
    }
    let mut options = ManagedOptions::new(&config.state_dir);
    options.if_missing = IfMissing::Refuse;
    options.bindir = Some(programs_of(from)?);
    tell("Starting the old cluster");
    let old = Managed::start(&options).await?;
    let saved = save(&old, &workshop, tell).await;
    old.stop().await;
    let (manifest, logins, dump) = match saved {
        Ok(saved) => saved,
        Err(error) => {
            drop(fs::remove_dir_all(&workshop));
            return Err(error);
        }
    };
    tell("Making the new cluster, and restoring into it");
    let made = make(&workshop, bindir, &root, &manifest, &logins, &dump).await;
    if let Err(error) = made {
        drop(fs::remove_dir_all(&workshop));
        return Err(error);
    }
    let stamp = Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    let former = root.join(format!("data-{from}-{stamp}"));
    exchange(&workshop.join("postgres").join("data"), &data, &former)?;
    drop(fs::remove_dir_all(&workshop));
    let rows = manifest.contents.tables.values().sum();
    Ok(Upgraded { from, to, former, rows })
}

/// The major version that made this data.
fn layout_major(data: &Path) -> Result<u32, BackupError> {
    let file = data.join("PG_VERSION");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ManagedError::NoCluster(data.to_owned()).into());
        }
        Err(error) => return Err(BackupError::file("read", file)(error)),
    };
    text.trim().parse().map_err(|_| ManagedError::NotACluster(data.to_owned()).into())
}

/// What the server keeps of the passwords of roles that log in.
type Logins = BTreeMap<String, String>;

async fn save(
    old: &ManagedServer,
    workshop: &Path,
    tell: Tell<'_>,
) -> Result<(BackupManifest, Logins, PathBuf), BackupError> {
    let superuser = old.superuser()?;
    make_folder(workshop)?;
    let dumped = workshop.join("database.dump");
    tell("Saving the old cluster");
    let contents = dump(&superuser, &dumped).await?;
    let roles: Vec<&str> = contents.roles.iter().map(String::as_str).collect();
    let logins = logins(&superuser, &roles).await?;
    let manifest = BackupManifest {
        format: FORMAT,
        created_at: Timestamp::now(),
        tenon: version().to_string(),
        database: superuser.name().to_owned(),
        managed: true,
        contents,
        plugins: Vec::new(),
        files: BTreeMap::new(),
    };
    Ok((manifest, logins, dumped))
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    // The server's user passes through it to its data.
    let made = file_access::for_passing(&mut fs::DirBuilder::new()).create(path);
    made.map_err(BackupError::file("make the folder", path))
}

async fn logins(superuser: &Database, roles: &[&str]) -> Result<Logins, BackupError> {
    let failed = "read the login roles";
    let (client, _task) = superuser.connect().await.map_err(BackupError::Connect)?;
    let sql = "SELECT rolname::pg_catalog.text, rolpassword FROM pg_catalog.pg_authid WHERE rolcanlogin AND rolpassword IS NOT \
               NULL AND rolname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)";
    let rows = client.query_typed(sql, &[(&roles, Type::TEXT_ARRAY)]).await;
    let rows = rows.map_err(BackupError::asked(failed))?;
    let read = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    read.collect::<Result<_, _>>().map_err(BackupError::asked(failed))
}

/// Makes the new cluster in the workshop, with the passwords of the old one.
async fn make(
    workshop: &Path,
    bindir: PathBuf,
    root: &Path,
    manifest: &BackupManifest,
    logins: &Logins,
    dump: &Path,
) -> Result<(), BackupError> {
    let place = workshop.join("postgres");
    make_folder(&place)?;
    let (kept, copied) = (root.join("password"), place.join("password"));
    fs::copy(&kept, &copied).map_err(BackupError::file("copy", &kept))?;
    let options = ManagedOptions { bindir: Some(bindir), ..ManagedOptions::new(workshop) };
    let new = Managed::start(&options).await?;
    let loaded = async {
        let superuser = new.superuser()?;
        load(&superuser, manifest, dump, Owners::AsSaved).await?;
        let (client, _task) = superuser.connect().await.map_err(BackupError::Connect)?;
        for (role, verifier) in logins {
            let role = Ident::from(role.as_str());
            // What the server keeps of a password is letters, digits and signs, and no quote.
            let verifier = verifier.replace('\'', "''");
            let sql = format!("ALTER ROLE {} LOGIN PASSWORD '{verifier}'", role.quoted());
            client.batch_execute(&sql).await.map_err(BackupError::asked("give a role its password"))?;
        }
        Ok(())
    };
    let loaded = loaded.await;
    new.stop().await;
    loaded
}

/// Puts the new cluster in the place of the old one in one step, so that no start finds neither.
fn exchange(new: &Path, data: &Path, former: &Path) -> Result<(), BackupError> {
    match file_access::exchange(new, data) {
        Ok(true) => fs::rename(new, former).map_err(BackupError::file("rename", new)),
        Ok(false) => {
            fs::rename(data, former).map_err(BackupError::file("rename", data))?;
            fs::rename(new, data).map_err(|error| {
                drop(fs::rename(former, data));
                BackupError::file("rename", new)(error)
            })
        }
        Err(error) => Err(BackupError::file("exchange", data)(error)),
    }
}
