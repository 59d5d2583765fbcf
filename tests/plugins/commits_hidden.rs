//! A plugin whose COMMIT no reading of the text can find: a procedure that it calls.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "commits_hidden",
    name: "Plugin That Hides Its COMMIT",
    migrations: embed_migrations!(files: ["commits_hidden/0001_tables.sql"]),
}
