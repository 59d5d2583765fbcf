//! Reports over accounts, items and orders: a view, and routes that only read.

use serde::Serialize;
use tenon_plugin_api::prelude::*;

struct Reporting;

impl Plugin for Reporting {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /orders" => Response::json(&orders(db, None)?),
            "GET /accounts/{account_id}/orders" => {
                Response::json(&orders(db, Some(request.param_as("account_id")?))?)
            }
            "GET /orders/{order_id}" => {
                let id: Uuid = request.param_as("order_id")?;
                let sql = "SELECT order_id, placed_at, account_id, account_name, lines, total, skus \
                           FROM reporting.order_summary WHERE order_id = $1";
                let row = db.query_opt(sql, &[&id])?;
                let row = row.ok_or_else(|| PluginError::not_found(format!("there is no order {id}")))?;
                Response::json(&row.read::<OrderSummary>()?)
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
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
fn orders(db: &Connection<'_>, account: Option<Uuid>) -> Result<Vec<OrderSummary>, PluginError> {
    let sql = "SELECT order_id, placed_at, account_id, account_name, lines, total, skus \
               FROM reporting.order_summary WHERE $1::uuid IS NULL OR account_id = $1 \
               ORDER BY placed_at DESC, order_id LIMIT 100";
    db.query(sql, &[&account])?.read()
}

/// The view's query, as the migration has it.
const ORDER_SUMMARY: &str = include_str!("../views/order_summary.sql");

export_plugin! {
    Reporting,
    id: "reporting",
    name: "Reporting Plugin",
    requires: { identity: "^1.1", inventory: "^1", orders: "^1" },
    routes: ["GET /orders", "GET /orders/{order_id}", "GET /accounts/{account_id}/orders"],
    views: { "reporting.order_summary": ORDER_SUMMARY },
    migrations: "migrations",
    lock: "tenon.lock",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migration_makes_the_view_that_is_declared() {
        let migrations = embed_migrations!("migrations");
        assert!(migrations.iter().any(|migration| migration.sql.contains(ORDER_SUMMARY.trim_end())));
    }

    #[test]
    fn the_view_waits_for_the_tables_of_all_three_others() {
        assert_eq!(
            embed_migrations!("migrations")[0].requires,
            ["identity/0002_public_id.sql", "inventory/0001_items.sql", "orders/0001_orders.sql"]
        );
    }
}
