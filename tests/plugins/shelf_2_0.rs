//! The Shelf Plugin at 2.0: a column and a table go, another column gets a wider type, and an index is built.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "shelf",
    name: "Shelf Plugin",
    version: "2.0.0",
    schema: serde_json::from_str(include_str!("shelf/schema_2_0.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: ["shelf/0001_book.sql", "shelf/0002_less.sql"]),
}
