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

const WHO: PluginFunction<(), Vec<Value>> = PluginFunction::new("shop", "who_for");

struct Mall;

impl Plugin for Mall {
    routes! {
        "POST /sales" => sell(&body),
        "POST /who" => who(),
        public "GET /who" => who(),
    }
}

fn sell(db: &Connection<'_>, wanted: &Wanted) -> Result<Json<Value>, PluginError> {
    db.call(&SELL, wanted).map(Json)
}

/// The roles that act on the way to the warehouse and back.
fn who(db: &Connection<'_>) -> Result<Json<Vec<Value>>, PluginError> {
    let acting = || db.query_one("SELECT current_user::text", &[])?.get::<String>(0).map(Value::from);
    let mut all = vec![acting()?];
    all.extend(db.call(&WHO, &())?);
    all.push(acting()?);
    Ok(Json(all))
}

export_plugin! {
    Mall,
    id: "mall",
    name: "Mall Plugin",
    requires: { shop: "^0.1" },
}
