//! A plugin whose first file changes the session, and whose second counts on nothing of it.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "leaves_settings",
    name: "Plugin That Leaves Settings",
    migrations: embed_migrations!(files: ["leaves_settings/0001_first.sql", "leaves_settings/0002_second.sql"]),
}
