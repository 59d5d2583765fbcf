//! A plugin that panics when it is asked for its migrations.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

fn panics() -> Vec<Migration> {
    panic!("no luck in migrations");
}

export_plugin! { Silent, id: "panics_in_migrations", name: "Plugin That Panics in migrations", migrations: panics(), }
