use tenon_plugin_api::prelude::*;

#[derive(Entity)]
#[entity(table = "a.item", unique(columns("id", "sku")))]
struct Item {
    id: i64,
}

fn main() {}
