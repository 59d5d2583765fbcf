//! A plugin that panics before its first request.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;

struct Panics;

impl Plugin for Panics {
    fn init(&self, _: &Host<'_>) -> Result<(), PluginError> {
        panic!("no luck in init");
    }

    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Response::json(&"never reached")
    }
}

export_plugin! { Panics, id: "panics_in_init", name: "Plugin That Panics in init", access: public, routes: ["GET /"] }
