//! A plugin whose files insert rows in an order that only a deferred constraint permits.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "defers",
    name: "Plugin That Defers",
    migrations: embed_migrations!(files: ["defers/0001_tables.sql", "defers/0002_children_first.sql", "defers/0003_as_at_first.sql"]),
}
