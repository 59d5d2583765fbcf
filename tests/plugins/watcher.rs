//! A plugin whose view shows columns of the Stars Plugin's table.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "watcher",
    name: "Watcher Plugin",
    requires: { stars: ">=1" },
    views: { "watcher.names": "SELECT id, name FROM stars.item" },
    migrations: embed_migrations!(files: ["watcher/0001_names.sql"]),
}
