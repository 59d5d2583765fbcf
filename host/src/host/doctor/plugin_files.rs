//! The plugin directories, as `tenon plugin inspect` sees them: no code of a plugin is run.

use std::collections::BTreeSet;

use tenon_migrations_core::migration::PluginId;

use crate::config::Config;
use crate::plugin::discover::{Discovered, discover};
use crate::plugin::faults::Quarantine;
use crate::plugin::inspect::{Inspection, InspectionPolicy, PluginSet};
use crate::plugin::routes::Routes;
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "plugins";

/// What is known of the plugin directories.
pub(super) struct PluginFiles {
    pub(super) lines: Vec<DoctorLine>,
    /// The routes that answer callers alone whom the host knows: `notes GET /note`.
    pub(super) closed: Vec<String>,
    /// The ids of all plugins that can be read, also of such as are refused.
    pub(super) ids: BTreeSet<PluginId>,
}

pub(super) fn look(config: &Config) -> PluginFiles {
    let Discovered { files, troubles } = discover(&config.plugin_dirs);
    let missing = |trouble| {
        let remedy = "make the directory, or name another with --plugin-dir or plugin_dir";
        DoctorLine::problem(TOPIC, format!("{trouble}"), remedy)
    };
    let mut lines: Vec<_> = troubles.iter().map(missing).collect();
    let mut inspection = Inspection::of(&files, &InspectionPolicy::of(config), PluginSet::Whole);
    let quarantine = Quarantine::in_dir(&config.state_dir);
    for file in &mut inspection.files {
        let obstacle = file.sha256.and_then(|sha256| quarantine.obstacle(&sha256));
        file.problems.splice(..0, obstacle);
    }
    for file in &inspection.files {
        for problem in file.problems.iter().filter(|problem| problem.is_refusal()) {
            let told = format!("{} is refused ({}): {}", file.file.display(), problem.code, problem.reason);
            lines.push(DoctorLine::problem(TOPIC, told, problem.remedy.clone()));
        }
    }
    let (all, refused) = (inspection.files.len(), inspection.refused());
    if all == 0 && troubles.is_empty() {
        let told = format!("there is no plugin (*.so) in {}", config.plugin_dirs_told());
        lines.push(DoctorLine::warning(TOPIC, told, "copy the plugins there"));
    } else if all > refused {
        let told =
            format!("{} of {all} files in {} could be loaded", all - refused, config.plugin_dirs_told());
        lines.push(DoctorLine::ok(TOPIC, told));
    }
    let manifests = || inspection.files.iter().filter_map(|file| file.manifest.as_ref());
    let closed = manifests().flat_map(|manifest| {
        let routes = Routes::of(manifest).unwrap_or_default();
        routes.closed().map(|route| format!("{} {route}", manifest.id)).collect::<Vec<_>>()
    });
    let ids = manifests().filter_map(|manifest| manifest.id.parse().ok()).collect();
    PluginFiles { lines, closed: closed.collect(), ids }
}
