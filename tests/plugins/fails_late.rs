//! A plugin whose third statement of its second file fails.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "fails_late",
    name: "Plugin That Fails Late",
    migrations: embed_migrations!(files: ["fails_late/0001_tables.sql", "fails_late/0002_rows.sql"]),
}
