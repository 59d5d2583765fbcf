//! A plugin whose first migration was written by `tenon plugin diff`: see `typed/typed.rs`.

#[path = "typed/typed.rs"]
mod typed;

use tenon_plugin_api::prelude::*;

use typed::{Mood, Stay, Typed, everybody, touched};

export_plugin! {
    Typed,
    id: "typed",
    access: public,
    name: "Typed Plugin",
    extensions: ["pg_trgm"],
    entities: [Stay],
    enums: [Mood],
    functions: { "typed.touch() RETURNS trigger LANGUAGE plpgsql": file("typed/sql/touch.sql") },
    triggers: { Stay: [touched()] },
    policies: { Stay: [everybody()] },
    views: { "typed.open_stay": file("typed/sql/open_stay.sql") },
    migrations: embed_migrations!(files: ["typed/0001_typed.sql"]),
}
