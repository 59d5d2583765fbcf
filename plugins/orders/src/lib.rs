//! Orders: which account ordered which items.

mod purchase;

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

use purchase::{Line, Purchase, Wanted};

struct Orders;

impl Plugin for Orders {
    routes! {
        "GET /orders" => list(query),
        "POST /orders" => place(&body),
        "GET /orders/{id}" => read(id),
    }
}

#[derive(Deserialize)]
struct Filter {
    account: Option<Uuid>,
}

fn list(db: &Connection<'_>, Filter { account }: Filter) -> Result<Json<Vec<Purchase>>, PluginError> {
    purchase::list(db, account).map(Json)
}

fn read(db: &Connection<'_>, id: Uuid) -> Result<Json<Value>, PluginError> {
    let purchase = purchase::find(db, id)?;
    let purchase = purchase.ok_or_else(|| PluginError::not_found(format!("there is no order {id}")))?;
    Ok(Json(json!({ "order": purchase, "lines": purchase::lines(db, id)? })))
}

#[derive(Deserialize)]
struct NewOrder {
    account: Uuid,
    note: Option<String>,
    lines: Vec<Wanted>,
}

/// Takes the items out of stock and notes the order. One item too few, and nothing of it has happened: the
/// host's transaction is rolled back with the error.
fn place(db: &Connection<'_>, new: &NewOrder) -> Result<(u16, Json<Value>), PluginError> {
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
    Ok((201, Json(json!({ "order": purchase, "lines": lines }))))
}

export_plugin! {
    Orders,
    id: "orders",
    name: "Orders Plugin",
    access: public,
    requires: { identity: "^1.1", inventory: "^1" },
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
