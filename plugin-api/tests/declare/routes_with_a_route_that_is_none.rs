use tenon_plugin_api::prelude::*;

struct Notes;

impl Plugin for Notes {
    routes! {
        "GET notes" => list(),
    }
}

fn list(_: &Connection<'_>) -> Json<i64> {
    Json(1)
}

fn read(_: &Connection<'_>, id: i64) -> Result<Json<i64>, PluginError> {
    Ok(Json(id))
}

fn tell(_: &Connection<'_>, _: &Request<'_>) -> i64 {
    1
}

export_plugin! {
    Notes,
    id: "notes",
    name: "Notes Plugin",
}

fn main() {}
