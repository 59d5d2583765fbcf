use tenon_plugin_api::prelude::*;

struct Notes;

impl Plugin for Notes {
    routes! {}
}

export_plugin! {
    Notes,
    id: "notes",
    name: "Notes Plugin",
    functions: { "notes.slug(text) RETURNS text LANGUAGE sql": "SELECT 1" },
}

fn main() {}
