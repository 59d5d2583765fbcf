//! A plugin that panics when it is asked for its descriptors.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

fn panics() -> Descriptors {
    panic!("no luck in schema");
}

export_plugin! { Silent, id: "panics_in_schema", name: "Plugin That Panics in schema", schema: panics(), }
