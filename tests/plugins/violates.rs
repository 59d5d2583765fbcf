//! A plugin whose first file leaves a deferred constraint violated, and whose second would have put that right.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "violates",
    name: "Plugin That Violates",
    migrations: embed_migrations!(files: ["violates/0001_no_parent.sql", "violates/0002_too_late.sql"]),
}
