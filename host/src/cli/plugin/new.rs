use std::path::{Path, PathBuf};

use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::documents::WrittenPlugin;
use super::super::exit::Exit;
use super::super::failure::Failure;
use crate::author::scaffold::{Requirement, Scaffold, ScaffoldError};
use crate::author::sdk::{self, Sdk};
use crate::author::table::TableSpec;
use crate::plugin::discover::{Discovered, discover};
use crate::plugin::inspect::{InspectionPolicy, examine};
use crate::report::json;
use crate::support::command_code::CommandCode;

/// Write the crate of a new plugin: tables, the first migration, routes, tests
///
/// The crate builds as it is, passes its own tests and can be loaded. Its migration, its entities and its
/// routes say the same of each table, which has a number, the given columns, and the time when a row was
/// made. Nothing that is there already is overwritten.
#[derive(Debug, Args)]
#[command(
    after_help = "For example:\n  tenon plugin new notes --table 'note(title text, body text?)' --requires identity"
)]
pub(crate) struct New {
    /// The plugin's name: of its crate and, with _ for -, its id and its schema
    #[arg(value_name = "NAME")]
    name: String,

    /// Put the crate into this folder; by default one of its name
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,

    /// A table, as `name(column type, column type?)`, where ? lets it be NULL; repeat it for more
    ///
    /// Without columns it has `name text`; without any table there is one called item. Types: text, boolean,
    /// smallint, integer, bigint, real, double precision, numeric, timestamptz, date, uuid, jsonb, bytea.
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<TableSpec>,

    /// A plugin that it requires, as `id` or `id@^1.2`; repeat it for more
    ///
    /// Without versions those are taken that work with the one in the plugin directory, or any.
    #[arg(long = "requires", value_name = "ID")]
    requires: Vec<String>,

    #[command(flatten)]
    sdk: SdkOptions,
}

/// The SDK that a new crate is built with.
#[derive(Debug, Args)]
pub(super) struct SdkOptions {
    /// The folder of the SDK's crates; by default the one that came with this program
    #[arg(long, value_name = "FOLDER", conflicts_with = "registry")]
    sdk: Option<PathBuf>,

    /// Name the SDK by its version alone, as cargo's registry has it
    #[arg(long)]
    registry: bool,
}

impl New {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let sdk = self.sdk.sdk()?;
        let requires = self.requires.iter().map(|text| requirement(text, app)).collect::<Result<_, _>>()?;
        let tables = if self.tables.is_empty() { vec![item()?] } else { self.tables };
        let folder = self.path.unwrap_or_else(|| PathBuf::from(&self.name));
        let plugin =
            Scaffold::new(&self.name, tables, requires, sdk.clone()).map_err(|error| refused(&error))?;
        let files = plugin.write(&folder).map_err(|error| refused(&error))?;
        if app.options.json {
            let files = files.iter().map(PathBuf::as_path).collect();
            let value = WrittenPlugin { plugin: plugin.id(), folder: &folder, files };
            app.terminal.data(&json::line(&value));
            return Ok(Exit::Done);
        }
        let place = folder.display();
        let listed: String = files.iter().map(|file| format!("  {place}/{}\n", file.display())).collect();
        app.terminal.data(&listed);
        let (id, of) = (plugin.id(), sdk_told(sdk.as_ref()));
        app.terminal.message(&format!(
            "The plugin {id} is in {place}, {of}. Next:\n\n  cd {place}\n  cargo test\n  cargo build\n  \
             tenon plugin lock {id} --plugin-dir target/debug\n"
        ));
        Ok(Exit::Done)
    }
}

impl SdkOptions {
    pub(super) fn sdk(&self) -> Result<Option<Sdk>, Failure> {
        if self.registry {
            return Ok(None);
        }
        if let Some(folder) = &self.sdk {
            let folder = folder.canonicalize().map_err(|error| {
                let heading = format!("the SDK in {} cannot be read", folder.display());
                Failure::new(Exit::Usage, heading).because(&error)
            })?;
            let found = Sdk::at(&folder).map_err(|error| {
                Failure::of(Exit::Usage, &error).hint(
                    "name the folder into which the SDK's packages were unpacked, or a checkout of Tenon",
                )
            })?;
            return Ok(Some(found));
        }
        Ok(std::env::current_exe().ok().as_deref().and_then(Sdk::beside))
    }
}

fn item() -> Result<TableSpec, Failure> {
    "item".parse().map_err(|error| Failure::of(Exit::Failed, &error))
}

fn sdk_told(sdk: Option<&Sdk>) -> String {
    let version = sdk::VERSION;
    match sdk {
        Some(_) => format!("with the SDK {version} that came with this program"),
        None => format!("with the SDK {version} of cargo's registry"),
    }
}

/// `identity@^1.1`, or `identity`, which is looked for in the plugin directories.
fn requirement(text: &str, app: &App) -> Result<Requirement, Failure> {
    let usage = |error: &dyn std::error::Error| {
        let heading = format!("--requires {text}: write it as `identity` or as `identity@^1.1`");
        Failure::new(Exit::Usage, heading).because(error)
    };
    let (id, versions) = match text.split_once('@') {
        Some((id, versions)) => (id, Some(versions.parse().map_err(|error: semver::Error| usage(&error))?)),
        None => (text, None),
    };
    let id: PluginId = id.parse().map_err(|error| usage(&error))?;
    let versions = versions.or_else(|| installed(&id, app)).unwrap_or(semver::VersionReq::STAR);
    Ok(Requirement { id, versions })
}

/// The versions that work where the installed one does.
fn installed(id: &PluginId, app: &App) -> Option<semver::VersionReq> {
    let Discovered { files, .. } = discover(&app.config.plugin_dirs);
    let terms = InspectionPolicy::of(&app.config);
    let said = files.iter().filter_map(|found| examine(found, &terms).manifest);
    let version = said.into_iter().find(|manifest| manifest.id == id.as_str())?.version;
    let version: semver::Version = version.to_string().parse().ok()?;
    format!("^{}.{}", version.major, version.minor).parse().ok()
}

pub(super) fn refused(error: &ScaffoldError) -> Failure {
    match error {
        ScaffoldError::Exists(folder) => {
            Failure::of(Exit::Failed, error).code(CommandCode::FileExists).hint(elsewhere(folder))
        }
        ScaffoldError::Write { .. } => Failure::of(Exit::Failed, error).code(CommandCode::FileFailed),
        error => Failure::of(if is_of_usage(error) { Exit::Usage } else { Exit::Failed }, error),
    }
}

fn elsewhere(folder: &Path) -> String {
    format!("nothing was written; take a folder that is not {} with --path FOLDER", folder.display())
}

fn is_of_usage(error: &ScaffoldError) -> bool {
    !matches!(error, ScaffoldError::Exists(_) | ScaffoldError::Write { .. } | ScaffoldError::Render(_))
}
