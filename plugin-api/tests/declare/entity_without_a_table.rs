use tenon_plugin_api::prelude::*;

#[derive(Entity)]
struct Item {
    id: i64,
}

fn main() {}
