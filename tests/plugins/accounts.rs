//! A plugin that closes a cycle with `billing`: accounts/0002 requires billing/0002.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const MIGRATIONS: &[EmbeddedMigration] = &[
    EmbeddedMigration { filename: "0001_a.sql", sql: "SELECT 1;", requires: &[] },
    EmbeddedMigration { filename: "0002_b.sql", sql: "SELECT 1;", requires: &["billing/0002_b.sql"] },
    EmbeddedMigration { filename: "0003_c.sql", sql: "SELECT 1;", requires: &[] },
];

export_plugin! {
    Silent,
    id: "accounts",
    name: "Accounts Plugin",
    version: "1.0.0",
    requires: { billing: "^1" },
    migrations: MIGRATIONS,
}
