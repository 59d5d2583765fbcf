//! The registry as it is once the plugin is built with the written migration.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::graph;
use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_migrations_core::ownership::Ownership;

use crate::plugin::registry::Registry;

/// The registry with some of its plugins alone, one of them with one more migration, in the place that the
/// graph gives it.
pub(super) fn extended(
    registry: &Registry,
    plugins: &BTreeSet<PluginId>,
    migration: PluginMigration,
) -> Registry {
    let kept = registry.plugins.iter().filter(|(id, _)| id.is_core() || plugins.contains(*id));
    let mut plugins: BTreeMap<_, _> = kept.map(|(id, plugin)| (id.clone(), plugin.clone())).collect();
    if let Some(plugin) = plugins.get_mut(&migration.id.plugin) {
        plugin.files.insert(migration.id.filename.clone(), migration.checksum);
        // A statement that is wrong keeps nobody from the migration that it may be waiting for.
        plugin.statements.clear();
    }
    let infos: Vec<_> = plugins.values().map(|plugin| plugin.info.clone()).collect();
    let standing = registry.migrations.iter().filter(|one| plugins.contains_key(&one.id.plugin)).cloned();
    let all: Vec<_> = standing.chain([migration]).collect();
    let migrations = graph::order_what_can_be(&infos, &all).order.into_iter().cloned().collect();
    let ownership = Ownership::new(plugins.values().map(|plugin| (&plugin.info, &plugin.claims)));
    let tolerances = registry.tolerances.clone();
    Registry { plugins, migrations, ownership, tolerances, ..Registry::default() }
}
