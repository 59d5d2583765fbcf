use std::path::{Path, PathBuf};

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
use super::start::no_source;
use crate::audit::{Action, Actor, Origin};
use crate::database::connect::install_crypto_provider;
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::host::backup::{Archive, BackupManifest, FormerDatabase, RestoreOptions, restore};
use crate::report::{json, text};

/// Make the database of a backup: in an empty database, or beside the one that is there
///
/// Refused while a host runs on the database. An empty managed database is made where there is none. What is
/// restored is held against the backup, and if it is not the same, nothing has changed. With --replace the
/// database that is there keeps its contents under another name; so do files of the state directory.
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
    kept: &'a [PathBuf],
    manifest: &'a BackupManifest,
}

impl Restore {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        install_crypto_provider();
        let hint = "say `tenon restore FILE --yes` where there is no terminal";
        let admin = self.confirmation.admin(hint, app)?;
        let near = &app.config.state_dir;
        let archive = Archive::open(&self.file, near).map_err(|error| failed(&error))?;
        let manifest = &archive.manifest;
        let about = format!(
            "Restore {} of {} (PostgreSQL {}, {}) as {admin}?",
            manifest.database,
            manifest.created_at.strftime("%Y-%m-%d %H:%MZ"),
            manifest.contents.server_major,
            text::counted(manifest.contents.tables.len(), "table"),
        );
        self.confirmation.agree(&about, "restored", app)?;
        let source = DatabaseSource::open(&app.config, IfMissing::Create).await;
        let source = source.map_err(|error| no_source(&error))?;
        let tell = |what: &str| app.terminal.message(&format!("{what}\n"));
        let former = if self.replace { FormerDatabase::Rename } else { FormerDatabase::Refuse };
        let options = RestoreOptions { former, now: Timestamp::now() };
        let restored = restore(&app.config, &source, &archive, options, &tell).await;
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
                kept: &restored.kept,
                manifest,
            }));
            return Ok(Exit::Done);
        }
        let mut told = format!("{} was restored, and is what was saved\n", self.file.display());
        if let Some(former) = &restored.former {
            told += &format!("The database that was there is called {former} now\n");
        }
        for path in &restored.files {
            told += &format!("Written: {}\n", path.display());
        }
        for path in &restored.kept {
            told += &format!("Left as it is: {}\n", path.display());
        }
        told += "Look at it with `tenon check`, and heal once: `tenon heal` makes the plugins' login roles right\n";
        app.terminal.data(&told);
        Ok(Exit::Done)
    }
}
