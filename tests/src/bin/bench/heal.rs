//! A heal of an empty database, against the whole run of psql with the same SQL, the host's own tables
//! included: of plugins without lock files, whose descriptors PostgreSQL elaborates in the heal, and with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tenon_host::database::connect::Database;
use tenon_host::plugin::load::Embedded;
use tenon_host::plugin::register::register;
use tenon_host::plugin::registry::{Registered, Registration, Registry};
use tenon_host::plugin::settings::saved::LoadedSettings;
use tenon_host::schema::elaborate::elaborate_all;
use tenon_host::schema::state::{self, Scope};
use tenon_migrations_core::lock::{FORMAT, Lock};
use tenon_migrations_core::migration::PluginMigration;
use tenon_tests::{TestDatabase, TestHost, World, artifacts, config};

use super::floor::psql;
use super::{memory_kib, print, succeeded, timed};

const ROUNDS: usize = 5;

/// One plugin of so many tables, all made by one migration.
pub(super) fn tables(tables: &str) {
    measure(&World::with(&["many_tables"]), &format!("heal, {tables} tables"));
}

/// Measures the heal of so many plugins of twenty migrations each, most of them of one statement.
pub(super) fn migrations(plugins: &str) {
    let world = World::with(&[]);
    world.set("[plugins]\nthreads = 1");
    for number in 0..plugins.parse::<usize>().unwrap() {
        let id = format!("many_{number:03}");
        world.write_library(&format!("lib{id}.so"), &artifacts::many_migrations(&id));
    }
    let migrations = plugins.parse::<usize>().unwrap() * 20;
    measure(&world, &format!("heal, {migrations} migrations of {plugins} plugins"));
}

fn measure(world: &World, what: &str) {
    let mut registry = None;
    let configuration = config(world.path(), &world.url(), Some("shared"));
    let loaded = timed(|| registry = Some(register(&configuration, &LoadedSettings::default()).registry));
    let registry = registry.unwrap();
    assert!(registry.out.is_empty(), "{:#?}", registry.out);
    println!(
        "{what}: {} libraries loaded in {:.0} ms",
        registry.plugins.len() - 1,
        loaded.as_secs_f64() * 1000.0
    );
    let sql: Vec<_> = registry.migrations.iter().map(|migration| migration.sql.as_ref()).collect();
    let file = world.path().join("all.sql");
    std::fs::write(&file, sql.join("\n")).unwrap();
    let healed = |registry: &Arc<Registry>, what: &str| {
        let before = memory_kib("VmRSS");
        let mut last = None;
        let round = |_| {
            let (database, plain) = (TestDatabase::new(), TestDatabase::new());
            let host = TestHost::with(world.path(), &database.url(), Arc::clone(registry));
            let mut outcome = None;
            let ours = timed(|| outcome = Some(host.heal()));
            succeeded(&outcome.unwrap());
            last = Some(database);
            (ours, timed(|| psql(&plain, &["-1"], &file)))
        };
        let rounds: Vec<(Duration, Duration)> = (0..ROUNDS).map(round).collect();
        print(what, "psql -X -q -1 -f", &rounds);
        let peak = memory_kib("VmHWM");
        println!(
            "{what}: peak memory {} MiB, {} of them for the heals",
            peak / 1024,
            (peak.saturating_sub(before)) / 1024
        );
        last.unwrap()
    };
    let registry = Arc::new(registry);
    let database = healed(&registry, &format!("{what}, without lock files"));
    let locked = Arc::new(with_locks(&registry, &database));
    healed(&locked, &format!("{what}, with lock files"));
}

/// The plugins, each with the lock file that `tenon plugin lock` would have written: here all descriptors are
/// elaborated at once, in a database where their migrations were seen to make just that.
fn with_locks(registry: &Registry, healed: &TestDatabase) -> Registry {
    let plugins: Vec<&Registered> = registry.plugins.values().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (snapshots, printer) = runtime.block_on(async {
        let database = Database::new(&healed.url().into(), "the benchmark", None, None).unwrap();
        let (client, _) = database.connect().await.unwrap();
        client.batch_execute("BEGIN; SET LOCAL search_path = public").await.unwrap();
        let descriptors: Vec<_> = plugins.iter().map(|plugin| &plugin.descriptors).collect();
        let snapshots = elaborate_all(&client, &descriptors, std::future::ready(Ok(()))).await.unwrap();
        let printer = state::within(&client, &Scope::default()).await.unwrap().ledger.printer();
        (snapshots, printer)
    });
    let registration = |(plugin, snapshot): (&Registered, _)| {
        let theirs = registry.migrations.iter().filter(|migration| migration.id.plugin == plugin.info.id);
        let migrations: Vec<PluginMigration> = theirs.cloned().collect();
        let lock = Lock {
            format: FORMAT,
            plugin: plugin.info.id.clone(),
            descriptors: plugin.descriptors_hash,
            queries: printer.queries,
            migrations: migrations.iter().map(|one| (one.id.filename.clone(), one.checksum)).collect(),
            snapshots: BTreeMap::from([(printer.server_major, snapshot)]),
        };
        Registration {
            info: plugin.info.clone(),
            library: plugin.library.clone(),
            descriptors: plugin.descriptors.clone(),
            lock: Embedded::Lock(Box::new(lock)),
            settings: None,
            statements: Vec::new(),
            migrations,
        }
    };
    Registry::new(plugins.into_iter().zip(snapshots).map(registration).collect(), Vec::new())
}
