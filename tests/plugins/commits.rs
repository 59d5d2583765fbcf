//! A plugin that wants to end the transaction which its migrations run in.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "commits",
    name: "Plugin That Commits",
    migrations: embed_migrations!(files: ["commits/0001_tables.sql"]),
}
