//! A plugin whose SQL has no end.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "unterminated",
    name: "Plugin Without an End",
    migrations: embed_migrations!(files: ["unterminated/0001_tables.sql"]),
}
