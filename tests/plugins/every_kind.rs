//! A plugin that declares every kind of object, with whatever can be said of it.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

fn schema() -> Descriptors {
    serde_json::from_str(include_str!("../../migrations-core/src/ddl/every_kind.json")).unwrap_or_default()
}

export_plugin! {
    Silent,
    id: "every_kind",
    name: "Plugin of Every Kind",
    schema: schema(),
    migrations: embed_migrations!(files: ["every_kind/0001_every_kind.sql"]),
}
