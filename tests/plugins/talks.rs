//! A plugin whose migration tells something.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "talks",
    name: "Plugin That Talks",
    migrations: embed_migrations!(files: ["talks/0001_tables.sql"]),
}
