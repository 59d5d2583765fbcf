//! The order of migrations.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::names::migration_number;

use super::cycles::cycles;
use super::kahn::{Requires, sort};
use super::plugins::close_over_requirers;
use super::problem::{GraphProblem, PluginProblem, RegistryProblem};
use crate::migration::{MigrationId, PluginId, PluginInfo, PluginMigration};

/// Orders all migrations.
///
/// # Errors
///
/// Every problem of the graph, sorted.
pub fn order<'a, 'p>(
    plugins: impl IntoIterator<Item = &'p PluginInfo>,
    migrations: impl IntoIterator<Item = &'a PluginMigration>,
) -> Result<Vec<&'a PluginMigration>, Vec<GraphProblem>> {
    let required: BTreeMap<&PluginId, &PluginInfo> =
        plugins.into_iter().map(|plugin| (&plugin.id, plugin)).collect();
    let mut sorted: Vec<&PluginMigration> = migrations.into_iter().collect();
    sorted.sort_by(|a, b| (&a.id, &a.requires).cmp(&(&b.id, &b.requires)));
    let mut problems = duplicates(&sorted);
    sorted.dedup_by(|a, b| a.id == b.id);

    let mut requires = requirements(&required, &sorted, &mut problems);
    let put_first = put_first(&required, &sorted, &mut problems);
    for &(first, second) in &put_first {
        requires[second].push(first);
    }
    let result = sort(&requires);
    for cycle in cycles(&requires, &result.left) {
        let id = |node: usize| sorted[node].id.clone();
        let on_it = |node: &usize| cycle.members.contains(node);
        // Whoever says that he comes before another does not put that one out.
        let said = put_first.iter().filter(|(first, second)| on_it(first) && on_it(second));
        let said: BTreeSet<_> = said.map(|(first, _)| sorted[*first].id.plugin.clone()).collect();
        let members = || cycle.members.iter().map(|node| sorted[*node].id.plugin.clone()).collect();
        problems.push(GraphProblem::Cycle {
            plugins: if said.is_empty() { members() } else { said },
            cycle: cycle.path.into_iter().map(id).collect(),
        });
    }
    if problems.is_empty() {
        return Ok(result.order.into_iter().map(|node| sorted[node]).collect());
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

/// Two files of one name, or of one number. `sorted` by id.
fn duplicates(sorted: &[&PluginMigration]) -> Vec<GraphProblem> {
    let mut problems = Vec::new();
    let mut numbers: BTreeMap<(&PluginId, u64), &MigrationId> = BTreeMap::new();
    for (at, migration) in sorted.iter().enumerate() {
        let id = &migration.id;
        if at > 0 && sorted[at - 1].id == *id {
            problems.push(GraphProblem::DuplicateMigration { id: id.clone() });
        } else if let Some(number) = migration_number(&id.filename) {
            match numbers.get(&(&id.plugin, number)) {
                Some(&first) => {
                    problems.push(GraphProblem::DuplicateNumber { first: first.clone(), second: id.clone() });
                }
                None => _ = numbers.insert((&id.plugin, number), id),
            }
        }
    }
    problems
}

/// What each migration requires: its predecessor, what it names, and all of core's. `sorted` by id.
fn requirements(
    plugins: &BTreeMap<&PluginId, &PluginInfo>,
    sorted: &[&PluginMigration],
    problems: &mut Vec<GraphProblem>,
) -> Requires {
    let replaced: BTreeMap<MigrationId, usize> = sorted
        .iter()
        .enumerate()
        .flat_map(|(at, migration)| migration.replaces().into_iter().map(move |id| (id, at)))
        .collect();
    let find = |id: &MigrationId| {
        let found = sorted.binary_search_by(|migration| migration.id.cmp(id)).ok();
        // What another file took the place of is required as that.
        found.or_else(|| replaced.get(id).copied())
    };
    let last_of_core = sorted.iter().rposition(|migration| migration.id.plugin.is_core());
    let mut all = Vec::with_capacity(sorted.len());
    for (at, migration) in sorted.iter().enumerate() {
        let id = &migration.id;
        let predecessor = at.checked_sub(1).filter(|&before| sorted[before].id.plugin == id.plugin);
        let mut requires: Vec<usize> = match predecessor {
            None if !id.plugin.is_core() => last_of_core.into_iter().collect(),
            _ => predecessor.into_iter().collect(),
        };
        let declared = plugins.get(&id.plugin).map(|plugin| &plugin.requires);
        for wanted in &migration.requires {
            let own = wanted.plugin == id.plugin || wanted.plugin.is_core();
            if !own && !declared.is_some_and(|declared| declared.contains_key(&wanted.plugin)) {
                problems.push(GraphProblem::UndeclaredPlugin { by: id.clone(), wanted: wanted.clone() });
            }
            match find(wanted) {
                Some(found) => requires.push(found),
                None => {
                    problems.push(GraphProblem::UnknownMigration { by: id.clone(), wanted: wanted.clone() });
                }
            }
        }
        all.push(requires);
    }
    all
}

/// The pairs of which the first says that it comes before the second. A plugin that is not there is no
/// trouble; a file that it does not have is.
fn put_first(
    plugins: &BTreeMap<&PluginId, &PluginInfo>,
    sorted: &[&PluginMigration],
    problems: &mut Vec<GraphProblem>,
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (first, migration) in sorted.iter().enumerate() {
        for wanted in migration.before() {
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(error) => {
                    let (by, why) = (migration.id.clone(), error.to_string());
                    problems.push(GraphProblem::BadBefore { by, why });
                    continue;
                }
            };
            match sorted.binary_search_by(|migration| migration.id.cmp(&wanted)) {
                Ok(second) if wanted.plugin.is_core() || wanted.plugin == migration.id.plugin => {
                    let (by, wanted) = (migration.id.clone(), sorted[second].id.clone());
                    problems.push(GraphProblem::NotBefore { by, wanted });
                }
                Ok(second) => pairs.push((first, second)),
                Err(_) if plugins.contains_key(&wanted.plugin) => {
                    problems.push(GraphProblem::UnknownSuccessor { by: migration.id.clone(), wanted });
                }
                Err(_) => {}
            }
        }
    }
    pairs
}

