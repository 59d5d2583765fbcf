//! Restoring a dump into an empty database, and holding it against what was saved.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use tempfile::NamedTempFile;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::archive::BackupManifest;
use super::contents;
use super::dump::run;
use super::error::BackupError;
use crate::database::client_access::ClientAccess;
use crate::database::connect::Database;
use crate::database::managed::dump_program;
use crate::support::errors::chain;

/// The owners of what is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owners {
    /// As it was: a superuser restores.
    AsSaved,
    /// The role's that restores.
    Restorer,
}

/// However long it takes: the configuration's limits are for what hosts ask.
const UNLIMITED: &str =
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// Restores the dump in one transaction, and compares. `database` is empty. Gives what went wrong besides.
pub(super) async fn load(
    database: &Database,
    manifest: &BackupManifest,
    dump: &Path,
    owners: Owners,
) -> Result<Vec<String>, BackupError> {
    let (client, _task) = database.connect().await.map_err(BackupError::Connect)?;
    client.batch_execute(UNLIMITED).await.map_err(BackupError::asked("begin a session without limits"))?;
    make_roles(&client, manifest).await?;
    let (here, _) = contents::version(&client).await?;
    let of = manifest.contents.server_major;
    if here < of {
        return Err(BackupError::OlderServer { of, here });
    }
    let (_, program) = dump_program("pg_restore", here, manifest.dumped_by)?;
    let unwritten = || BackupError::file("write a file in", std::env::temp_dir());
    let access = ClientAccess::of(database).map_err(unwritten())?;
    let mut command = access.command(&program);
    command.args(["--exit-on-error", "--single-transaction", "--no-password"]);
    if owners == Owners::Restorer {
        command.arg("--no-owner");
    }
    let there = extensions(&client).await?;
    let left_out = match there.as_slice() {
        [] => None,
        there => {
            let mut list = Command::new(&program);
            list.arg("--list").arg(dump);
            let list = run("pg_restore", list).await?;
            let mut file = NamedTempFile::new().map_err(unwritten())?;
            file.write_all(without(&list, there).as_bytes()).map_err(unwritten())?;
            Some(file)
        }
    };
    if let Some(list) = &left_out {
        command.arg("--use-list").arg(list.path());
    }
    command.arg(dump);
    run("pg_restore", command).await?;
    let begin = "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog";
    client.batch_execute(begin).await.map_err(BackupError::asked("begin a transaction"))?;
    let found = contents::read(&client).await?;
    client.batch_execute("COMMIT").await.map_err(BackupError::asked("end a transaction"))?;
    let differences = manifest.contents.differences(&found);
    if !differences.is_empty() {
        return Err(BackupError::Differs(differences));
    }
    let analyzed = client.batch_execute("ANALYZE").await;
    let told = |error: tokio_postgres::Error| {
        format!("the statistics are not gathered, say ANALYZE in it: {}", chain(&error))
    };
    Ok(analyzed.err().map(told).into_iter().collect())
}

/// The extensions that stand there already, with their schemas. Some only a superuser makes.
async fn extensions(client: &Client) -> Result<Vec<(String, String)>, BackupError> {
    let failed = "read the extensions";
    let sql = "SELECT e.extname::pg_catalog.text, n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e JOIN \
               pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace \
               WHERE e.extname OPERATOR(pg_catalog.<>) 'plpgsql'";
    let rows = client.query_typed(sql, &[]).await.map_err(BackupError::asked(failed))?;
    let read = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    read.collect::<Result<_, _>>().map_err(BackupError::asked(failed))
}

/// The list of what a dump has without these extensions, their comments and the schemas that they stand in:
/// they belong to somebody else here.
fn without(list: &str, there: &[(String, String)]) -> String {
    let names = there.iter().flat_map(|(extension, schema)| {
        let schema = (schema != "public").then(|| format!("SCHEMA - {schema} "));
        [format!("EXTENSION - {extension} "), format!("COMMENT - EXTENSION {extension} ")]
            .into_iter()
            .chain(schema)
    });
    let names: Vec<_> = names.collect();
    let is_left_out = |line: &str| {
        // 3; 3079 16390 EXTENSION - citext
        let entry = line.splitn(4, ' ').nth(3).unwrap_or_default();
        let entry = format!("{} ", entry.trim_end());
        names.iter().any(|name| entry.starts_with(name.as_str()))
    };
    list.lines().filter(|line| !is_left_out(line)).map(|line| format!("{line}\n")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_that_are_there_are_left_out_with_what_comes_with_them() {
        let list = "; Archive created at now\n\
                    2; 3079 16385 EXTENSION - cube \n\
                    3320; 0 0 COMMENT - EXTENSION cube \n\
                    6; 2615 16400 SCHEMA - geo harness\n\
                    7; 2615 16401 SCHEMA - geodesy harness\n\
                    3; 3079 16390 EXTENSION - cubes \n\
                    215; 1259 16402 TABLE geo city harness\n";
        let there = [("cube".to_owned(), "geo".to_owned())];
        let left = without(list, &there);
        assert_eq!(left.lines().count(), 4, "{left}");
        assert!(
            left.contains("EXTENSION - cubes") && left.contains("geodesy") && left.contains("TABLE geo city")
        );
    }
}
