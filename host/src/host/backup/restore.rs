//! Making the database of a backup: in an empty one, or in the place of one that is kept under another name.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::Tell;
use super::archive::{Archive, state_files};
use super::error::BackupError;
use super::load::{Owners, load};
use crate::config::Config;
use crate::database::connect::Database;
use crate::database::source::DatabaseSource;
use crate::support::state_dir;

/// The database in which databases are made and renamed.
const MAINTENANCE: &str = "postgres";

/// What becomes of a database that has something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerDatabase {
    /// Nothing is done.
    Refuse,
    /// The former one keeps its contents under another name.
    Rename,
}

/// How to restore.
#[derive(Debug, Clone, Copy)]
pub struct RestoreOptions {
    pub former: FormerDatabase,
    pub now: Timestamp,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The name of the former database, where it was kept.
    pub former: Option<String>,
    /// The files of the state directory that were written.
    pub files: Vec<PathBuf>,
    /// The files that were there and stayed as they were.
    pub kept: Vec<PathBuf>,
}

/// Restores a backup into the database of the configuration.
pub async fn restore(
    config: &Config,
    source: &DatabaseSource,
    archive: &Archive,
    options: RestoreOptions,
    tell: Tell<'_>,
) -> Result<Restored, BackupError> {
    let (database, owners) = match &source.managed {
        Some(server) => (server.superuser()?, Owners::AsSaved),
        None => {
            let databases = &source.databases;
            (databases.healing.clone().unwrap_or_else(|| databases.serving.clone()), Owners::Restorer)
        }
    };
    let owner = source.databases.healing.as_ref().and_then(Database::role).map(Ident::from);
    let (client, task) = database.connect().await.map_err(BackupError::Connect)?;
    let mut looked = nobody_else(&client).await;
    // The server takes a moment to see off those who have just left.
    for _ in 0..20 {
        if !matches!(looked, Err(BackupError::InUse(_))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        looked = nobody_else(&client).await;
    }
    looked?;
    let is_empty = is_empty(&client).await?;
    drop(client);
    drop(task);
    let former = match (is_empty, options.former) {
        (false, FormerDatabase::Refuse) => return Err(BackupError::NotEmpty(database.name().to_owned())),
        (true, _) => {
            tell("Restoring into the empty database");
            load(&database, &archive.manifest, &archive.dump(), owners).await?;
            None
        }
        (false, FormerDatabase::Rename) => {
            tell("Restoring beside the database that is there");
            Some(beside(&database, owner.as_ref(), archive, owners, options.now).await?)
        }
    };
    let (files, kept) = state(config, archive, options)?;
    Ok(Restored { former, files, kept })
}

/// Refuses while a host or a command of Tenon uses the database.
async fn nobody_else(client: &Client) -> Result<(), BackupError> {
    let sql = "SELECT pid, application_name FROM pg_catalog.pg_stat_activity WHERE datname OPERATOR(pg_catalog.=) \
               pg_catalog.current_database() AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND \
               pg_catalog.starts_with(application_name, 'tenon') ORDER BY pid LIMIT 3";
    let found =
        client.query_typed(sql, &[]).await.map_err(BackupError::asked("see who uses the database"))?;
    let told = found.iter().map(|row| {
        let (pid, name): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
        Ok(format!("{name} (process {pid} of the server)"))
    });
    let told: Vec<_> =
        told.collect::<Result<_, _>>().map_err(BackupError::asked("see who uses the database"))?;
    if told.is_empty() { Ok(()) } else { Err(BackupError::InUse(told.join(", "))) }
}

/// Whether nobody has made anything in it.
async fn is_empty(client: &Client) -> Result<bool, BackupError> {
    let failed = "see whether the database is empty";
    let rows = client.query_typed(include_str!("sql/is_empty.sql"), &[]).await;
    let rows = rows.map_err(BackupError::asked(failed))?;
    rows.first().map_or(Ok(false), |row| row.try_get(0)).map_err(BackupError::asked(failed))
}

/// Makes the new database beside the former one, and renames both at once. Gives the former one's name.
async fn beside(
    database: &Database,
    owner: Option<&Ident>,
    archive: &Archive,
    owners: Owners,
    now: Timestamp,
) -> Result<String, BackupError> {
    let stamp = now.strftime("%Y%m%d%H%M%S").to_string();
    let name = database.name().to_owned();
    let (new, former) = (format!("{name}_restore_{stamp}"), format!("{name}_before_restore_{stamp}"));
    let [as_name, as_new, as_former] = [&name, &new, &former].map(|name| Ident::from(name.as_str()));
    let (client, _task) = database.with_dbname(MAINTENANCE).connect().await.map_err(BackupError::Connect)?;
    let owned = owner.map(|owner| format!(" OWNER {}", owner.quoted())).unwrap_or_default();
    let make = format!("CREATE DATABASE {}{owned} TEMPLATE template0", as_new.quoted());
    client.batch_execute(&make).await.map_err(BackupError::asked("make a database for it"))?;
    let loaded = load(&database.with_dbname(&new), &archive.manifest, &archive.dump(), owners).await;
    let renamed = match loaded {
        Ok(()) => {
            let rename = format!(
                "ALTER DATABASE {0} RENAME TO {2}; ALTER DATABASE {1} RENAME TO {0}",
                as_name.quoted(),
                as_new.quoted(),
                as_former.quoted()
            );
            client.batch_execute(&rename).await.map_err(BackupError::asked("rename the databases"))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = renamed {
        let _ =
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", as_new.quoted())).await;
        return Err(error);
    }
    Ok(former)
}

type Files = (Vec<PathBuf>, Vec<PathBuf>);

/// Writes the files of the state directory that are not there. Those that are stay, unless they are renamed
/// as the database is.
fn state(config: &Config, archive: &Archive, options: RestoreOptions) -> Result<Files, BackupError> {
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for (name, path) in state_files(config) {
        let Some(saved) = archive.state_file(&name) else { continue };
        let bytes = fs::read(&saved).map_err(BackupError::file("read", &saved))?;
        match fs::read(&path) {
            Ok(found) if found == bytes => continue,
            Ok(_) if options.former == FormerDatabase::Refuse => {
                kept.push(path);
                continue;
            }
            Ok(_) => {
                let stamp = options.now.strftime("%Y%m%d%H%M%S");
                let mut former = path.clone().into_os_string();
                former.push(format!(".before-restore-{stamp}"));
                fs::rename(&path, &former).map_err(BackupError::file("rename", &path))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(BackupError::File { action: "read", path, source }),
        }
        state_dir::replace(&path, &bytes).map_err(BackupError::file("write", &path))?;
        written.push(path);
    }
    Ok((written, kept))
}
