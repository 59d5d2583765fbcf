use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use utoipa::ToSchema;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::heal::admin;
use super::record;
use super::signals::Signals;
use super::start::no_source;
use crate::audit::{Action, Actor, Origin};
use crate::database::connect::install_crypto_provider;
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::host::backup::{BackupError, BackupManifest, backup};
use crate::report::{json, text};
use crate::support::errors::chain;
use crate::support::machine;

/// Save the database and the accounts into one file, and verify it by a restore
///
/// While hosts serve; what is saved is of one moment. The file is made whole or not at all, and only its
/// owner can read it. It is then restored in a cluster that is thrown away, and each table's rows and the end
/// of the audit log are held against what was saved. Plugins' files and the configuration are not in it.
///
/// Exits with 0, with 1 if it failed or the restore was not the same, with 3 if it could not be verified.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to make, which must not be there yet
    file: PathBuf,

    /// Do not verify it by a restore
    #[arg(long)]
    no_verify: bool,

    /// Record this person as the one who made it; the default is the user of the operating system
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

/// A backup that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeBackup<'a> {
    #[schema(value_type = String)]
    file: &'a Path,
    bytes: u64,
    sha256: &'a str,
    /// Whether it was restored, and was the same there.
    verified: bool,
    /// Why it could not be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_verified: Option<String>,
    manifest: &'a BackupManifest,
}

impl Backup {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        install_crypto_provider();
        let mut signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "signals cannot be caught").because(&error))?;
        let source = DatabaseSource::open(&app.config, IfMissing::Refuse).await;
        let source = source.map_err(|error| no_source(&error))?;
        let tell = |what: &str| app.terminal.message(&format!("{what}\n"));
        let made = tokio::select! {
            made = backup(&app.config, &source, &self.file, !self.no_verify, &tell) => {
                made.map_err(|error| failed(&error))
            }
            by = signals.next() => {
                Err(Failure::new(Exit::Cancelled, format!("{by} ended it; no backup was made")))
            }
        };
        source.close().await;
        let made = made?;
        let verified = matches!(made.verified, Ok(true));
        let by = Actor::new(self.admin.clone().unwrap_or_else(machine::user_name), Origin::Cli);
        let file = std::path::absolute(&made.file).unwrap_or_else(|_| made.file.clone());
        let action = Action::Backup {
            file: file.display().to_string(),
            bytes: made.bytes,
            sha256: made.sha256.clone(),
            verified,
        };
        // A file that is not what was saved is no backup to rely on.
        if !matches!(made.verified, Err(BackupError::Differs(_))) {
            record::record(app, &by, action, None).await;
        }
        if app.options.json {
            app.terminal.data(&json::document(&MadeBackup {
                file: &made.file,
                bytes: made.bytes,
                sha256: &made.sha256,
                verified,
                not_verified: made.verified.as_ref().err().map(|error| chain(error)),
                manifest: &made.manifest,
            }));
        } else {
            let tables = text::counted(made.manifest.contents.tables.len(), "table");
            let how = if verified { ", verified by a restore" } else { "" };
            let line = format!(
                "{}: {tables}, {} bytes{how}\nsha256 {}\n",
                made.file.display(),
                made.bytes,
                made.sha256
            );
            app.terminal.data(&line);
        }
        match &made.verified {
            Ok(_) => Ok(Exit::Done),
            Err(error @ BackupError::Managed(_)) => {
                let told = "the backup was made, and could not be verified here";
                let failure = Failure::new(Exit::Unknown, told).because(error);
                failure.print(&app.terminal);
                Ok(Exit::Unknown)
            }
            Err(error) => {
                let told = format!(
                    "the backup was made, and restoring it failed: do not rely on {}",
                    made.file.display()
                );
                Failure::new(Exit::Failed, told).because(error).print(&app.terminal);
                Ok(Exit::Failed)
            }
        }
    }
}

/// Nothing was done.
pub(super) fn failed(error: &BackupError) -> Failure {
    let exit = match error {
        BackupError::Managed(_) | BackupError::Connect(_) => Exit::Unknown,
        error if error.is_refusal() => Exit::Refused,
        _ => Exit::Failed,
    };
    let failure = Failure::of(exit, error);
    match error.remedy() {
        Some(remedy) => failure.hint(remedy),
        None => failure,
    }
}
