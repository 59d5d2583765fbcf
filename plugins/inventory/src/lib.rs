//! Items: what there is, how many, and at what price.

mod item;

use tenon_plugin_api::prelude::*;

use item::{Change, Item, NewItem, State};

struct Inventory;

impl Plugin for Inventory {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /items" => list(request, db),
            "GET /items/to-reorder" => Response::json(&item::to_reorder(db)?),
            "POST /items" => create(request, db),
            "GET /items/{sku}" => {
                let sku = request.param("sku")?;
                Response::json(&item::find(db, sku)?.ok_or_else(|| unknown(sku))?)
            }
            "PATCH /items/{sku}" => change(request, db),
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

fn list(request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
    let state = match request.query_param("state") {
        None => None,
        Some(label) => Some(State::from_label(&label).ok_or_else(|| {
            PluginError::bad_request(format!("{label:?} is no state; there are draft, active and retired"))
        })?),
    };
    let limit = request.query_param_as::<u16>("limit")?.unwrap_or(100);
    Response::json(&item::list(db, state, request.query_param("name").as_deref(), limit)?)
}

fn create(request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
    let new: NewItem = request.json()?;
    let item = item::insert(db, &new).map_err(|error| {
        if error.is_duplicate() {
            return PluginError::conflict(format!("there is an item {} already", new.sku));
        }
        refused(error)
    })?;
    Response::json_with(201, &item)
}

fn change(request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
    let sku = request.param("sku")?;
    let change: Change = request.json()?;
    let item = item::update(db, sku, &change).map_err(refused)?;
    Response::json(&item.ok_or_else(|| unknown(sku))?)
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
    routes: [
        "GET /items",
        autocommit("POST /items"),
        "GET /items/to-reorder",
        "GET /items/{sku}",
        autocommit("PATCH /items/{sku}"),
    ],
    entities: [Item],
    enums: [State],
    migrations: "migrations",
    lock: "tenon.lock",
}
