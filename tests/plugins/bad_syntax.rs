//! A plugin whose SQL does not parse.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "bad_syntax",
    name: "Plugin With Bad Syntax",
    migrations: embed_migrations!(files: ["bad_syntax/0001_tables.sql"]),
}
