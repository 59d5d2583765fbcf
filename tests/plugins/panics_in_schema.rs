//! A plugin that panics when it is asked for its descriptors.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

fn panics() -> Descriptors {
    panic!("no luck in schema");
}

export_plugin! { Silent, id: "panics_in_schema", name: "Plugin That Panics in schema", schema: panics(), }
