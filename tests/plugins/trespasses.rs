//! A plugin that reaches for what is not its own, and for much else that is refused.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "trespasses",
    name: "Plugin That Trespasses",
    migrations: embed_migrations!(files: ["trespasses/0001_much.sql"]),
}
