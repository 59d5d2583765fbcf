//! A plugin whose third statement of its second file fails.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "fails_late",
    name: "Plugin That Fails Late",
    migrations: embed_migrations!(files: ["fails_late/0001_tables.sql", "fails_late/0002_rows.sql"]),
}
