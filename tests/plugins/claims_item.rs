//! A plugin that claims a table of the Inventory Plugin.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

#[derive(Debug, Entity)]
#[entity(table = "inventory.item")]
struct Item {
    #[column(primary_key)]
    id: i64,
}

export_plugin! {
    Silent,
    id: "stock",
    name: "Stock Plugin",
    entities: [Item],
}
