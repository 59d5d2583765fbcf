//! The next version of the plugin `courier`, which no longer takes all settings that it took.

use tenon_plugin_api::prelude::*;

/// What the operator tells it.
#[settings]
struct Settings {
    /// How many letters go at once.
    #[serde(default = "batch")]
    batch: u8,
    /// Where letters are taken.
    office: Office,
}

fn batch() -> u8 {
    10
}

#[settings]
struct Office {
    /// The town.
    town: String,
}

struct Courier;

impl Plugin for Courier {
    fn handle(&self, request: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        let Settings { batch, office } = self.settings();
        match request.route() {
            "GET /settings" => Response::json(&json!({ "batch": batch, "town": office.town })),
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

export_plugin! {
    Courier,
    id: "courier",
    name: "Courier Plugin",
    access: public,
    version: "2.0.0",
    routes: ["GET /settings"],
    settings: Settings,
}
