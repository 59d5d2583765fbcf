//! A plugin that reaches for what is not its own, and for much else that is refused.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "trespasses",
    name: "Plugin That Trespasses",
    migrations: embed_migrations!(files: ["trespasses/0001_much.sql"]),
}
