//! Orders: which account ordered which items.

mod purchase;

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

use purchase::{Line, Purchase, Wanted};

struct Orders;

impl Plugin for Orders {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /orders" => Response::json(&purchase::list(db, request.query_param_as("account")?)?),
            "POST /orders" => place(request, db),
            "GET /orders/{id}" => {
                let id: Uuid = request.param_as("id")?;
                let purchase = purchase::find(db, id)?
                    .ok_or_else(|| PluginError::not_found(format!("there is no order {id}")))?;
                let lines = purchase::lines(db, id)?;
                Response::json(&json!({ "order": purchase, "lines": lines }))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

#[derive(Deserialize)]
struct NewOrder {
    account: Uuid,
    note: Option<String>,
    lines: Vec<Wanted>,
}

/// Takes the items out of stock and notes the order. One item too few, and nothing of it has happened: the
/// host's transaction is rolled back with the error.
fn place(request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
    let new: NewOrder = request.json()?;
    if new.lines.is_empty() {
        return Err(PluginError::bad_request("an order needs at least one line"));
    }
    let purchase = purchase::insert(db, new.account, new.note.as_deref()).map_err(|error| {
        if error.is_missing_reference() {
            PluginError::bad_request(format!("there is no account {}", new.account))
        } else {
            error
        }
    })?;
    for (line_no, wanted) in (1_i16..).zip(&new.lines) {
        purchase::add_line(db, purchase.id, line_no, wanted)?;
    }
    let lines = purchase::lines(db, purchase.id)?;
    Response::json_with(201, &json!({ "order": purchase, "lines": lines }))
}

export_plugin! {
    Orders,
    id: "orders",
    name: "Orders Plugin",
    requires: { identity: "^1.1", inventory: "^1" },
    routes: ["GET /orders", "POST /orders", "GET /orders/{id}"],
    entities: [Purchase, Line],
    migrations: "migrations",
    lock: "tenon.lock",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_wait_for_what_their_foreign_keys_refer_to() {
        let migrations = embed_migrations!("migrations");
        assert_eq!(migrations[0].requires, ["identity/0002_public_id.sql", "inventory/0001_items.sql"]);
    }
}
