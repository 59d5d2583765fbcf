use tenon_plugin_api::prelude::*;

#[derive(Entity)]
#[entity(table = "a.item", index(keys("id"), uniqe))]
struct Item {
    #[column(primary_key, refrences = "a.b")]
    id: i64,
}

fn main() {}
