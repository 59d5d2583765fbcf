//! A plugin of a few plain routes: what the benchmark measures, and what a healthy plugin looks like beside
//! bad ones.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(table = "stall.item")]
struct Item {
    #[column(primary_key)]
    id: i32,
    name: String,
    qty: i32,
}

#[derive(Debug, Entity)]
#[entity(table = "stall.sale")]
struct Sale {
    #[column(primary_key, identity = "always")]
    id: i64,
    item: i32,
    qty: i32,
}

#[derive(Deserialize)]
struct NewSale {
    item: i32,
    qty: i32,
}

struct Stall;

impl Plugin for Stall {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /items/{id}" => {
                let id: i32 = request.param_as("id")?;
                let item = db.query_one("SELECT id, name, qty FROM stall.item WHERE id = $1", &[&id])?;
                Response::json(&item.read::<Item>()?)
            }
            "GET /items" => {
                let items = db.query("SELECT id, name, qty FROM stall.item ORDER BY id LIMIT 100", &[])?;
                Response::json(&items.read::<Item>()?)
            }
            "POST /sales" | "POST /sales/in-a-transaction" => {
                let new: NewSale = request.json()?;
                let sql = "INSERT INTO stall.sale (item, qty) VALUES ($1, $2) RETURNING id";
                let id: i64 = db.query_one(sql, &[&new.item, &new.qty])?.get(0)?;
                Response::json_with(201, &json!({ "id": id }))
            }
            "GET /nothing" => Ok(Response::empty(204)),
            "GET /many/{times}" => {
                for _ in 0..request.param_as::<u32>("times")? {
                    db.query_one("SELECT id, name, qty FROM stall.item WHERE id = $1", &[&17])?;
                }
                Ok(Response::empty(204))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

export_plugin! {
    Stall,
    id: "stall",
    name: "Stall Plugin",
    access: public,
    routes: [
        "GET /items/{id}",
        "GET /items",
        autocommit("POST /sales"),
        "POST /sales/in-a-transaction",
        "GET /nothing",
        "GET /many/{times}",
    ],
    entities: [Item, Sale],
    migrations: embed_migrations!(files: ["stall/0001_stall.sql"]),
}
