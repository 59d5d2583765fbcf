//! A plugin whose objects stand on one another, by names that say nothing of the order.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "tower",
    name: "Tower Plugin",
    schema: serde_json::from_str(include_str!("tower/schema.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: ["tower/0001_tower.sql", "tower/0002_upon_level.sql"]),
}
