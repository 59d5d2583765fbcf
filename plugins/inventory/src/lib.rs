//! Items: what there is, how many, and at what price.

mod item;

use tenon_plugin_api::prelude::*;

use item::{Change, Filter, Item, NewItem, State};

struct Inventory;

impl Plugin for Inventory {
    routes! {
        "GET /items" => list(&query),
        autocommit("POST /items") => create(&body),
        "GET /items/to-reorder" => to_reorder(),
        "GET /items/{sku}" => read(&sku),
        autocommit("PATCH /items/{sku}") => change(&sku, &body),
    }
}

fn list(db: &Connection<'_>, filter: &Filter) -> Result<Json<Vec<Item>>, PluginError> {
    item::list(db, filter).map(Json)
}

fn to_reorder(db: &Connection<'_>) -> Result<Json<Vec<Item>>, PluginError> {
    item::to_reorder(db).map(Json)
}

fn read(db: &Connection<'_>, sku: &str) -> Result<Json<Item>, PluginError> {
    item::find(db, sku)?.map(Json).ok_or_else(|| unknown(sku))
}

fn create(db: &Connection<'_>, new: &NewItem) -> Result<(u16, Json<Item>), PluginError> {
    let item = item::insert(db, new).map_err(|error| {
        if error.is_duplicate() {
            return PluginError::conflict(format!("there is an item {} already", new.sku));
        }
        refused(error)
    })?;
    Ok((201, Json(item)))
}

fn change(db: &Connection<'_>, sku: &str, change: &Change) -> Result<Json<Item>, PluginError> {
    let item = item::update(db, sku, change).map_err(refused)?;
    item.map(Json).ok_or_else(|| unknown(sku))
}

fn unknown(sku: &str) -> PluginError {
    PluginError::not_found(format!("there is no item {sku}"))
}

/// What the table's own rules refuse is the request's fault, not the plugin's: a check (23514), a text that
/// is too long (22001), a number that is too large (22003).
fn refused(error: PluginError) -> PluginError {
    match error.sqlstate() {
        Some("23514" | "22001" | "22003") => PluginError::bad_request(error.message()),
        _ => error,
    }
}

export_plugin! {
    Inventory,
    id: "inventory",
    name: "Inventory Plugin",
    access: public,
    entities: [Item],
    enums: [State],
    migrations: "migrations",
    lock: "tenon.lock",
}
