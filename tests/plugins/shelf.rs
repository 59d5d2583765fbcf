//! A plugin with a few books, of which its version 2.0 keeps less.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "shelf",
    name: "Shelf Plugin",
    version: "1.0.0",
    schema: serde_json::from_str(include_str!("shelf/schema.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: ["shelf/0001_book.sql"]),
}
