//! Making the database of a backup: beside the one that is there and then in its place, or in an empty one
//! where the role may make no databases.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::archive::Archive;
use super::error::BackupError;
use super::files::{self, FormerDatabase, KeptFile, RestoreOptions};
use super::load::{Owners, load};
use super::properties::{self, DatabaseProperties};
use super::{MAINTENANCE, Tell};
use crate::config::Config;
use crate::database::connect::Database;
use crate::database::source::DatabaseSource;
use crate::support::errors::chain;

/// What was restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// The name of the former database, where it was kept.
    pub former: Option<String>,
    /// The files of the state directory that were written.
    pub files: Vec<PathBuf>,
    /// The files that were there and stayed as they were.
    pub kept: Vec<KeptFile>,
    /// The files that could not be written, and why.
    pub failed: Vec<String>,
    /// What of the database is not as it was, in words.
    pub not_restored: Vec<String>,
}

/// What stands at the place of the restored database.
struct Place {
    is_empty: bool,
    properties: Option<DatabaseProperties>,
    /// Whether this role may make another database, and give it this one's name.
    makes: bool,
    superuser: bool,
    has_extensions: bool,
}

/// What is restored where.
struct Restore<'a> {
    database: &'a Database,
    archive: &'a Archive,
    owners: Owners,
    owner: Option<String>,
    place: Place,
    now: Timestamp,
}

