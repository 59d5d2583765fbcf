//! A plugin whose migration tells something.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "talks",
    name: "Plugin That Talks",
    migrations: embed_migrations!(files: ["talks/0001_tables.sql"]),
}
