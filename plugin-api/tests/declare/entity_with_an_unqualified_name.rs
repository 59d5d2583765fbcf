use tenon_plugin_api::prelude::*;

#[derive(Entity)]
#[entity(table = "item")]
struct Item {
    id: i64,
}

fn main() {}
