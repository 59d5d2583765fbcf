use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use tenon_migrations_core::lock::Lock as LockFile;
use tenon_migrations_core::migration::{Checksum, PluginId};

use super::super::app::App;
use super::super::documents::PluginDiff;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use super::lock::not_proved;
use crate::author::diff::{self, DiffError, DraftRequest, DraftedMigration, LeftDifference, RenameChoice};
use crate::author::folder::{FolderError, MigrationFolder, next_filename};
use crate::heal::prove::{ProveError, Proving};
use crate::report::json;
use crate::report::text::counted;
use crate::scratch::made_by::MadeByError;
use crate::support::command_code::CommandCode;

/// Write a plugin's next migration, from what its descriptors say and its migrations do not make yet
///
/// Runs the migrations of the plugin and of those that it requires in a database made for this and dropped
/// again, writes the SQL that makes of it what the descriptors say, and proves the plugin with it. What a
/// statement costs, and what only data can decide, stands in comments above it. Where that leaves a gap for
/// rows of an earlier migration, it can be proved only once you have filled it. Without --write the SQL is
/// printed. No file that is there is overwritten. Needs a role that may create databases.
///
/// What may have been renamed is asked on a terminal. Elsewhere it is removed and made, and a comment names
/// the --rename that keeps what is in it.
///
/// Exits with 0 when there is nothing to write or it was written, 2 when there is and it was only printed, 1
/// when not all of it can be written, 5 when the library was built before the folder's last change.
#[derive(Debug, Args)]
#[command(
    after_help = "For example:\n  tenon plugin diff inventory --write 'add a reorder level' --rename inventory.item.qty=quantity"
)]
pub(crate) struct Diff {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,

    /// Write it to the folder, under the next number and this title
    #[arg(long, value_name = "TITLE")]
    write: Option<String>,

    /// The folder of the plugin's migrations
    #[arg(long, value_name = "FOLDER", default_value = "migrations")]
    dir: PathBuf,

    /// Say what was renamed, as `schema.table.column=name`, `schema.table=name` or `schema.enum.label=label`;
    /// repeat it for more
    ///
    /// Names may be shorter as long as they are unambiguous.
    #[arg(long = "rename", value_name = "OLD=NEW")]
    renames: Vec<RenameChoice>,

    /// The plugin's lock file, by which it is known which migrations were changed since
    #[arg(long, value_name = "FILE", default_value = "tenon.lock")]
    lock: PathBuf,
}

