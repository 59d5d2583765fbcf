//! A plugin whose COMMIT no reading of the text can find: a procedure that it calls.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "commits_hidden",
    name: "Plugin That Hides Its COMMIT",
    migrations: embed_migrations!(files: ["commits_hidden/0001_tables.sql"]),
}
