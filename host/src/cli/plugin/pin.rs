use std::path::PathBuf;

use clap::Args;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::record::record;
use crate::audit::{Action, Actor, Origin};
use crate::plugin::discover::{self, Discovered, discover};
use crate::plugin::inspect::{InspectionPolicy, examine};
use crate::plugin::trust::{Pins, Trust};
use crate::report::text;
use crate::support::machine;

/// Write the lock file of the plugins that are trusted
///
/// It has the sha256 of each file, as sha256sum writes it. Where plugins.trust is "pinned" no other file is
/// loaded. Without FILE all files of the plugin directories are pinned, and those that are gone are taken
/// out; with it these alone. Loads no plugin; look at the files first, with `tenon plugin inspect`.
///
/// Exits with 0 when it is done, and with --check with 2 when the lock file is not what it would write.
#[derive(Debug, Args)]
pub(crate) struct Pin {
    /// The files to pin; by default all of the plugin directories
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write nothing; only say what would change
    #[arg(long)]
    check: bool,

    /// Record this person as the administrator who says so
    ///
    /// The default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Pin {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let lock_file = &app.config.plugins.lock_file;
        let failed = |error: &dyn std::error::Error| Failure::of(Exit::Failed, error);
        let former = Pins::read_if_there(lock_file).map_err(|error| failed(&error))?;
        let (mut pins, found) = if self.files.is_empty() {
            let Discovered { files, troubles } = discover(&app.config.plugin_dirs);
            if let Some(trouble) = troubles.first() {
                return Err(failed(trouble));
            }
            (Pins::default(), files)
        } else {
            (former.clone(), self.files.into_iter().map(discover::one).collect())
        };
        let policy = InspectionPolicy { trust: Trust::Open, ..InspectionPolicy::of(&app.config) };
        for found in found {
            let examined = examine(&found, &policy);
            if let Some(sha256) = examined.sha256 {
                pins.pin(&found.path, sha256);
            } else if let Some(problem) = examined.problems.first() {
                let heading = format!("{} cannot be pinned: {problem}", found.path.display());
                return Err(Failure::new(Exit::Failed, heading).code(problem.code).hint(&problem.remedy));
            }
        }
        let changes = pins.since(&former);
        let told: String = changes.iter().map(|change| format!("{change}\n")).collect();
        app.terminal.data(&text::clean(&told));
        let lock = lock_file.display();
        if self.check {
            return Ok(if changes.is_empty() {
                app.terminal.message(&format!("{lock} is up to date\n"));
                Exit::Done
            } else {
                app.terminal.error(&format!("{lock} is out of date; `tenon plugin pin` writes it\n"));
                Exit::OutOfStep
            });
        }
        pins.write(lock_file).map_err(|error| failed(&error))?;
        // Where no host has ever run, for instance while an image is built, there is no log to tell.
        if app.config.state_dir.exists() {
            let by = Actor::new(self.admin.unwrap_or_else(machine::user_name), Origin::Cli);
            let changes = changes.iter().map(ToString::to_string).collect();
            record(app, &by, Action::Pin { lock_file: lock.to_string(), changes }, None).await;
        }
        app.terminal.message(&format!("{lock} is written\n"));
        Ok(Exit::Done)
    }
}
