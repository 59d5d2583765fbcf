//! A plugin with views of all columns, to whose table a later migration adds one.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "stars",
    name: "Stars Plugin",
    version: "1.0.0",
    schema: serde_json::from_str(include_str!("stars/schema.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: [
        "stars/0001_item.sql",
        "stars/0002_price.sql",
        "stars/0003_extra.sql",
    ]),
}
