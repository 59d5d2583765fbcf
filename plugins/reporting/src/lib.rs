//! Reports over accounts, items and orders: a view, and routes that only read.

use serde::Serialize;
use tenon_plugin_api::prelude::*;

struct Reporting;

impl Plugin for Reporting {
    routes! {
        "GET /orders" => all(),
        "GET /accounts/{account_id}/orders" => of_account(account_id),
        "GET /orders/{order_id}" => read(order_id),
    }
}

/// A row of the view `reporting.order_summary`.
#[derive(FromRow, Serialize)]
struct OrderSummary {
    order_id: Uuid,
    placed_at: Timestamp,
    account_id: Uuid,
    account_name: String,
    lines: i64,
    total: Numeric,
    skus: Vec<String>,
}

/// The newest hundred orders, of one account or of all.
fn orders(db: &Connection<'_>, account: Option<Uuid>) -> Result<Json<Vec<OrderSummary>>, PluginError> {
    let sql = sql!(
        "SELECT {OrderSummary.*} FROM reporting.order_summary WHERE $1::uuid IS NULL OR account_id = $1 \
         ORDER BY placed_at DESC, order_id LIMIT 100",
        (Option<Uuid>) -> OrderSummary
    );
    db.fetch(&sql, (account,)).map(Json)
}

fn all(db: &Connection<'_>) -> Result<Json<Vec<OrderSummary>>, PluginError> {
    orders(db, None)
}

fn of_account(db: &Connection<'_>, account: Uuid) -> Result<Json<Vec<OrderSummary>>, PluginError> {
    orders(db, Some(account))
}

fn read(db: &Connection<'_>, id: Uuid) -> Result<Json<OrderSummary>, PluginError> {
    let sql = sql!(
        "SELECT {OrderSummary.*} FROM reporting.order_summary WHERE order_id = $1",
        (Uuid) -> OrderSummary
    );
    let found = db.fetch_opt(&sql, (id,))?;
    found.map(Json).ok_or_else(|| PluginError::not_found(format!("there is no order {id}")))
}

export_plugin! {
    Reporting,
    id: "reporting",
    name: "Reporting Plugin",
    access: public,
    requires: { identity: "^1.1", inventory: "^1", orders: "^1" },
    views: { "reporting.order_summary": file("views/order_summary.sql") },
    migrations: "migrations",
    lock: "tenon.lock",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migration_makes_the_view_that_is_declared() {
        let query = include_str!("../views/order_summary.sql").trim_end();
        assert!(embed_migrations!("migrations").iter().any(|migration| migration.sql.contains(query)));
    }

    #[test]
    fn the_view_waits_for_the_tables_of_all_three_others() {
        assert_eq!(
            embed_migrations!("migrations")[0].requires,
            ["identity/0002_public_id.sql", "inventory/0001_items.sql", "orders/0001_orders.sql"]
        );
    }
}
