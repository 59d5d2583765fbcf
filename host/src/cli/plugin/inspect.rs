use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use semver::Version;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use crate::plugin::discover::{self, Discovered, discover};
use crate::plugin::faults::Quarantine;
use crate::plugin::inspect::{Facts, Inspection, InspectionPolicy, PluginSet};
use crate::report::{json, text};
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;

/// Show what plugins' files say, and whether they could be loaded, without running them
///
/// Each problem has a code, its cause and its remedy on one line. Works on files that the host would refuse,
/// and on those for other systems. Of a directory it also says which plugins lack what they require; of
/// single files only whether they could be loaded by themselves.
///
/// Exits with 0 when all could be loaded, and with 1 when some would be refused.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Files, or directories of them; by default the plugin directories
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,

    /// Tell at length what each code means, why it counts and how to mend it
    #[arg(long)]
    explain: bool,

    /// Say what another host could load, before an upgrade: the path of its program, or a version that this
    /// one knows
    #[arg(long, value_name = "PROGRAM|VERSION")]
    against: Option<String>,
}

impl Inspect {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let mut policy = InspectionPolicy::of(&app.config);
        if let Some(host) = &self.against {
            policy.facts = facts_of(host)?;
        }
        let paths = if self.paths.is_empty() { &app.config.plugin_dirs } else { &self.paths };
        let (directories, files): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path.is_dir());
        let company = if files.is_empty() { PluginSet::Whole } else { PluginSet::Part };
        let Discovered { files: mut found, troubles } = discover(&directories);
        found.extend(files.into_iter().map(discover::one));
        let mut inspection = Inspection::of(&found, &policy, company);
        if self.against.is_none() {
            let quarantine = Quarantine::in_dir(&app.config.state_dir);
            if let Err(error) = quarantine.take_up() {
                app.terminal.message(&format!("What ended a host may be missing: {}\n", chain(&error)));
            }
            for file in &mut inspection.files {
                let obstacle = file.sha256.and_then(|sha256| quarantine.obstacle(&sha256));
                file.problems.splice(..0, obstacle);
            }
        }
        app.terminal.data(&if app.options.json {
            json::whole(&inspection)
        } else {
            text::inspection(&inspection, self.explain, app.terminal.out())
        });
        if let Some(trouble) = troubles.first() {
            return Err(Failure::of(Exit::Failed, trouble));
        }
        if found.is_empty() {
            let directories = directories.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
            app.terminal.message(&format!("There is no plugin (*.so) in {}\n", directories.join(" and ")));
        }
        Ok(if inspection.refused() == 0 { Exit::Done } else { Exit::Failed })
    }
}

/// What a host of that version, or the program at that path, can load.
fn facts_of(host: &str) -> Result<Facts, Failure> {
    if let Ok(version) = host.parse::<Version>() {
        return Facts::of_version(&version).map_err(|error| {
            Failure::refused_by(CommandCode::UnknownVersion, &error)
                .hint("give the path of that version's program instead: --against /path/to/tenon")
        });
    }
    let failed = |heading: String| {
        Failure::refused(CommandCode::NotAHost, heading)
            .hint("a program of Tenon says what it is with `tenon about --json`")
    };
    let program = Path::new(host);
    let output = Command::new(program)
        .args(["about", "--json"])
        .output()
        .map_err(|error| failed(format!("{host} cannot be run")).because(&error))?;
    if !output.status.success() {
        return Err(failed(format!("{host} does not say what it is: {}", output.status))
            .detail(text::clean(String::from_utf8_lossy(&output.stderr).trim())));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| failed(format!("{host} does not say what it is")).because(&error))
}
