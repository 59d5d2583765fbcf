//! A plugin whose tables are parts of the Meter Plugin's.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

fn schema() -> Descriptors {
    serde_json::from_str(include_str!("archive/archive.json")).unwrap_or_default()
}

export_plugin! {
    Silent,
    id: "archive",
    name: "Archive Plugin",
    requires: { meter: ">=0" },
    schema: schema(),
    migrations: embed_migrations!(files: ["archive/0001_parts.sql"]),
}
