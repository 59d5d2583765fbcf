//! A plugin that claims a table of the Inventory Plugin.

use tenon_plugin_api::prelude::*;

struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

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
