//! The table `inventory.item` and the type `inventory.state`.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumType, Serialize, Deserialize)]
#[pg_enum(name = "inventory.state")]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Draft,
    Active,
    Retired,
}

/// One item.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(
    table = "inventory.item",
    check(name = "item_price_is_positive", "price > 0"),
    check(name = "item_active_has_name", "state <> 'active' OR name <> ''"),
    index(name = "item_name_idx", keys("lower(name) text_pattern_ops")),
    index(name = "item_active_idx", keys("sku"), where = "state = 'active'"),
    index(name = "item_reorder_idx", keys("sku"), where = "qty < reorder_level")
)]
pub(crate) struct Item {
    #[column(primary_key, identity = "always")]
    pub(crate) id: i64,
    #[column(unique, type = "varchar(25)")]
    pub(crate) sku: String,
    pub(crate) name: String,
    #[column(default = "0", check = "qty >= 0")]
    pub(crate) qty: i32,
    #[column(type = "numeric(12,2)")]
    pub(crate) price: Numeric,
    #[column(default = "'draft'")]
    pub(crate) state: State,
    #[column(default = "'{}'")]
    pub(crate) meta: Value,
    #[column(default = "now()")]
    pub(crate) created_at: Timestamp,
    #[column(default = "0", check = "reorder_level >= 0")]
    pub(crate) reorder_level: i32,
}

/// An item as it comes in.
#[derive(Debug, Deserialize)]
pub(crate) struct NewItem {
    pub(crate) sku: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) qty: i32,
    pub(crate) price: Numeric,
    pub(crate) state: Option<State>,
    pub(crate) meta: Option<Value>,
    #[serde(default)]
    pub(crate) reorder_level: i32,
}

/// What may change about an item; what is missing stays.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) qty: Option<i32>,
    pub(crate) price: Option<Numeric>,
    pub(crate) state: Option<State>,
    pub(crate) reorder_level: Option<i32>,
}

/// The items that are asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Filter {
    pub(crate) state: Option<State>,
    /// How the name begins, in whatever case.
    pub(crate) name: Option<String>,
    pub(crate) limit: Option<u16>,
}

/// Items by their SKU, a hundred if nothing is said.
pub(crate) fn list(db: &Connection<'_>, filter: &Filter) -> Result<Vec<Item>, PluginError> {
    let sql = sql!(
        "SELECT {Item.*} FROM inventory.item WHERE ($1::inventory.state IS NULL OR state = $1) \
         AND ($2::text IS NULL OR starts_with(lower(name), lower($2))) ORDER BY sku LIMIT $3",
        (Option<State>, Option<&str>, i64) -> Item
    );
    db.fetch(&sql, (filter.state, filter.name.as_deref(), i64::from(filter.limit.unwrap_or(100))))
}

/// The items whose stock is below their reorder level.
pub(crate) fn to_reorder(db: &Connection<'_>) -> Result<Vec<Item>, PluginError> {
    let sql = sql!("SELECT {Item.*} FROM inventory.item WHERE qty < reorder_level ORDER BY sku", () -> Item);
    db.fetch(&sql, ())
}

pub(crate) fn find(db: &Connection<'_>, sku: &str) -> Result<Option<Item>, PluginError> {
    db.fetch_opt(&sql!("SELECT {Item.*} FROM inventory.item WHERE sku = $1", (&str) -> Item), (sku,))
}

pub(crate) fn insert(db: &Connection<'_>, new: &NewItem) -> Result<Item, PluginError> {
    let sql = sql!(
        "INSERT INTO inventory.item (sku, name, qty, price, state, meta, reorder_level) \
         VALUES ($1, $2, $3, $4, coalesce($5, 'draft'::inventory.state), coalesce($6, '{}'), $7) \
         RETURNING {Item.*}",
        (&str, &str, i32, &Numeric, Option<State>, Option<&Value>, i32) -> Item
    );
    let NewItem { sku, name, qty, price, state, meta, reorder_level } = new;
    db.fetch_one(&sql, (sku, name, *qty, price, *state, meta.as_ref(), *reorder_level))
}

pub(crate) fn update(db: &Connection<'_>, sku: &str, change: &Change) -> Result<Option<Item>, PluginError> {
    let sql = sql!(
        "UPDATE inventory.item SET qty = coalesce($2, qty), price = coalesce($3, price), \
         state = coalesce($4, state), reorder_level = coalesce($5, reorder_level) WHERE sku = $1 \
         RETURNING {Item.*}",
        (&str, Option<i32>, Option<&Numeric>, Option<State>, Option<i32>) -> Item
    );
    db.fetch_opt(&sql, (sku, change.qty, change.price.as_ref(), change.state, change.reorder_level))
}
