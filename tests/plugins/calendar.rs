//! A plugin whose objects hold values that servers print and read by their settings: times, intervals, bytes,
//! floats.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde_json;
use tenon_test_plugins::Silent;

export_plugin! {
    Silent,
    id: "calendar",
    name: "Calendar Plugin",
    schema: serde_json::from_str(include_str!("calendar/schema.json")).unwrap_or_default(),
    migrations: embed_migrations!(files: ["calendar/0001_calendar.sql"]),
}
