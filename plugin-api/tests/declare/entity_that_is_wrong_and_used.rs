use tenon_plugin_api::prelude::*;

#[derive(Entity, FromRow)]
#[entity(table = "notes.note", partition_by("RANGE (id)"))]
struct Note {
    id: i64,
}

#[derive(Clone, Copy, EnumType)]
#[pg_enum(nme = "notes.state")]
enum State {
    Open,
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
    enums: [State],
}

fn main() {}
