use tenon_plugin_api::prelude::*;

struct Note {
    id: i64,
}

const ALL: &str = sql!("SELECT {Note.*} FROM notes.note");

fn main() {}
