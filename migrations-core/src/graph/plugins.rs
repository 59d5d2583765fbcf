//! The order of plugins, and which of them can be used at all.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::cycles::cycles;
use super::kahn::{Requires, sort};
use super::problem::PluginProblem;
use crate::migration::{PluginId, PluginInfo};

/// The plugins that can be used, and those that cannot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginResolution {
    /// The usable plugins, each after the ones it requires, the smallest id first.
    pub usable: Vec<PluginId>,
    /// The plugins that cannot be used, each with every reason, by id.
    pub out: Vec<(PluginId, Vec<PluginProblem>)>,
}

/// Finds the plugins whose requirements are met.
///
/// `host` is the version of the host, which a plugin may require as `core`. `unusable` are plugins that are
/// there but were found unusable before, such as those that could not be loaded.
pub fn resolve(plugins: &[PluginInfo], host: &Version, unusable: &BTreeSet<PluginId>) -> PluginResolution {
    let mut by_id: BTreeMap<&PluginId, &PluginInfo> = BTreeMap::new();
    let mut out: BTreeMap<PluginId, Vec<PluginProblem>> = BTreeMap::new();
    let mut add = |id: &PluginId, problem: PluginProblem| {
        let problems = out.entry(id.clone()).or_default();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    for plugin in plugins {
        if plugin.id.is_core() {
            add(&plugin.id, PluginProblem::ReservedId { id: plugin.id.clone() });
        } else if by_id.insert(&plugin.id, plugin).is_some() {
            add(&plugin.id, PluginProblem::DuplicateId { id: plugin.id.clone() });
        }
    }
    for plugin in by_id.values() {
        for problem in unmet(plugin, &by_id, host, unusable) {
            add(&plugin.id, problem);
        }
    }
    let ids: Vec<&PluginId> = by_id.keys().copied().collect();
    let requires = numbered(&ids, &by_id);
    let sorted = sort(&requires);
    for cycle in cycles(&requires, &sorted.left) {
        let path: Vec<PluginId> = cycle.path.iter().map(|&node| ids[node].clone()).collect();
        for &member in &cycle.members {
            add(ids[member], PluginProblem::RequirementCycle { cycle: path.clone() });
        }
    }
    // Who only calls itself core takes nobody out: the host is still there.
    let gone: BTreeSet<PluginId> = out.keys().filter(|id| !id.is_core()).cloned().collect();
    for (plugin, unusable) in close_over_requirers(plugins, &gone) {
        // Members of one cycle require each other; saying so once is enough.
        let problems = out.entry(plugin).or_default();
        if !problems.iter().any(|problem| in_circle(problem, &unusable)) {
            problems.push(PluginProblem::RequiresUnusable { plugin: unusable });
        }
    }
    let usable =
        sorted.order.into_iter().map(|node| ids[node]).filter(|id| !out.contains_key(*id)).cloned().collect();
    PluginResolution { usable, out: out.into_iter().collect() }
}

fn in_circle(problem: &PluginProblem, id: &PluginId) -> bool {
    matches!(problem, PluginProblem::RequirementCycle { cycle } if cycle.contains(id))
}

/// The requirements of one plugin that are not met by what is there.
fn unmet(
    plugin: &PluginInfo,
    by_id: &BTreeMap<&PluginId, &PluginInfo>,
    host: &Version,
    unusable: &BTreeSet<PluginId>,
) -> Vec<PluginProblem> {
    let mut problems = Vec::new();
    for (id, range) in &plugin.requires {
        let found = if id.is_core() { Some(host) } else { by_id.get(id).map(|found| &found.version) };
        match found {
            _ if unusable.contains(id) => {
                problems.push(PluginProblem::RequiresUnusable { plugin: id.clone() });
            }
            None => {
                problems.push(PluginProblem::MissingRequirement { plugin: id.clone(), range: range.clone() });
            }
            Some(found) if !range.matches(found) => problems.push(PluginProblem::UnsatisfiedRequirement {
                plugin: id.clone(),
                range: range.clone(),
                found: found.clone(),
            }),
            Some(_) => {}
        }
    }
    problems
}

/// The requirements as numbers: places in `ids`, which are sorted.
fn numbered(ids: &[&PluginId], by_id: &BTreeMap<&PluginId, &PluginInfo>) -> Requires {
    let find = |wanted: &PluginId| ids.binary_search(&wanted).ok();
    by_id.values().map(|plugin| plugin.requires.keys().filter_map(find).collect()).collect()
}

/// The plugins that require one of `gone`, over any number of steps, each with every such requirement, in
/// the order of the ids.
pub(super) fn close_over_requirers(
    plugins: &[PluginInfo],
    gone: &BTreeSet<PluginId>,
) -> Vec<(PluginId, PluginId)> {
    let mut required_by: BTreeMap<&PluginId, Vec<&PluginId>> = BTreeMap::new();
    for plugin in plugins {
        for wanted in plugin.requires.keys() {
            required_by.entry(wanted).or_default().push(&plugin.id);
        }
    }
    let mut all: BTreeSet<&PluginId> = gone.iter().collect();
    let mut queue: Vec<&PluginId> = gone.iter().collect();
    let mut found = BTreeSet::new();
    while let Some(unusable) = queue.pop() {
        for &requirer in required_by.get(unusable).into_iter().flatten() {
            found.insert((requirer.clone(), unusable.clone()));
            if all.insert(requirer) {
                queue.push(requirer);
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests;
