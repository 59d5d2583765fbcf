//! Dumping a database, and noting what is in it at the very moment of the dump.

use std::path::Path;
use std::process::Stdio;

use super::contents::{self, Contents};
use super::error::BackupError;
use crate::database::client_access::ClientAccess;
use crate::database::connect::Database;
use crate::database::managed::client_program;

/// A transaction that shows one moment for as long as it takes.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL \
                     lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL search_path = \
                     pg_catalog";

/// Writes the dump to this file, which is not there yet.
pub(super) async fn dump(database: &Database, into: &Path) -> Result<Contents, BackupError> {
    let (client, _task) = database.connect().await.map_err(BackupError::Connect)?;
    let failed = "begin a transaction of one moment";
    client.batch_execute(BEGIN).await.map_err(BackupError::asked(failed))?;
    let exported = client.query_typed("SELECT pg_catalog.pg_export_snapshot()", &[]).await;
    let exported = exported.map_err(BackupError::asked(failed))?;
    let snapshot: String = exported
        .first()
        .map_or(Ok(String::new()), |row| row.try_get(0))
        .map_err(BackupError::asked(failed))?;
    let contents = contents::read(&client).await?;
    let program = client_program("pg_dump", contents.server_major)?;
    let access =
        ClientAccess::of(database).map_err(BackupError::file("write a file in", std::env::temp_dir()))?;
    let mut command = access.command(&program);
    command
        .args([
            "--format=custom",
            "--no-password",
            "--lock-wait-timeout=30s",
            "--exclude-schema=tenon_cluster",
        ])
        .arg(format!("--snapshot={snapshot}"))
        .arg(format!("--file={}", into.display()));
    run("pg_dump", command).await?;
    let ended = client.batch_execute("COMMIT").await;
    ended.map_err(BackupError::asked("hold the moment until the dump was written"))?;
    Ok(contents)
}

/// Runs a program of PostgreSQL to its end. What it says is part of the error; it ends with this future.
pub(super) async fn run(name: &'static str, command: std::process::Command) -> Result<(), BackupError> {
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let spawned = command.output().await;
    let output = spawned.map_err(|error| BackupError::Program {
        program: name,
        said: format!("it cannot be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(6).collect();
    Err(BackupError::Program { program: name, said: said.join("; ") })
}
