//! A plugin that describes another table than its migration makes.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

#[derive(Debug, Entity)]
#[entity(table = "mismatched.thing")]
struct Thing {
    #[column(primary_key)]
    id: i64,
    size: Option<i64>,
    colour: String,
}

export_plugin! {
    Silent,
    id: "mismatched",
    name: "Mismatched Plugin",
    entities: [Thing],
    migrations: embed_migrations!(files: ["mismatched/0001_tables.sql"]),
}
