//! One half of a circle: billing/0002 requires accounts/0003, which comes after accounts/0002.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

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
