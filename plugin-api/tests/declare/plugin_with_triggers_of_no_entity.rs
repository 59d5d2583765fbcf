use tenon_plugin_api::prelude::*;

#[derive(Entity)]
#[entity(table = "notes.note")]
struct Note {
    id: i64,
}

#[derive(Entity)]
#[entity(table = "notes.tag")]
struct Tag {
    id: i64,
}

struct Notes;

impl Plugin for Notes {
    routes! {}
}

export_plugin! {
    Notes,
    id: "notes",
    name: "Notes Plugin",
    entities: [Note],
    triggers: { Tag: [] },
}

fn main() {}
