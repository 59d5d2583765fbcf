//! A plugin whose first file changes the session, and whose second counts on nothing of it.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "leaves_settings",
    name: "Plugin That Leaves Settings",
    migrations: embed_migrations!(files: ["leaves_settings/0001_first.sql", "leaves_settings/0002_second.sql"]),
}
