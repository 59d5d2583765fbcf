//! A plugin whose SQL does not parse.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "bad_syntax",
    name: "Plugin With Bad Syntax",
    migrations: embed_migrations!(files: ["bad_syntax/0001_tables.sql"]),
}
