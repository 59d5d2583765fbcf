//! The plugin `typed` before its first migration is written.

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
}
