//! The Inventory Plugin as it was at version 1.0.0, by an oversight with the lock file of a later one.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

#[derive(Debug, Clone, Copy, EnumType)]
#[pg_enum(name = "inventory.state")]
enum State {
    Draft,
    Active,
    Retired,
}

#[derive(Debug, Entity)]
#[entity(
    table = "inventory.item",
    check(name = "item_price_is_positive", "price > 0"),
    check(name = "item_active_has_name", "state <> 'active' OR name <> ''")
)]
struct Item {
    #[column(primary_key, identity = "always")]
    id: i64,
    #[column(unique, type = "varchar(25)")]
    sku: String,
    name: String,
    #[column(default = "0", check = "qty >= 0")]
    qty: i32,
    #[column(type = "numeric(12,2)")]
    price: Numeric,
    #[column(default = "'draft'")]
    state: State,
    #[column(default = "'{}'")]
    meta: Value,
    #[column(default = "now()")]
    created_at: Timestamp,
}

export_plugin! {
    Silent,
    id: "inventory",
    name: "Inventory Plugin",
    version: "1.0.0",
    entities: [Item],
    enums: [State],
    migrations: embed_migrations!(files: ["../../plugins/inventory/migrations/0001_items.sql"]),
    lock: "../../plugins/inventory/tenon.lock",
}
