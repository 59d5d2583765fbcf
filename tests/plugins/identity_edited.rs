//! The Identity Plugin of today, but for one word in a migration that was applied long ago.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const MIGRATIONS: &[EmbeddedMigration] = &[EmbeddedMigration {
    filename: "0001_accounts.sql",
    sql: concat!(include_str!("../../plugins/identity/migrations/0001_accounts.sql"), "SELECT 1;\n"),
    requires: &[],
}];

export_plugin! { Silent, id: "identity", name: "Identity Plugin", version: "1.0.1", migrations: MIGRATIONS }
