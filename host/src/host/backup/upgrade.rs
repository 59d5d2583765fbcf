//! Bringing the managed database to another major version of PostgreSQL: a backup of the old cluster is
//! restored in a new one beside it, and the two change places in one step. The old cluster stays until
//! somebody removes it.
//!
//! By dump and restore rather than by `pg_upgrade`: that wants both servers built alike, and its fast ways
//! share files with the old cluster, which could not be gone back to.
//!
//! **Nobody writes meanwhile.** The cluster's lock is held from before the old server starts until the two
//! have changed places, so no host starts a server or uses this one. That one listens on a socket where
//! nobody looks for it. Whoever starts a server by hand in between changes the control file, which is looked
//! at last.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tenon_schema::Ident;

use super::archive::{BackupManifest, FORMAT};
use super::cluster_roles::{self, ClusterRoles};
use super::dump::dump;
use super::error::BackupError;
use super::load::{Owners, load};
use super::restore::is_empty;
use super::{MAINTENANCE, Tell, properties};
use crate::config::Config;
use crate::database::connect::Database;
use crate::database::managed::{
    HeldCluster, IfMissing, Managed, ManagedError, ManagedOptions, ManagedServer, is_running, programs_of,
};
use crate::support::file_access;
use crate::support::version::version;

/// How to upgrade.
#[derive(Debug, Clone, Copy)]
pub struct UpgradeOptions {
    /// The major version to upgrade to.
    pub to: u32,
    /// Whether other databases of the cluster may stay behind.
    pub leave_others: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    pub from: u32,
    pub to: u32,
    /// The old cluster, which nothing uses any more.
    pub former: PathBuf,
    /// How many rows were taken over, as counted on both sides.
    pub rows: u64,
    /// What stays behind in the old cluster, in words.
    pub left: Vec<String>,
}

/// Upgrades the managed database to this major version.
pub async fn upgrade(
    config: &Config,
    wanted: UpgradeOptions,
    tell: Tell<'_>,
) -> Result<Upgraded, BackupError> {
    if config.database.url.is_some() {
        return Err(BackupError::NotManaged);
    }
    let root = config.state_dir.join("postgres");
    let (data, workshop) = (root.join("data"), root.join("upgrade"));
    let (from, to) = (layout_major(&data)?, wanted.to);
    let held = Arc::new(hold(&config.state_dir, &data).await?);
    clear(&workshop, &root, from, tell)?;
    match from.cmp(&to) {
        Ordering::Equal => return Err(BackupError::SameMajor(to)),
        Ordering::Greater => return Err(BackupError::OlderServer { of: from, here: to }),
        Ordering::Less => {}
    }
    let bindir = programs_of(to)?;
    let mut options = ManagedOptions::new(&config.state_dir);
    options.if_missing = IfMissing::Refuse;
    options.bindir = Some(programs_of(from)?);
    options.held = Some(Arc::clone(&held));
    tell("Starting the old cluster, for nobody else");
    let old = Managed::start(&options).await?;
    let saved = match old.adopted() {
        true => Err(in_use()),
        false => save(&old, &workshop, wanted, tell).await,
    };
    old.stop().await;
    drop(fs::remove_dir(root.join("private-socket")));
    let made = match saved.and_then(|saved| Ok((saved, control(&data)?))) {
        Ok((saved, stopped)) => {
            tell("Making the new cluster, and restoring into it");
            make(&workshop, bindir, &root, saved, stopped, &data).await
        }
        Err(error) => Err(error),
    };
    let (rows, mut left) = match made {
        Ok(made) => made,
        Err(error) => {
            drop(fs::remove_dir_all(&workshop));
            return Err(error);
        }
    };
    let former = former_place(&root, from);
    exchange(&workshop.join("postgres").join("data"), &data, &former, &root)?;
    drop(fs::remove_dir_all(&workshop));
    drop(held);
    left.extend(changed_files(&former, &data));
    Ok(Upgraded { from, to, former, rows, left })
}

fn in_use() -> BackupError {
    BackupError::InUse("a server runs on the managed database".to_owned())
}

