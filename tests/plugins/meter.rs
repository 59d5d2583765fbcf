//! A plugin that declares owners, grants and an extension's version, and tables that others take part in.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

fn schema() -> Descriptors {
    serde_json::from_str(include_str!("meter/meter.json")).unwrap_or_default()
}

export_plugin! {
    Silent,
    id: "meter",
    name: "Meter Plugin",
    schema: schema(),
    migrations: embed_migrations!(files: ["meter/0001_meter.sql"]),
}