impl Diff {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        if let Some(title) = self.write.as_deref().filter(|title| title.trim_start().starts_with("tenon:")) {
            let heading =
                format!("{title:?} is no title: lines that begin with `tenon:` say something to the host");
            return Err(Failure::new(Exit::Usage, heading));
        }
        let started = Started::open_making(app).await?;
        let diffed = self.diffed(&started, app).await;
        started.stop().await;
        diffed
    }

    async fn diffed(&self, started: &Started, app: &App) -> Result<Exit, Failure> {
        let id = &self.plugin;
        let failed = |error: ProveError| not_proved(id, &error);
        let proving = started.host.proving(id).map_err(failed)?;
        let plugin = proving.registry.plugins.get(id);
        let files = &plugin.ok_or_else(|| failed(MadeByError::NoPlugin(id.clone()).into()))?.files;
        let folder = self.folder(files)?;
        let mut warnings: Vec<_> = folder.iter().flat_map(|folder| folder.warnings(files)).collect();
        warnings.extend(self.changed_since_locked(files));
        for warning in warnings.iter().filter(|_| !app.options.json) {
            app.terminal.error(&format!("warning: {warning}\n"));
        }
        let of_plugin = format!("What the descriptors of {id} say beyond its migrations");
        let filename = next_filename(self.write.as_deref().unwrap_or("diff"), files, folder.as_ref());
        let filename = filename.map_err(|error| in_folder(&error))?;
        let title = self.write.as_deref().unwrap_or(&of_plugin);
        let draft = self.drafted(proving, title, &filename, app).await?;
        let written = match (&draft, folder.filter(|_| self.write.is_some())) {
            (Some(draft), Some(folder)) => {
                let written = folder.write(&draft.filename, &draft.sql);
                Some(written.map_err(|error| in_folder(&error))?)
            }
            _ => None,
        };
        if app.options.json {
            let (migration, file) = (draft.as_ref(), written.as_deref());
            let value = PluginDiff { plugin: id, migration, file, warnings: &warnings };
            app.terminal.data(&json::line(&value));
        }
        let Some(draft) = draft else {
            app.terminal.message(&format!(
                "There is nothing to write: the migrations of {id} make what it declares\n"
            ));
            return Ok(Exit::Done);
        };
        if let Some(path) = &written {
            let path = path.display();
            app.terminal.message(&if draft.proved {
                format!("{path} is written and proved. Read it, build the plugin, then `tenon plugin lock {id}`\n")
            } else {
                format!(
                    "{path} is written, and not proved: rows of an earlier migration wait for what you say in its gaps. \
                     Fill them, build the plugin, then `tenon plugin lock {id}`\n"
                )
            });
        } else if !app.options.json {
            app.terminal.data(&draft.sql);
        }
        self.tell(&draft, app);
        Ok(if written.is_some() { Exit::Done } else { Exit::OutOfStep })
    }

    /// The folder, unless nothing is to be written and it is not there.
    fn folder(&self, built: &BTreeMap<String, Checksum>) -> Result<Option<MigrationFolder>, Failure> {
        if self.write.is_none() && !self.dir.exists() {
            return Ok(None);
        }
        let folder = MigrationFolder::read(&self.dir).map_err(|error| in_folder(&error))?;
        let unbuilt = folder.unbuilt(built);
        if unbuilt.is_empty() {
            return Ok(Some(folder));
        }
        let (id, files) = (&self.plugin, unbuilt.join(", "));
        let heading =
            format!("the library of {id} does not have {files} as the folder {} does", self.dir.display());
        Err(Failure::refused(CommandCode::NotBuilt, heading)
            .hint("build the plugin first, into the plugin directory; or name its own folder with --dir"))
    }

    /// The migrations that are not what they were when the plugin was locked.
    fn changed_since_locked(&self, built: &BTreeMap<String, Checksum>) -> Vec<String> {
        let text = std::fs::read_to_string(&self.lock).unwrap_or_default();
        let former = serde_json::from_str::<LockFile>(&text).ok().filter(|lock| lock.plugin == self.plugin);
        let lock = self.lock.display();
        let locked = former.iter().flat_map(|lock| &lock.migrations);
        let told = locked.filter_map(|(name, checksum)| match built.get(name) {
            None => Some(format!("{name} is in {lock} and is gone: where it was applied a heal is refused")),
            Some(now) if now != checksum => Some(format!(
                "{name} was changed since {lock} was written: where it was applied a heal is refused"
            )),
            Some(_) => None,
        });
        told.collect()
    }

    /// The migration, once it is known what was renamed.
    async fn drafted(
        &self,
        proving: Proving<'_>,
        title: &str,
        filename: &str,
        app: &App,
    ) -> Result<Option<DraftedMigration>, Failure> {
        let asks = app.terminal.interactive() && !app.options.json;
        let (mut renames, mut asked) = (self.renames.clone(), Vec::new());
        loop {
            let drafted = diff::draft(proving, DraftRequest { title, filename, renames: &renames }).await;
            let possible: Vec<RenameChoice> = match &drafted {
                Ok(Some(draft)) => draft.renames.clone(),
                Err(DiffError::Left(left)) => left.iter().filter_map(|one| one.rename.clone()).collect(),
                _ => Vec::new(),
            };
            let mut again = false;
            for choice in possible.into_iter().filter(|_| asks) {
                if asked.contains(&choice) {
                    continue;
                }
                let question = format!("Was {} renamed to {}?", choice.from, choice.to);
                let answer = app.terminal.ask(&question).map_err(|error| {
                    Failure::new(Exit::Failed, "the answer could not be read").because(&error)
                })?;
                asked.push(choice.clone());
                if answer {
                    renames.push(choice);
                    again = true;
                }
            }
            if !again {
                return drafted.map_err(|error| self.not_drafted(&error));
            }
        }
    }

    fn not_drafted(&self, error: &DiffError) -> Failure {
        let id = &self.plugin;
        match error {
            DiffError::Prove(error) => not_proved(id, error),
            DiffError::Rename(_) => Failure::of(Exit::Usage, error),
            DiffError::Left(left) => {
                let count = counted(left.len(), "difference");
                let heading = format!("{count} of {id} cannot be written as SQL; nothing was written");
                Failure::new(Exit::Failed, heading)
                    .code(CommandCode::NotDrafted)
                    .parts(left.iter().map(|one| self.left(one)))
            }
            DiffError::Statement(_) => Failure::of(Exit::Failed, error).code(CommandCode::NotDrafted).hint(
                "nothing was written; write this part of the migration by hand, and build the plugin with it",
            ),
        }
    }

    fn left(&self, left: &LeftDifference) -> Failure {
        let failure = Failure::new(Exit::Failed, left.told.clone());
        let failure = match &left.in_the_way {
            Some(why) => failure.detail(why.clone()),
            None => failure,
        };
        failure.hint(match &left.rename {
            Some(choice) => format!("if it was renamed, say so: `--rename {choice}`"),
            None => "write this part of the migration by hand, and build the plugin with it".to_owned(),
        })
    }

    /// What an author has to look at.
    fn tell(&self, draft: &DraftedMigration, app: &App) {
        for gap in &draft.gaps {
            app.terminal.message(&format!("{gap}: say in the migration what the rows that are there get\n"));
        }
        for choice in &draft.renames {
            app.terminal.message(&format!(
                "{} goes with what is in it; if it was renamed: `--rename {choice}`\n",
                choice.from
            ));
        }
    }
}

fn in_folder(error: &FolderError) -> Failure {
    match error {
        FolderError::Read { .. } => {
            Failure::of(Exit::Usage, error).hint("name the folder of the plugin's migrations with --dir")
        }
        FolderError::Title(_) => Failure::of(Exit::Usage, error),
        FolderError::Exists(_) => Failure::of(Exit::Failed, error).code(CommandCode::FileExists),
        FolderError::Write { .. } => Failure::of(Exit::Failed, error).code(CommandCode::FileFailed),
        FolderError::Full(_) => Failure::of(Exit::Failed, error).code(CommandCode::NotDrafted),
    }
}
