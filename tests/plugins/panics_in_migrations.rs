//! A plugin that panics when it is asked for its migrations.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

fn panics() -> Vec<Migration> {
    panic!("no luck in migrations");
}

export_plugin! { Silent, id: "panics_in_migrations", name: "Plugin That Panics in migrations", migrations: panics(), }
