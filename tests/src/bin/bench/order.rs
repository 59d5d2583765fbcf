//! Ordering the migrations of a thousand plugins, against a tenth of them: how it grows.

use tenon_migrations_core::graph;
use tenon_migrations_core::migration::{Checksum, PluginId, PluginInfo, PluginMigration};

use super::median;

const ROUNDS: usize = 7;
const OF_EACH: usize = 100;

pub(super) fn order(migrations: &str) {
    let all: usize = migrations.parse().unwrap();
    let (tenth, whole) = (measured(all / 10), measured(all));
    let n_log_n = |n: usize| n as f64 * (n as f64).log2();
    println!(
        "order, {all} migrations of {} plugins: {:.1} ms of a processor; {} of them: {:.1} ms; grown {:.1}-fold, n log n is {:.1}-fold",
        all / OF_EACH,
        whole * 1000.0,
        all / 10,
        tenth * 1000.0,
        whole / tenth,
        n_log_n(all) / n_log_n(all / 10)
    );
}

/// The seconds of a processor that it takes to order so many: each plugin requires the two before it, and
/// every tenth file one of each.
fn measured(migrations: usize) -> f64 {
    let count = migrations / OF_EACH;
    let id = |plugin: usize| -> PluginId { format!("p{plugin:04}").parse().unwrap() };
    let required = |plugin: usize| (plugin.saturating_sub(2)..plugin).collect::<Vec<_>>();
    let mut plugins = vec![PluginInfo {
        id: PluginId::core(),
        name: "core".to_owned(),
        version: "1.0.0".parse().unwrap(),
        requires: Default::default(),
    }];
    let mut files =
        vec![PluginMigration::new("core/0001_ledger.sql".parse().unwrap(), "SELECT 1", Vec::new())];
    for plugin in 0..count {
        plugins.push(PluginInfo {
            id: id(plugin),
            name: format!("Plugin {plugin}"),
            version: "1.0.0".parse().unwrap(),
            requires: required(plugin).into_iter().map(|other| (id(other), "^1".parse().unwrap())).collect(),
        });
        for number in 1..=OF_EACH {
            let file = |plugin: usize| format!("{}/{number:04}_step.sql", id(plugin)).parse().unwrap();
            let others = if number.is_multiple_of(10) { required(plugin) } else { Vec::new() };
            files.push(PluginMigration::new(
                file(plugin),
                "SELECT 1",
                others.into_iter().map(file).collect(),
            ));
        }
    }
    // Found in no order, as in a directory.
    files.sort_by_cached_key(|migration| Checksum::of(migration.id.to_string()));
    let seconds = |_| {
        let began = processor_seconds();
        let ordered = graph::order_what_can_be(&plugins, &files);
        assert_eq!(ordered.order.len(), files.len());
        processor_seconds() - began
    };
    median((0..ROUNDS).map(seconds).collect())
}

/// What this thread has had of a processor, whatever else the machine does.
fn processor_seconds() -> f64 {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    said.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
