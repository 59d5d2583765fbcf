//! The states in which databases may be that have an earlier version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::ownership::Ownership;
use tenon_schema::Descriptors;

use super::Version;
use crate::plugin::registry::{self, Registered, Registry};

/// A database that has the first migrations of a version, and not the others.
#[derive(Debug)]
pub struct EarlierState {
    /// The last file that is applied there.
    pub last: String,
    pub(super) version: Version,
}

/// All states in which a former version may have left a database, as far as the version itself can tell: one
/// for each of its migrations but the last.
pub fn earlier_states(version: &Version) -> Vec<EarlierState> {
    let files: Vec<_> = version.migrations().map(|migration| migration.id.filename.clone()).collect();
    let Some((_, earlier)) = files.split_last() else { return Vec::new() };
    let state = |(count, last): (usize, &String)| {
        let registry = Arc::new(cut(version, &files[..=count]));
        EarlierState { last: last.clone(), version: Version { registry, ..version.clone() } }
    };
    earlier.iter().enumerate().map(state).collect()
}

/// The registry with these plugins alone, and the host.
pub(super) fn only(registry: &Registry, plugins: &BTreeSet<PluginId>) -> Registry {
    let kept = registry.plugins.iter().filter(|(id, _)| id.is_core() || plugins.contains(*id));
    let kept: BTreeMap<_, _> = kept.map(|(id, plugin)| (id.clone(), plugin.clone())).collect();
    let migrations = registry.migrations.iter().filter(|one| kept.contains_key(&one.id.plugin));
    Registry {
        migrations: migrations.cloned().collect(),
        ownership: Ownership::new(kept.values().map(|plugin| (&plugin.info, &plugin.claims))),
        tolerances: registry.tolerances.clone(),
        plugins: kept,
        ..Registry::default()
    }
}

/// The registry as it was when the plugin had these files alone. What it declared then nobody knows, so it
/// declares nothing; what it may touch is what it may now.
fn cut(version: &Version, files: &[String]) -> Registry {
    let of = &version.registry;
    let stays = |plugin: &PluginId, filename: &String| *plugin != version.id || files.contains(filename);
    let mut plugins = of.plugins.clone();
    if let Some(plugin) = plugins.get_mut(&version.id) {
        let descriptors = Descriptors::default();
        *plugin = Registered {
            descriptors_hash: registry::hash(&descriptors),
            descriptors,
            lock: None,
            files: plugin
                .files
                .iter()
                .filter(|(name, _)| files.contains(*name))
                .map(|(a, b)| (a.clone(), *b))
                .collect(),
            claims: BTreeSet::new(),
            ..plugin.clone()
        };
    }
    let migrations = of.migrations.iter().filter(|one| stays(&one.id.plugin, &one.id.filename));
    Registry {
        migrations: migrations.cloned().collect(),
        ownership: Ownership::new(of.plugins.values().map(|plugin| (&plugin.info, &plugin.claims))),
        tolerances: of.tolerances.clone(),
        plugins,
        ..Registry::default()
    }
}