/// Takes the cluster's lock, on which no server runs. A host that was just stopped takes a moment.
async fn hold(state_dir: &Path, data: &Path) -> Result<HeldCluster, BackupError> {
    for _ in 0..30 {
        if let Some(held) = HeldCluster::take(state_dir)?
            && !is_running(data)
        {
            return Ok(held);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(in_use())
}

/// Removes what an upgrade left that was interrupted. If the two had changed places, it is the old cluster:
/// that is kept.
fn clear(workshop: &Path, root: &Path, major: u32, tell: Tell<'_>) -> Result<(), BackupError> {
    if !workshop.exists() {
        return Ok(());
    }
    let left = workshop.join("postgres").join("data");
    if let Ok(older) = layout_major(&left)
        && older < major
    {
        let former = former_place(root, older);
        fs::rename(&left, &former).map_err(BackupError::file("rename", &left))?;
        sync(root)?;
        tell(&format!("An upgrade was interrupted; its old cluster is in {} now", former.display()));
    }
    fs::remove_dir_all(workshop).map_err(BackupError::file("remove", workshop))
}

fn former_place(root: &Path, major: u32) -> PathBuf {
    root.join(format!("data-{major}-{}", Timestamp::now().strftime("%Y%m%d%H%M%S")))
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

/// What a server writes at its start and at its end.
fn control(data: &Path) -> Result<Vec<u8>, BackupError> {
    let file = data.join("global").join("pg_control");
    fs::read(&file).map_err(BackupError::file("read", file))
}

/// What was saved of the old cluster.
struct Saved {
    manifest: BackupManifest,
    roles: ClusterRoles,
    dump: PathBuf,
    left: Vec<String>,
}

async fn save(
    old: &ManagedServer,
    workshop: &Path,
    wanted: UpgradeOptions,
    tell: Tell<'_>,
) -> Result<Saved, BackupError> {
    let superuser = old.superuser()?;
    let others = others(&superuser).await?;
    if !others.is_empty() && !wanted.leave_others {
        return Err(BackupError::Others(others));
    }
    // The server's user passes through it to its data.
    make_folder(workshop, file_access::for_passing(&mut fs::DirBuilder::new()))?;
    let private = workshop.join("saved");
    make_folder(&private, file_access::for_owner_alone(&mut fs::DirBuilder::new()))?;
    let file = private.join("database.dump");
    tell("Saving the old cluster");
    let dumped = dump(&superuser, &file).await?;
    let (client, _task) = superuser.connect().await.map_err(BackupError::Connect)?;
    let ways = [Some(&superuser), Some(&old.databases().serving), old.databases().healing.as_ref()];
    let ours: Vec<&str> = ways.into_iter().flatten().filter_map(Database::role).collect();
    let roles = cluster_roles::read(&client, &ours, wanted.to, dumped.contents.server_major).await?;
    let manifest = BackupManifest {
        format: FORMAT,
        created_at: Timestamp::now(),
        tenon: version().to_string(),
        database: superuser.name().to_owned(),
        managed: true,
        contents: dumped.contents,
        properties: dumped.properties,
        dumped_by: dumped.by,
        plugins: Vec::new(),
        files: BTreeMap::new(),
    };
    let left = others.iter().map(|name| format!("the database {name}")).collect();
    Ok(Saved { manifest, roles, dump: file, left })
}

/// The databases that somebody else has made something in.
async fn others(superuser: &Database) -> Result<Vec<String>, BackupError> {
    let asked = || BackupError::asked("read the databases of the cluster");
    let (client, _task) = superuser.connect().await.map_err(BackupError::Connect)?;
    let rows = client.query_typed(include_str!("sql/other_databases.sql"), &[]).await.map_err(asked())?;
    let mut others =
        rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>().map_err(asked())?;
    let maintenance = superuser.with_dbname(MAINTENANCE);
    let (client, _task) = maintenance.connect().await.map_err(BackupError::Connect)?;
    if !is_empty(&client).await? {
        others.push(MAINTENANCE.to_owned());
    }
    Ok(others)
}

fn make_folder(path: &Path, builder: &mut fs::DirBuilder) -> Result<(), BackupError> {
    builder.create(path).map_err(BackupError::file("make the folder", path))
}

/// Makes the new cluster in the workshop, with roles and passwords of the old one. Gives how many rows there
/// are, and what stays behind.
async fn make(
    workshop: &Path,
    bindir: PathBuf,
    root: &Path,
    saved: Saved,
    stopped: Vec<u8>,
    data: &Path,
) -> Result<(u64, Vec<String>), BackupError> {
    let place = workshop.join("postgres");
    make_folder(&place, file_access::for_passing(&mut fs::DirBuilder::new()))?;
    let (kept, copied) = (root.join("password"), place.join("password"));
    fs::copy(&kept, &copied).map_err(BackupError::file("copy", &kept))?;
    let options = ManagedOptions { bindir: Some(bindir), ..ManagedOptions::new(workshop) };
    let new = Managed::start(&options).await?;
    let loaded = restored(&new, &saved).await;
    new.stop().await;
    let mut left = loaded?;
    if is_running(data) || control(data)? != stopped {
        return Err(BackupError::InUse("somebody started a server on the old cluster meanwhile".to_owned()));
    }
    left.extend(saved.left);
    Ok((saved.manifest.contents.tables.values().sum(), left))
}

/// Gives what could not be brought over.
async fn restored(new: &ManagedServer, saved: &Saved) -> Result<Vec<String>, BackupError> {
    let (superuser, manifest) = (new.superuser()?, &saved.manifest);
    let maintenance = superuser.with_dbname(MAINTENANCE);
    let (client, _task) = maintenance.connect().await.map_err(BackupError::Connect)?;
    let mut left = cluster_roles::make(&client, &saved.roles).await;
    let name = Ident::from(superuser.name());
    let owner = new.databases().healing.as_ref().and_then(Database::role).unwrap_or_default();
    // The empty one is as a cluster has it by itself.
    let drop = format!("DROP DATABASE {} WITH (FORCE)", name.quoted());
    client.batch_execute(&drop).await.map_err(BackupError::asked("make the database anew"))?;
    let wanted = manifest.properties.as_ref();
    left.extend(properties::make(&client, &name, Some(&Ident::from(owner)), wanted).await?);
    left.extend(load(&superuser, manifest, &saved.dump, Owners::AsSaved).await?);
    if let Some(wanted) = wanted {
        left.extend(properties::apply(&client, &name, owner, wanted).await);
    }
    Ok(left)
}

/// Puts the new cluster in the place of the old one in one step, so that no start finds neither.
fn exchange(new: &Path, data: &Path, former: &Path, root: &Path) -> Result<(), BackupError> {
    match file_access::exchange(new, data) {
        Ok(true) => {
            sync(root)?;
            fs::rename(new, former).map_err(BackupError::file("rename", new))?;
        }
        Ok(false) => {
            fs::rename(data, former).map_err(BackupError::file("rename", data))?;
            fs::rename(new, data).map_err(|error| {
                drop(fs::rename(former, data));
                BackupError::file("rename", new)(error)
            })?;
        }
        Err(error) => return Err(BackupError::file("exchange", data)(error)),
    }
    sync(root)
}

/// Makes changes of names survive a crash of the machine.
fn sync(folder: &Path) -> Result<(), BackupError> {
    file_access::sync_folder(folder).map_err(BackupError::file("write", folder))
}

/// The files of the server's configuration in which the old cluster says what the new one does not.
fn changed_files(former: &Path, data: &Path) -> Vec<String> {
    let files = ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"];
    let changed = files.into_iter().filter_map(|name| {
        let (old, new) = (said(&former.join(name)), said(&data.join(name)));
        let lines: Vec<_> = old.difference(&new).take(5).cloned().collect();
        (!lines.is_empty()).then(|| format!("in {name}: {}", lines.join("; ")))
    });
    changed.collect()
}

/// The lines of a file without comments and blanks.
fn said(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    lines.filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(place: &Path, major: &str) {
        fs::create_dir_all(place).unwrap();
        fs::write(place.join("PG_VERSION"), major).unwrap();
    }

    #[test]
    fn an_old_cluster_that_an_interrupted_upgrade_left_is_kept_and_half_a_new_one_is_not() {
        let root = tempfile::tempdir().unwrap();
        let workshop = root.path().join("upgrade");
        cluster(&workshop.join("postgres/data"), "18\n");
        clear(&workshop, root.path(), 15, &|_| ()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        cluster(&workshop.join("postgres/data"), "15\n");
        clear(&workshop, root.path(), 18, &|_| ()).unwrap();
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left.len(), 1);
        assert_eq!(layout_major(&left[0]).unwrap(), 15);
    }

    #[test]
    fn what_the_old_configuration_says_and_the_new_one_does_not_is_told() {
        let root = tempfile::tempdir().unwrap();
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        for (place, more) in [(&old, "work_mem = 64MB\t# more\n"), (&new, "")] {
            fs::create_dir(place).unwrap();
            fs::write(place.join("postgresql.conf"), format!("# said\nport  = 5432 # the port\n{more}"))
                .unwrap();
        }
        assert_eq!(changed_files(&old, &new), ["in postgresql.conf: work_mem = 64MB"]);
    }
}
