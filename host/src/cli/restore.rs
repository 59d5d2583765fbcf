use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::app::App;
use super::backup::failed;
use super::exit::Exit;
use super::failure::Failure;
use super::heal::Confirmation;
use super::record;
use super::signals::Signals;
use super::start::no_source;
use crate::audit::{Action, Actor, Origin};
use crate::database::connect::install_crypto_provider;
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::host::backup::{
    Archive, BackupError, BackupManifest, FormerDatabase, KeptFile, RestoreOptions, Restored, restore,
};
use crate::report::{json, text};
use crate::support::command_code::CommandCode;

/// Make the database of a backup: in an empty database, or beside the one that is there
///
/// Refused while a host runs on the database. An empty managed database is made where there is none. What is
/// restored is held against the backup before it gets the database's name; until then nothing has changed. A
/// role that may make no database restores into the empty one itself, and compares afterwards. With --replace
/// the database that is there keeps its contents under another name; so do files of the state directory. Who
/// was logged in logs in again.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `tenon backup` made
    file: PathBuf,

    /// Keep the database that is there under another name, and put the backup in its place
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    confirmation: Confirmation,
}

/// A backup that was restored.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RestoredBackup<'a> {
    #[schema(value_type = String)]
    file: &'a Path,
    sha256: &'a str,
    /// What the former database is called now.
    former: Option<&'a str>,
    /// The files that were written.
    #[schema(value_type = Vec<String>)]
    files: &'a [PathBuf],
    /// The files that were there and stayed.
    #[schema(value_type = Vec<String>)]
    kept: Vec<&'a Path>,
    /// The files that could not be written, and why.
    failed: &'a [String],
    /// What of the database is not as it was.
    not_restored: &'a [String],
    manifest: &'a BackupManifest,
}

impl Restore {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        install_crypto_provider();
        let hint = "say `tenon restore FILE --yes` where there is no terminal";
        let admin = self.confirmation.admin(hint, app)?;
        let manifest = Archive::manifest_of(&self.file).map_err(|error| failed(&error))?;
        let about = format!(
            "Restore {} of {} (PostgreSQL {}, {}) as {admin}?",
            manifest.database,
            manifest.created_at.strftime("%Y-%m-%d %H:%MZ"),
            manifest.contents.server_major,
            text::counted(manifest.contents.tables.len(), "table"),
        );
        self.confirmation.agree(&about, "restored", app)?;
        let mut signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "signals cannot be caught").because(&error))?;
        let archive = self.unpacked(&app.config.state_dir, &mut signals).await?;
        let manifest = &archive.manifest;
        let source = DatabaseSource::open(&app.config, IfMissing::Create).await;
        let source = source.map_err(|error| no_source(&error))?;
        let tell = |what: &str| app.terminal.message(&format!("{what}\n"));
        let former = if self.replace { FormerDatabase::Rename } else { FormerDatabase::Refuse };
        let options = RestoreOptions { former, now: Timestamp::now() };
        let restored = restore(&app.config, &source, &archive, options, signals.next(), &tell).await;
        source.close().await;
        let restored = restored.map_err(|error| failed(&error))?;
        let action = Action::Restore {
            file: std::path::absolute(&self.file).unwrap_or_else(|_| self.file.clone()).display().to_string(),
            sha256: archive.sha256.clone(),
            former: restored.former.clone(),
        };
        record::record(app, &Actor::new(admin, Origin::Cli), action, None).await;
        if app.options.json {
            app.terminal.data(&json::document(&RestoredBackup {
                file: &self.file,
                sha256: &archive.sha256,
                former: restored.former.as_deref(),
                files: &restored.files,
                kept: restored.kept.iter().map(|kept| kept.path.as_path()).collect(),
                failed: &restored.failed,
                not_restored: &restored.not_restored,
                manifest,
            }));
        } else {
            app.terminal.data(&self.told(&restored));
        }
        if restored.failed.is_empty() {
            return Ok(Exit::Done);
        }
        let told = "the database was restored, and not all files of the state directory";
        let failure = Failure::new(Exit::Failed, told).code(CommandCode::FilesNotWritable);
        let failure = restored.failed.iter().fold(failure, |failure, one| failure.detail(one.clone()));
        failure.print(&app.terminal);
        Ok(Exit::Failed)
    }

    /// Unpacks the backup, until somebody wishes an end.
    async fn unpacked(&self, near: &Path, signals: &mut Signals) -> Result<Archive, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let (file, near, stopped) = (self.file.clone(), near.to_owned(), Arc::clone(&stop));
        let mut unpacking = tokio::task::spawn_blocking(move || Archive::open(&file, &near, &stopped));
        let unpacked = tokio::select! {
            unpacked = &mut unpacking => unpacked,
            by = signals.next() => {
                stop.store(true, Ordering::Relaxed);
                // What was unpacked goes with it.
                drop(unpacking.await);
                return Err(failed(&BackupError::Stopped(by)));
            }
        };
        let unpacked = unpacked.map_err(|error| {
            Failure::new(Exit::Failed, "the backup could not be unpacked").because(&error)
        })?;
        unpacked.map_err(|error| failed(&error))
    }

    fn told(&self, restored: &Restored) -> String {
        let mut told = format!("{} was restored, and is what was saved\n", self.file.display());
        if let Some(former) = &restored.former {
            told += &format!("The database that was there is called {former} now\n");
        }
        for what in &restored.not_restored {
            told += &format!("Not as it was: {}\n", text::clean(what));
        }
        for path in &restored.files {
            told += &format!("Written: {}\n", path.display());
        }
        for KeptFile { path, saved } in &restored.kept {
            let (path, file) = (path.display(), self.file.display());
            told += &format!("Left as it is: {path}; the backup's: tar -xOf {file} {saved}\n");
        }
        told += "Look at it with `tenon check`, and heal once: `tenon heal` makes the plugins' login roles right\n";
        told
    }
}
