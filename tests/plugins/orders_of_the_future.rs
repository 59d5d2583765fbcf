//! An Orders Plugin that requires an Identity Plugin which is not out yet.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const MIGRATIONS: &[EmbeddedMigration] =
    &[EmbeddedMigration { filename: "0001_a.sql", sql: "SELECT 1;", requires: &[] }];

export_plugin! {
    Silent,
    id: "orders",
    name: "Orders Plugin",
    version: "1.0.0",
    requires: { identity: "^9" },
    migrations: MIGRATIONS,
}
