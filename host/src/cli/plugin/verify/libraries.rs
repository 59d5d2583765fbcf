//! The libraries that a plugin is verified with: its own, those that it requires, and its former ones.

use std::path::{Path, PathBuf};

use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::migration::PluginId;

use crate::author::built::PluginCrate;
use crate::author::verify::Version;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::Config;
use crate::host::saved_settings;
use crate::plugin::discover::{self, Found, discover};
use crate::plugin::inspect::{InspectionPolicy, examine};
use crate::plugin::register::register_files;
use crate::plugin::registry::Registry;

/// The plugin's library, and the others of the plugin directory.
#[derive(Debug)]
pub(super) struct Libraries {
    pub(super) id: PluginId,
    own: Found,
    others: Vec<Found>,
}

impl Libraries {
    /// The libraries of a plugin that is named by its id or its file, or of the crate in this folder.
    pub(super) fn find(what: Option<&str>, config: &Config) -> Result<Self, Failure> {
        let file = match what {
            None => of_this_folder()?,
            Some(text) => match text.parse::<PluginId>() {
                Ok(id) if !Path::new(text).is_file() => return Self::in_directory(id, config),
                _ => PathBuf::from(text),
            },
        };
        let own = discover::one(file);
        let id = id_of(&own, config)?;
        let others = others(&id, config);
        Ok(Self { id, own, others })
    }

    fn in_directory(id: PluginId, config: &Config) -> Result<Self, Failure> {
        let mut own = discover(&config.plugin_dirs).files;
        own.retain(|found| says(found, config).as_ref() == Some(&id));
        let others = others(&id, config);
        if own.len() > 1 {
            let files: Vec<_> = own.iter().map(|found| found.path.display().to_string()).collect();
            let heading = format!("the id {id} is claimed by {}", files.join(" and "));
            return Err(
                Failure::new(Exit::Usage, heading).hint("name the file that is meant instead of the id")
            );
        }
        match own.pop() {
            Some(own) => Ok(Self { id, own, others }),
            None => {
                let heading = format!("there is no plugin {id} in {}", config.plugin_dirs_told());
                Err(Failure::new(Exit::Usage, heading).hint("`tenon plugin list` shows those that are there"))
            }
        }
    }

    /// The version that is verified.
    pub(super) fn version(&self, config: &Config) -> Result<Version, Failure> {
        self.loaded(self.own.clone(), config)
    }

    /// A released version, loaded with the same others.
    pub(super) fn former(&self, file: &Path, config: &Config) -> Result<Version, Failure> {
        let found = discover::one(file.to_owned());
        match says(&found, config) {
            Some(id) if id != self.id => {
                let heading = format!("{} is the plugin {id}, and not {}", file.display(), self.id);
                Err(Failure::new(Exit::Failed, heading).hint("name a former library of the same plugin"))
            }
            _ => self.loaded(found, config),
        }
    }

    fn loaded(&self, own: Found, config: &Config) -> Result<Version, Failure> {
        let file = own.path.clone();
        let files = std::iter::once(own).chain(self.others.iter().cloned()).collect();
        let registry = register_files(config, &saved_settings::read_copy(config), files).registry;
        Version::of(&registry, &self.id).ok_or_else(|| out(&registry, &self.id, &file))
    }
}

/// Why it takes no part.
fn out(registry: &Registry, id: &PluginId, file: &Path) -> Failure {
    let its = registry.out.iter().filter(|out| out.id == *id || out.file == file);
    let reasons = its.flat_map(|out| &out.findings).map(|finding| {
        let failure = Failure::new(Exit::Failed, finding.message.clone()).code(finding.cause);
        match &finding.remedy {
            Some(remedy) => failure.hint(remedy.clone()),
            None => failure,
        }
    });
    Failure::new(Exit::Failed, format!("{} cannot be used as {id}", file.display()))
        .code(Cause::Unloadable)
        .parts(reasons)
}

/// The library of the crate in this folder.
fn of_this_folder() -> Result<PathBuf, Failure> {
    let built = PluginCrate::at(Path::new(".")).and_then(|one| one.built());
    built.map_err(|error| {
        Failure::of(Exit::Usage, &error).hint(
            "go to the folder of the plugin's crate and run `cargo build`, or name its id or its library",
        )
    })
}

/// The files of the plugin directory that say they are other plugins.
fn others(id: &PluginId, config: &Config) -> Vec<Found> {
    let mut files = discover(&config.plugin_dirs).files;
    files.retain(|found| says(found, config).is_some_and(|other| other != *id));
    files
}

/// The plugin that a file says it is.
fn says(found: &Found, config: &Config) -> Option<PluginId> {
    examine(found, &InspectionPolicy::of(config)).info.map(|info| info.id)
}

fn id_of(found: &Found, config: &Config) -> Result<PluginId, Failure> {
    says(found, config).ok_or_else(|| {
        let examined = examine(found, &InspectionPolicy::of(config));
        let reasons = examined.problems.iter().filter(|problem| problem.is_refusal()).map(|problem| {
            Failure::new(Exit::Failed, problem.reason.clone()).code(problem.code).hint(problem.remedy.clone())
        });
        Failure::new(Exit::Usage, format!("{} is no plugin", found.path.display())).parts(reasons)
    })
}
