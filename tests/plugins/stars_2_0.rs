//! The Stars Plugin at 2.0, which gives a column another name.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "stars",
    name: "Stars Plugin",
    version: "2.0.0",
    schema: serde_json::from_str(&include_str!("stars/schema.json").replace(r#""name": "name""#, r#""name": "title""#))
        .unwrap_or_default(),
    migrations: embed_migrations!(files: [
        "stars/0001_item.sql",
        "stars/0002_price.sql",
        "stars/0003_extra.sql",
        "stars/0004_title.sql",
    ]),
}
