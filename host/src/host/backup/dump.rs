//! Dumping a database, and noting what is in it at the very moment of the dump.

use std::path::Path;
use std::process::Stdio;

use super::contents::{self, Contents};
use super::error::BackupError;
use super::properties::{self, DatabaseProperties};
use super::same_check;
use crate::database::client_access::ClientAccess;
use crate::database::connect::Database;
use crate::database::managed::dump_program;
use crate::schema::snapshot_file::SnapshotFile;

/// A transaction that shows one moment for as long as it takes.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL \
                     lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL search_path = \
                     pg_catalog";

/// What was dumped.
#[derive(Debug)]
pub(super) struct Dumped {
    pub(super) contents: Contents,
    pub(super) properties: Option<DatabaseProperties>,
    /// The major version of the program.
    pub(super) by: u32,
    /// What a check goes by; or why it could not be read.
    pub(super) reading: Result<SnapshotFile, String>,
}

/// Writes the dump to this file, which is not there yet.
pub(super) async fn dump(database: &Database, into: &Path) -> Result<Dumped, BackupError> {
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
    let properties = properties::read(&client).await?;
    let reading = same_check::read(database).await;
    let (by, program) = dump_program("pg_dump", contents.server_major, 0)?;
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
    Ok(Dumped { contents, properties, by, reading })
}

/// Runs a program of PostgreSQL to its end, and gives what it prints. What it says besides is part of the
/// error; it ends with this future.
pub(super) async fn run(name: &'static str, command: std::process::Command) -> Result<String, BackupError> {
    let mut command = tokio::process::Command::from(command);
    // Why it failed is told in words that are known (`is_want_of_means`).
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    let spawned = command.output().await;
    let output = spawned.map_err(|error| BackupError::Program {
        program: name,
        said: format!("it cannot be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(6).collect();
    Err(BackupError::Program { program: name, said: said.join("; ") })
}
