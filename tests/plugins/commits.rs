//! A plugin that wants to end the transaction which its migrations run in.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "commits",
    name: "Plugin That Commits",
    migrations: embed_migrations!(files: ["commits/0001_tables.sql"]),
}
