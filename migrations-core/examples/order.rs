//! Times the ordering of 10,000 and 100,000 migrations of 1,000 plugins.

#![expect(clippy::unwrap_used, reason = "a program of fixed input")]

use std::time::Instant;

use tenon_migrations_core::graph;
use tenon_migrations_core::migration::{PluginInfo, PluginMigration};

fn main() {
    for count in [10_000, 100_000] {
        let (plugins, migrations) = world(1_000, count / 1_000);
        let started = Instant::now();
        let ordered = graph::order_what_can_be(&plugins, &migrations);
        let took = started.elapsed();
        assert_eq!((ordered.order.len(), ordered.out.len()), (count, 0));
        println!("{count} migrations of {} plugins: {} ms", plugins.len(), took.as_millis());
    }
}

/// Plugins in a chain: each requires the one before, and each file the file of the same number there.
fn world(plugins: usize, files: usize) -> (Vec<PluginInfo>, Vec<PluginMigration>) {
    let id = |plugin: usize| format!("plugin_{plugin:04}");
    let infos = (0..plugins).map(|plugin| PluginInfo {
        id: id(plugin).parse().unwrap(),
        name: id(plugin),
        version: "1.0.0".parse().unwrap(),
        requires: plugin
            .checked_sub(1)
            .map(|before| (id(before).parse().unwrap(), "^1".parse().unwrap()))
            .into_iter()
            .collect(),
    });
    let name = |plugin: usize, file: usize| format!("{}/{file:04}_step.sql", id(plugin)).parse().unwrap();
    let migrations = (0..plugins).rev().flat_map(|plugin| {
        (1..=files).rev().map(move |file| {
            let requires = plugin.checked_sub(1).map(|before| name(before, file));
            PluginMigration::new(name(plugin, file), "SELECT 1;", requires.into_iter().collect())
        })
    });
    (infos.collect(), migrations.collect())
}
