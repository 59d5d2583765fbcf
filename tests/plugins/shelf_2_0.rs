//! The Shelf Plugin at 2.0: a column and a table go, another column gets a wider type, and an index is built.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

export_plugin! {
    Silent,
    id: "shelf",
    name: "Shelf Plugin",
    version: "2.0.0",
    schema: serde_json::from_str(include_str!("shelf/schema_2_0.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: ["shelf/0001_book.sql", "shelf/0002_less.sql"]),
}
