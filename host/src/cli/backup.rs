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
use crate::host::backup::{BackupError, BackupManifest, Verification, backup};
use crate::report::{json, text};
use crate::support::code::Code;
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;
use crate::support::machine;

/// Save the database and the accounts into one file, and verify it by a restore
///
/// While hosts serve; what is saved is of one moment. The file is made whole or not at all, and only its
/// owner can read it. It is then restored in a cluster that is thrown away, and each table's rows and the end
/// of the audit log are held against what was saved; so is what a check goes by. Plugins' files and the
/// configuration are not in it.
///
/// Exits with 0, with 1 if it failed or could not be restored as it was, with 3 if this machine lacks what it
/// takes to verify it.
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
    /// The code that `tenon explain` tells more of, where it could not be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    code: Option<Code>,
    /// Whether a check of the restored copy says what a check of the database says.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_says_the_same: Option<bool>,
    /// What it says otherwise, or why that is not known.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    check_differences: &'a [String],
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
                Err(Failure::new(Exit::Cancelled, format!("{by} ended it; no backup was made"))
                    .code(CommandCode::Stopped))
            }
        };
        source.close().await;
        let made = made?;
        let verified = matches!(made.verified, Ok(Verification::Same(_)));
        let by = Actor::new(self.admin.clone().unwrap_or_else(machine::user_name), Origin::Cli);
        let file = std::path::absolute(&made.file).unwrap_or_else(|_| made.file.clone());
        let action = Action::Backup {
            file: file.display().to_string(),
            bytes: made.bytes,
            sha256: made.sha256.clone(),
            verified,
        };
        // A file that cannot be restored is no backup to rely on.
        if made.verified.as_ref().err().is_none_or(BackupError::is_want_of_means) {
            record::record(app, &by, action, None).await;
        }
        let (check_says_the_same, check_differences) = check(&made.verified);
        if app.options.json {
            app.terminal.data(&json::document(&MadeBackup {
                file: &made.file,
                bytes: made.bytes,
                sha256: &made.sha256,
                verified,
                not_verified: made.verified.as_ref().err().map(|error| chain(error)),
                code: made.verified.as_ref().err().map(BackupError::code),
                check_says_the_same,
                check_differences: &check_differences,
                manifest: &made.manifest,
            }));
        } else {
            let tables = text::counted(made.manifest.contents.tables.len(), "table");
            let how = match (verified, check_says_the_same) {
                (false, _) => "",
                (true, Some(true)) => {
                    ", verified by a restore; a check of the copy says what one of the database says"
                }
                (true, _) => ", verified by a restore",
            };
            let line = format!(
                "{}: {tables}, {} bytes{how}\nsha256 {}\n",
                made.file.display(),
                made.bytes,
                made.sha256
            );
            app.terminal.data(&line);
        }
        match &made.verified {
            Ok(_) => {
                tell_check(check_says_the_same, &check_differences, app);
                Ok(Exit::Done)
            }
            Err(error) if error.is_want_of_means() => {
                let told = "the backup was made, and could not be verified here";
                let failure = Failure::new(Exit::Unknown, told).code(error.code()).because(error);
                failure.print(&app.terminal);
                Ok(Exit::Unknown)
            }
            Err(error) => {
                let told = format!(
                    "the backup was made, and restoring it failed: do not rely on {}",
                    made.file.display()
                );
                Failure::new(Exit::Failed, told).code(error.code()).because(error).print(&app.terminal);
                Ok(Exit::Failed)
            }
        }
    }
}

/// Whether a check of the copy says the same, and what it says otherwise or why that is not known.
fn check(verified: &Result<Verification, BackupError>) -> (Option<bool>, Vec<String>) {
    match verified {
        Ok(Verification::Same(Ok(differences))) => (Some(differences.is_empty()), differences.clone()),
        Ok(Verification::Same(Err(why))) => (None, vec![why.clone()]),
        Ok(Verification::NotWished) | Err(_) => (None, Vec::new()),
    }
}

fn tell_check(says_the_same: Option<bool>, differences: &[String], app: &App) {
    let heading = match says_the_same {
        Some(false) => "A check of the copy says otherwise than one of the database",
        None if !differences.is_empty() => "Whether a check of the copy says the same is not known",
        _ => return,
    };
    let lines: Vec<_> = differences.iter().map(|one| format!("  {}\n", text::clean(one))).collect();
    app.terminal.message(&format!("{heading}:\n{}", lines.concat()));
}

/// Nothing was done.
pub(super) fn failed(error: &BackupError) -> Failure {
    let code = error.code();
    let failure = match error {
        BackupError::Managed(_) | BackupError::Connect(_) => Failure::of(Exit::Unknown, error).code(code),
        BackupError::Stopped(_) => Failure::of(Exit::Cancelled, error).code(code),
        error if error.is_refusal() => Failure::refused_by(code, error),
        _ => Failure::of(Exit::Failed, error).code(code),
    };
    match error.remedy() {
        Some(remedy) => failure.hint(remedy),
        None => failure,
    }
}
