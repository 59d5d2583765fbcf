//! A plugin whose SQL has no end.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "unterminated",
    name: "Plugin Without an End",
    migrations: embed_migrations!(files: ["unterminated/0001_tables.sql"]),
}
