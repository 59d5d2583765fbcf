//! One half of a circle: billing/0002 requires accounts/0003, which comes after accounts/0002.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const MIGRATIONS: &[EmbeddedMigration] = &[
    EmbeddedMigration { filename: "0001_a.sql", sql: "SELECT 1;", requires: &[] },
    EmbeddedMigration { filename: "0002_b.sql", sql: "SELECT 1;", requires: &["accounts/0003_c.sql"] },
];

export_plugin! {
    Silent,
    id: "billing",
    name: "Billing Plugin",
    version: "1.0.0",
    migrations: MIGRATIONS,
}