/// Restores a backup into the database of the configuration. Until `stopped` is ready, which names who wishes
/// an end, or the database has its name.
pub async fn restore(
    config: &Config,
    source: &DatabaseSource,
    archive: &Archive,
    options: RestoreOptions,
    stopped: impl Future<Output = String>,
    tell: Tell<'_>,
) -> Result<Restored, BackupError> {
    let healing = source.databases.healing.as_ref();
    let (database, owners) = match &source.managed {
        Some(server) => (server.superuser()?, Owners::AsSaved),
        None => (healing.unwrap_or(&source.databases.serving).clone(), Owners::Restorer),
    };
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
    let place = place(&client).await?;
    drop(client);
    drop(task);
    if !place.is_empty && options.former == FormerDatabase::Refuse {
        return Err(BackupError::NotEmpty(database.name().to_owned()));
    }
    // Whatever cannot be written is told before the database is touched.
    let planned = files::plan(config, archive, options)?;
    let owner = match (&source.managed, &place.properties) {
        (None, Some(there)) if place.makes => Some(there.owner.clone()),
        _ => healing.and_then(Database::role).map(str::to_owned),
    };
    let restore = Restore { database: &database, archive, owners, owner, place, now: options.now };
    let (former, not_restored) = restore.run(stopped, tell).await?;
    let (files, failed) = files::write(&planned, options.now);
    Ok(Restored { former, files, kept: planned.kept, failed, not_restored })
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

async fn place(client: &Client) -> Result<Place, BackupError> {
    let asked = || BackupError::asked("see what may be made here");
    let rows = client.query_typed(include_str!("sql/place.sql"), &[]).await.map_err(asked())?;
    let may = |column: &str| rows.first().map_or(Ok(false), |row| row.try_get(column)).map_err(asked());
    let extensions = rows.first().map_or(Ok(Vec::new()), |row| row.try_get::<_, Vec<String>>("extensions"));
    Ok(Place {
        is_empty: is_empty(client).await?,
        properties: properties::read(client).await?,
        makes: may("makes")?,
        superuser: may("superuser")?,
        has_extensions: !extensions.map_err(asked())?.is_empty(),
    })
}

/// Whether nobody has made anything in it.
pub(super) async fn is_empty(client: &Client) -> Result<bool, BackupError> {
    let failed = "see whether the database is empty";
    let rows = client.query_typed(include_str!("sql/is_empty.sql"), &[]).await;
    let rows = rows.map_err(BackupError::asked(failed))?;
    rows.first().map_or(Ok(false), |row| row.try_get(0)).map_err(BackupError::asked(failed))
}

async fn is_empty_there(database: &Database) -> Result<bool, BackupError> {
    let (client, _task) = database.connect().await.map_err(BackupError::Connect)?;
    is_empty(&client).await
}

/// Everybody logs in again: what was ended after the backup was made is not to go on.
async fn end_sessions(database: &Database) -> Result<(), BackupError> {
    let asked = || BackupError::asked("end the sessions of then");
    let (client, _task) = database.connect().await.map_err(BackupError::Connect)?;
    let there = client.query_typed("SELECT pg_catalog.to_regclass('tenon.session') IS NOT NULL", &[]).await;
    let there = there.map_err(asked())?;
    if there.first().map_or(Ok(false), |row| row.try_get(0)).map_err(asked())? {
        let end = "UPDATE tenon.session SET ended = pg_catalog.now() WHERE ended IS NULL";
        client.batch_execute(end).await.map_err(asked())?;
    }
    Ok(())
}

/// The longest beginning of a name that leaves room for what is put behind it: PostgreSQL cuts names at 63
/// bytes.
fn beginning(name: &str) -> &str {
    let longest = 63 - "_before_restore_".len() - "20261231235959".len();
    let end = (0..=longest.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    &name[..end]
}

type Done = (Option<String>, Vec<String>);

impl Restore<'_> {
    async fn run(&self, stopped: impl Future<Output = String>, tell: Tell<'_>) -> Result<Done, BackupError> {
        let place = &self.place;
        // An extension that a superuser made there beforehand would not be in another database.
        let anew = !place.is_empty || place.superuser || place.makes && !place.has_extensions;
        let maintenance = self.database.with_dbname(MAINTENANCE);
        match maintenance.connect().await {
            Ok((client, _task)) if anew => self.beside(&client, stopped, tell).await,
            Err(error) if !place.is_empty => Err(BackupError::Connect(error)),
            _ => self.in_place(stopped, tell).await.map(|told| (None, told)),
        }
    }

    /// What the database is to be like: as it was saved; where that is not known, as the one that is there.
    fn wanted(&self) -> Option<DatabaseProperties> {
        match (&self.archive.manifest.properties, &self.place.properties) {
            (Some(saved), Some(there)) if self.place.is_empty => Some(saved.overridden_by(there)),
            (Some(saved), _) => Some(saved.clone()),
            (None, there) => there.clone(),
        }
    }

    /// Makes the new database beside the former one, and renames both at once. Gives the former one's name.
    async fn beside(
        &self,
        client: &Client,
        stopped: impl Future<Output = String>,
        tell: Tell<'_>,
    ) -> Result<Done, BackupError> {
        let stamp = self.now.strftime("%Y%m%d%H%M%S").to_string();
        let name = self.database.name().to_owned();
        let base = beginning(&name);
        let (new, former) = (format!("{base}_restore_{stamp}"), format!("{base}_before_restore_{stamp}"));
        let [as_name, as_new, as_former] =
            [&name, &new, &former].map(|name| Ident::from(name.as_str()).quoted());
        tell("Restoring beside the database that is there");
        let (wanted, owner) = (self.wanted(), self.owner.as_deref().map(Ident::from));
        let new_ident = Ident::from(new.as_str());
        let mut told = properties::make(client, &new_ident, owner.as_ref(), wanted.as_ref()).await?;
        let there = self.database.with_dbname(&new);
        let load = async {
            let told = load(&there, &self.archive.manifest, &self.archive.dump(), self.owners).await?;
            end_sessions(&there).await?;
            Ok(told)
        };
        let loaded = tokio::select! {
            loaded = load => loaded,
            by = stopped => Err(BackupError::Stopped(by)),
        };
        let renamed = match loaded {
            Ok(more) => {
                told.extend(more);
                if let Some(wanted) = &wanted {
                    let owner = self.owner.as_deref().or(self.database.role()).unwrap_or_default();
                    told.extend(properties::apply(client, &new_ident, owner, wanted).await);
                }
                let rename = format!(
                    "ALTER DATABASE {as_name} RENAME TO {as_former}; ALTER DATABASE {as_new} RENAME TO {as_name}"
                );
                client.batch_execute(&rename).await.map_err(BackupError::asked("rename the databases"))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = renamed {
            let drop = format!("DROP DATABASE IF EXISTS {as_new} WITH (FORCE)");
            if client.batch_execute(&drop).await.is_err() {
                tell(&format!("{new} could not be dropped: it is half a database, and nobody's"));
            }
            return Err(error);
        }
        // From here on nothing fails any more.
        let was_empty = self.place.is_empty
            && is_empty_there(&self.database.with_dbname(&former)).await.unwrap_or(false)
            && client.batch_execute(&format!("DROP DATABASE {as_former}")).await.is_ok();
        Ok(((!was_empty).then_some(former), told))
    }

    /// Restores into the empty database. What `pg_restore` does is all or nothing, and it is compared after
    /// that.
    async fn in_place(
        &self,
        stopped: impl Future<Output = String>,
        tell: Tell<'_>,
    ) -> Result<Vec<String>, BackupError> {
        tell("Restoring into the empty database");
        let (database, manifest) = (self.database, &self.archive.manifest);
        let dump = self.archive.dump();
        let loaded = tokio::select! {
            loaded = load(database, manifest, &dump, self.owners) => loaded,
            by = stopped => Err(BackupError::Stopped(by)),
        };
        let mut told = match loaded {
            Ok(told) => told,
            Err(error) if is_empty_there(database).await.unwrap_or(true) => return Err(error),
            Err(error) => {
                let mut told = match error {
                    BackupError::Differs(told) => told,
                    other => vec![chain(&other)],
                };
                told.push(format!(
                    "the database {} has it all the same: drop it and make it anew before you try again",
                    database.name()
                ));
                return Err(BackupError::Differs(told));
            }
        };
        told.extend(end_sessions(database).await.err().map(|error| chain(&error)));
        if let (Some(wanted), Ok((client, _task))) = (self.wanted(), database.connect().await) {
            let (name, owner) = (Ident::from(database.name()), database.role().unwrap_or_default());
            told.extend(properties::apply(&client, &name, owner, &wanted).await);
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_leaves_room_for_what_is_put_behind_it() {
        assert_eq!(beginning("tenon"), "tenon");
        let long = beginning("a_database_with_a_name_of_far_more_than_thirty_bytes");
        assert_eq!(format!("{long}_before_restore_20261231235959").len(), 63);
        // No sign is cut in two.
        assert_eq!(beginning(&"ä".repeat(30)).len(), 32);
    }
}
