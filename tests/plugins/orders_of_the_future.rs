//! An Orders Plugin that requires an Identity Plugin which is not out yet.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

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
