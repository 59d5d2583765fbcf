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
    let sql = "SELECT id, account_id, placed_at, note FROM orders.purchase \
               WHERE $1::uuid IS NULL OR account_id = $1 ORDER BY placed_at DESC, id LIMIT 100";
    db.query(sql, &[&account])?.read()
}

pub(crate) fn find(db: &Connection<'_>, id: Uuid) -> Result<Option<Purchase>, PluginError> {
    let sql = "SELECT id, account_id, placed_at, note FROM orders.purchase WHERE id = $1";
    db.query_opt(sql, &[&id])?.map(|row| row.read()).transpose()
}

pub(crate) fn lines(db: &Connection<'_>, purchase: Uuid) -> Result<Vec<Line>, PluginError> {
    let sql = "SELECT purchase_id, line_no, item_id, qty, unit_price FROM orders.line \
               WHERE purchase_id = $1 ORDER BY line_no";
    db.query(sql, &[&purchase])?.read()
}

pub(crate) fn insert(
    db: &Connection<'_>,
    account: Uuid,
    note: Option<&str>,
) -> Result<Purchase, PluginError> {
    let sql = "INSERT INTO orders.purchase (account_id, note) VALUES ($1, $2) \
               RETURNING id, account_id, placed_at, note";
    db.query_one(sql, &[&account, &note])?.read()
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
    let taken = db.query_opt(
        "UPDATE inventory.item SET qty = qty - $2 WHERE sku = $1 AND state = 'active' AND qty >= $2 \
         RETURNING id, price",
        &[&wanted.sku, &wanted.qty],
    )?;
    let Some(taken) = taken else { return Err(why_not(db, wanted)?) };
    let (item, price): (i64, Numeric) = (taken.get("id")?, taken.get("price")?);
    db.execute(
        "INSERT INTO orders.line (purchase_id, line_no, item_id, qty, unit_price) VALUES ($1, $2, $3, $4, $5)",
        &[&purchase, &line_no, &item, &wanted.qty, &price],
    )?;
    Ok(())
}

fn why_not(db: &Connection<'_>, wanted: &Wanted) -> Result<PluginError, PluginError> {
    let sku = &wanted.sku;
    let item =
        db.query_opt("SELECT qty, state = 'active' AS for_sale FROM inventory.item WHERE sku = $1", &[sku])?;
    let Some(item) = item else { return Ok(PluginError::bad_request(format!("there is no item {sku}"))) };
    let (qty, for_sale): (i32, bool) = (item.get("qty")?, item.get("for_sale")?);
    Ok(PluginError::conflict(if for_sale {
        format!("of {sku} there are {qty}, and {} were ordered", wanted.qty)
    } else {
        format!("{sku} is not for sale")
    }))
}
