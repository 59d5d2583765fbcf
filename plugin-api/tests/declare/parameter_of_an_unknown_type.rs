use tenon_plugin_api::prelude::*;

struct Colour;

fn run(db: &Connection<'_>) {
    let _ = db.execute("SELECT $1", &[&Colour]);
}

fn main() {}
