//! A plugin that describes another table than its migration makes.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

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
