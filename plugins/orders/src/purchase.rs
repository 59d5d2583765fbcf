//! The tables `orders.purchase` and `orders.line`.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

/// One order.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(table = "orders.purchase", index(name = "purchase_account_idx", keys(account_id, "placed_at DESC")))]
pub(crate) struct Purchase {
    #[column(primary_key, default = "gen_random_uuid()")]
    pub(crate) id: Uuid,
    #[column(references = "identity.account(public_id)")]
    pub(crate) account_id: Uuid,
    #[column(default = "now()")]
    pub(crate) placed_at: Timestamp,
    pub(crate) note: Option<String>,
}

/// One line of an order, with the price as it was.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(
    table = "orders.line",
    primary_key(columns(purchase_id, line_no)),
    index(name = "line_item_idx", keys(item_id))
)]
pub(crate) struct Line {
    #[column(references = "orders.purchase(id)", on_delete = "cascade")]
    pub(crate) purchase_id: Uuid,
    pub(crate) line_no: i16,
    #[column(references = "inventory.item(id)")]
    pub(crate) item_id: i64,
    #[column(check = "qty > 0")]
    pub(crate) qty: i32,
    #[column(type = "numeric(12,2)")]
    pub(crate) unit_price: Numeric,
}

/// An item that somebody wants.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) sku: String,
    pub(crate) qty: i32,
}

/// The newest hundred orders, of one account or of all.
pub(crate) fn list(db: &Connection<'_>, account: Option<Uuid>) -> Result<Vec<Purchase>, PluginError> {
    let sql = sql!(
        "SELECT {Purchase.*} FROM orders.purchase \
         WHERE $1::uuid IS NULL OR account_id = $1 ORDER BY placed_at DESC, id LIMIT 100",
        (Option<Uuid>) -> Purchase
    );
    db.fetch(&sql, (account,))
}

pub(crate) fn find(db: &Connection<'_>, id: Uuid) -> Result<Option<Purchase>, PluginError> {
    db.fetch_opt(&sql!("SELECT {Purchase.*} FROM orders.purchase WHERE id = $1", (Uuid) -> Purchase), (id,))
}

pub(crate) fn lines(db: &Connection<'_>, purchase: Uuid) -> Result<Vec<Line>, PluginError> {
    let sql = sql!(
        "SELECT {Line.*} FROM orders.line WHERE purchase_id = $1 ORDER BY line_no",
        (Uuid) -> Line
    );
    db.fetch(&sql, (purchase,))
}

pub(crate) fn insert(
    db: &Connection<'_>,
    account: Uuid,
    note: Option<&str>,
) -> Result<Purchase, PluginError> {
    let sql = sql!(
        "INSERT INTO orders.purchase (account_id, note) VALUES ($1, $2) RETURNING {Purchase.*}",
        (Uuid, Option<&str>) -> Purchase
    );
    db.fetch_one(&sql, (account, note))
}

/// Takes the wanted items out of stock and adds them to the order, at today's price.
pub(crate) fn add_line(
    db: &Connection<'_>,
    purchase: Uuid,
    line_no: i16,
    wanted: &Wanted,
) -> Result<(), PluginError> {
    if wanted.qty < 1 {
        return Err(PluginError::bad_request(format!("of {} at least one has to be ordered", wanted.sku)));
    }
    let take = sql!(
        "UPDATE inventory.item SET qty = qty - $2 WHERE sku = $1 AND state = 'active' AND qty >= $2 \
         RETURNING id, price",
        (&str, i32) -> (i64, Numeric)
    );
    let Some((item, price)) = db.fetch_opt(&take, (&wanted.sku, wanted.qty))? else {
        return Err(why_not(db, wanted)?);
    };
    let add = sql!(
        "INSERT INTO orders.line (purchase_id, line_no, item_id, qty, unit_price) VALUES ($1, $2, $3, $4, $5)",
        (Uuid, i16, i64, i32, Numeric)
    );
    db.run(&add, (purchase, line_no, item, wanted.qty, price))?;
    Ok(())
}

fn why_not(db: &Connection<'_>, wanted: &Wanted) -> Result<PluginError, PluginError> {
    let sku = &wanted.sku;
    let sql = sql!("SELECT qty, state = 'active' FROM inventory.item WHERE sku = $1", (&str) -> (i32, bool));
    let Some((qty, for_sale)) = db.fetch_opt(&sql, (sku,))? else {
        return Ok(PluginError::bad_request(format!("there is no item {sku}")));
    };
    Ok(PluginError::conflict(if for_sale {
        format!("of {sku} there are {qty}, and {} were ordered", wanted.qty)
    } else {
        format!("{sku} is not for sale")
    }))
}
