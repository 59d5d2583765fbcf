//! What is told of plugins that do not take part.

use std::collections::BTreeMap;
use std::path::Path;

use tenon_migrations_core::claims;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::migration::PluginId;

use crate::plugin::problem::Problem;

pub(super) fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A refused file that says it is a plugin which another file brings.
pub(super) fn stray(id: &PluginId, file: &Path, problem: &Problem) -> Finding {
    let (file, code) = (file.display(), problem.code);
    let message = format!("{file} is refused and not served: {}", problem.reason);
    Finding::new(id, Cause::Unloadable, Severity::Warning, format!("file {file}: {code}"), message)
        .remedy(format!("{}; or remove the file", problem.remedy))
}

pub(super) fn unloadable(id: &PluginId, file: &Path, problem: &Problem) -> Finding {
    let file = name_of(file);
    let message = format!("{file}: {}", problem.reason);
    Finding::new(id, Cause::Unloadable, Severity::Breaking, format!("file {file}: {}", problem.code), message)
        .remedy(problem.remedy.clone())
}

pub(super) fn conflict_findings(
    id: &PluginId,
    files: &BTreeMap<PluginId, Vec<String>>,
    objects: &BTreeMap<claims::Claim, Vec<PluginId>>,
) -> Vec<Finding> {
    let files = files.get(id).filter(|files| files.len() > 1).map(|files| {
        let message = format!("the id {id} is claimed by {}", files.join(" and "));
        Finding::new(id, Cause::Conflict, Severity::Breaking, format!("plugin {id}"), message)
            .remedy("leave only one of the files in the plugin directory")
    });
    let objects =
        objects.iter().filter(|(_, claimants)| claimants.contains(id)).map(|(object, claimants)| {
            let mut names: Vec<_> = claimants.iter().map(PluginId::as_str).collect();
            names.dedup();
            let message = format!("{object} is claimed by {}", names.join(" and "));
            Finding::new(id, Cause::Conflict, Severity::Breaking, object.to_string(), message)
                .remedy("remove one of the plugins, or install a version that leaves the object to the other")
        });
    // Two files with one id also claim the same objects: the one reason is enough.
    match files {
        Some(finding) => vec![finding],
        None => objects.collect(),
    }
}
