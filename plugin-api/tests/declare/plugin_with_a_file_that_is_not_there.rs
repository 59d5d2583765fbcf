use tenon_plugin_api::prelude::*;

struct Notes;

impl Plugin for Notes {
    routes! {}
}

export_plugin! {
    Notes,
    id: "notes",
    name: "Notes Plugin",
    views: { "notes.open": file("sql/open.sql") },
}

fn main() {}
