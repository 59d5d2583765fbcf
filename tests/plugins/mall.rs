//! Calls the plugin `shop`, which calls the plugin `warehouse`.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

/// What somebody wants.
#[derive(Deserialize, Serialize)]
struct Wanted {
    sku: String,
    qty: i32,
}

const SELL: PluginFunction<Wanted, Value> = PluginFunction::new("shop", "sell_for");

struct Mall;

impl Plugin for Mall {
    routes! {
        "POST /sales" => sell(&body),
    }
}

fn sell(db: &Connection<'_>, wanted: &Wanted) -> Result<Json<Value>, PluginError> {
    db.call(&SELL, wanted).map(Json)
}

export_plugin! {
    Mall,
    id: "mall",
    name: "Mall Plugin",
    requires: { shop: "^0.1" },
}
