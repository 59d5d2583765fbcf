//! A plugin with settings of every kind, which tells the log what it does, by `tracing` and by `log`.

use std::thread;

use tenon_plugin_api::prelude::*;

/// What the operator tells it.
#[settings]
struct Settings {
    /// How many letters go at once.
    #[serde(default = "batch")]
    batch: u16,
    /// Whether letters are sealed.
    #[serde(default)]
    sealed: bool,
    /// What the post office asks for.
    token: Option<Secret>,
    /// How letters go.
    #[serde(default)]
    by: Way,
    /// Where letters are taken.
    office: Office,
}

fn batch() -> u16 {
    10
}

#[settings]
#[derive(Default)]
#[serde(rename_all = "snake_case")]
enum Way {
    #[default]
    OnFoot,
    ByBicycle,
}

#[settings]
struct Office {
    /// The town.
    town: String,
    /// What opens the door.
    key: Option<Secret>,
}

struct Courier;

impl Plugin for Courier {
    fn init(&self, _: &Host<'_>) -> Result<(), PluginError> {
        tracing::info!(town = self.settings().office.town, "ready");
        Ok(())
    }

    fn handle(&self, request: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        let Settings { batch, sealed, token, by, office } = self.settings();
        match request.route() {
            "GET /settings" => Response::json(&json!({
                "batch": batch,
                "sealed": sealed,
                "token": token.as_ref().map(Secret::expose),
                "by": format!("{by:?}"),
                "town": office.town,
                "key": office.key.as_ref().map(Secret::expose),
                "debug": format!("{:?}", self.settings()),
            })),
            "GET /tell" => {
                let span = tracing::info_span!("round", round = 7, street = "High Street");
                let entered = span.enter();
                tracing::warn!(letters = 3_u64, sealed = true, ratio = 0.5, "on the way");
                drop(entered);
                log::error!("by log: {}", 1);
                thread::spawn(|| tracing::info!(letters = 1, "from a thread")).join().ok();
                Response::json(&json!("told"))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

export_plugin! {
    Courier,
    id: "courier",
    name: "Courier Plugin",
    access: public,
    version: "1.0.0",
    routes: ["GET /settings", "GET /tell"],
    settings: Settings,
}
