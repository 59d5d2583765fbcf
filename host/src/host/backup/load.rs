//! Restoring a dump into an empty database, and holding it against what was saved.

use std::path::Path;

use tenon_schema::Ident;
use tokio_postgres::Client;

use super::archive::BackupManifest;
use super::contents;
use super::dump::run;
use super::error::BackupError;
use crate::database::client_access::ClientAccess;
use crate::database::connect::Database;
use crate::database::managed::client_program;

/// The owners of what is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owners {
    /// As it was: a superuser restores.
    AsSaved,
    /// The role's that restores.
    Restorer,
}

/// Restores the dump in one transaction, and compares. `database` is empty.
pub(super) async fn load(
    database: &Database,
    manifest: &BackupManifest,
    dump: &Path,
    owners: Owners,
) -> Result<(), BackupError> {
    let (client, _task) = database.connect().await.map_err(BackupError::Connect)?;
    make_roles(&client, manifest).await?;
    let here = contents::read(&client).await?.server_major;
    let of = manifest.contents.server_major;
    if here < of {
        return Err(BackupError::OlderServer { of, here });
    }
    let program = client_program("pg_restore", here)?;
    let access =
        ClientAccess::of(database).map_err(BackupError::file("write a file in", std::env::temp_dir()))?;
    let mut command = access.command(&program);
    command.args(["--exit-on-error", "--single-transaction", "--no-password"]);
    if owners == Owners::Restorer {
        command.arg("--no-owner");
    }
    command.arg(dump);
    run("pg_restore", command).await?;
    let begin = "BEGIN READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog";
    client.batch_execute(begin).await.map_err(BackupError::asked("begin a transaction"))?;
    let found = contents::read(&client).await?;
    client.batch_execute("COMMIT; ANALYZE").await.map_err(BackupError::asked("gather the statistics"))?;
    let differences = manifest.contents.differences(&found);
    if differences.is_empty() { Ok(()) } else { Err(BackupError::Differs(differences)) }
}

/// Makes the roles that the dump names and that are not there. Those of plugins are put right by the next
/// heal.
async fn make_roles(client: &Client, manifest: &BackupManifest) -> Result<(), BackupError> {
    let missing = contents::missing_roles(client, &manifest.contents.roles).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let sql = "SELECT rolsuper OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user";
    let may = client.query_typed(sql, &[]).await.map_err(BackupError::asked("read the roles"))?;
    let may = may.first().map_or(Ok(false), |row| row.try_get::<_, bool>(0));
    if !may.map_err(BackupError::asked("read the roles"))? {
        return Err(BackupError::Roles(missing));
    }
    let make =
        missing.iter().map(|role| format!("CREATE ROLE {} NOLOGIN", Ident::from(role.as_str()).quoted()));
    let make = make.collect::<Vec<_>>().join("; ");
    client.batch_execute(&make).await.map_err(BackupError::asked("make the roles that the backup names"))
}
