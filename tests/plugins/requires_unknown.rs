//! A plugin that requires a file which the Inventory Plugin does not have.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const MIGRATIONS: &[EmbeddedMigration] = &[EmbeddedMigration {
    filename: "0001_a.sql",
    sql: "SELECT 1;",
    requires: &["inventory/0009_nothing.sql"],
}];

export_plugin! {
    Silent,
    id: "requires_unknown",
    name: "Plugin of Unknown Requirements",
    version: "1.0.0",
    requires: { inventory: "^1" },
    migrations: MIGRATIONS,
}