/// The migrations that can be ordered, and the plugins that had to be left out for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered<'a> {
    /// All migrations of all other plugins.
    pub order: Vec<&'a PluginMigration>,
    /// The plugins left out, each with every reason.
    pub out: BTreeMap<PluginId, Vec<RegistryProblem>>,
}

/// Leaves out the plugins with problems and those that require them, and orders the rest.
pub fn order_what_can_be<'a>(plugins: &[PluginInfo], migrations: &'a [PluginMigration]) -> Ordered<'a> {
    let mut out: BTreeMap<PluginId, Vec<RegistryProblem>> = BTreeMap::new();
    loop {
        let stays = |id: &PluginId| !out.contains_key(id);
        let problems = match order(
            plugins.iter().filter(|plugin| stays(&plugin.id)),
            migrations.iter().filter(|migration| stays(&migration.id.plugin)),
        ) {
            Ok(order) => return Ordered { order, out },
            Err(problems) => problems,
        };
        // One round is enough where files require only what their plugins do; the loop makes it certain,
        // and each round takes at least one plugin out.
        for problem in problems {
            for plugin in problem.plugins() {
                out.entry(plugin.clone()).or_default().push(problem.clone().into());
            }
        }
        let gone: BTreeSet<PluginId> = out.keys().cloned().collect();
        for (plugin, unusable) in close_over_requirers(plugins, &gone) {
            let problem = PluginProblem::RequiresUnusable { plugin: unusable }.into();
            let problems = out.entry(plugin).or_default();
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        if gone.iter().any(PluginId::is_core) {
            for migration in migrations {
                let because = || vec![PluginProblem::RequiresUnusable { plugin: PluginId::core() }.into()];
                out.entry(migration.id.plugin.clone()).or_insert_with(because);
            }
        }
    }
}

#[cfg(test)]
mod tests;
