//! A plugin whose first file leaves a deferred constraint violated, and whose second would have put that
//! right.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "violates",
    name: "Plugin That Violates",
    migrations: embed_migrations!(files: ["violates/0001_no_parent.sql", "violates/0002_too_late.sql"]),
}
