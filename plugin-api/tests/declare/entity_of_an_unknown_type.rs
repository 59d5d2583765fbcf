use tenon_plugin_api::prelude::*;

struct Colour;

#[derive(Entity)]
#[entity(table = "a.item")]
struct Item {
    colour: Colour,
}

fn main() {}
