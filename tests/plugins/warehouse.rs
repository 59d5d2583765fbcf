//! Offers functions to plugins that require it: good ones, and such as go wrong in every way.
#![expect(clippy::panic, reason = "a function may do so too")]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "warehouse.stock")]
struct Stock {
    #[column(primary_key)]
    sku: String,
    #[column(check = "qty >= 0")]
    qty: i32,
}

/// What somebody wants.
#[derive(Deserialize)]
struct Wanted {
    sku: String,
    qty: i32,
}

/// What is there behind that.
#[derive(Serialize)]
struct Reserved {
    left: i32,
}

/// What the warehouse tells.
#[event]
struct Told {
    by: String,
}

struct Warehouse;

impl Plugin for Warehouse {
    routes! {
        public "GET /stock" => stock(),
        ddl("POST /shelves") => shelve(),
    }
}

fn stock(db: &Connection<'_>) -> Result<Json<i32>, PluginError> {
    db.query_one("SELECT qty FROM warehouse.stock WHERE sku = 'bolt'", &[])?.get(0).map(Json)
}

fn shelve(db: &Connection<'_>) -> Result<(), PluginError> {
    db.execute("CREATE TABLE warehouse.shelf ()", &[]).map(drop)
}

fn reserve(db: &Connection<'_>, call: &Call<'_, Wanted>) -> Result<Reserved, PluginError> {
    let Wanted { sku, qty } = call.input();
    let sql = "UPDATE warehouse.stock SET qty = qty - $2 WHERE sku = $1 RETURNING qty";
    let left: i32 = db.query_one(sql, &[sku, qty])?.get(0)?;
    // It was taken already: what was done is undone by the host.
    if left == 0 {
        Err(PluginError::new(409, "sold_out", "that was the last one"))
    } else {
        Ok(Reserved { left })
    }
}

fn who(db: &Connection<'_>, call: &Call<'_, ()>) -> Result<Value, PluginError> {
    let row = db.query_one(
        "SELECT current_user::text, tenon.caller(), txid_current()::text, session_user::text",
        &[],
    )?;
    Ok(json!({
        "by": call.plugin(),
        "caller": call.caller().map(|caller| caller.subject().to_owned()),
        "role": row.get::<String>(0)?,
        "login": row.get::<String>(3)?,
        "sql": row.get::<Option<String>>(1)?,
        "transaction": row.get::<String>(2)?,
    }))
}

/// Emits an event of its own, and tries one of its caller's in the role of its choice.
fn tells(db: &Connection<'_>, call: &Call<'_, Vec<String>>) -> Result<Vec<String>, PluginError> {
    db.emit("warehouse.told", &json!({ "by": call.plugin() }))?;
    call.input().iter().map(|sql| db.query_one("SELECT warehouse.run($1)", &[sql])?.get(0)).collect()
}

fn panics(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    db.execute("UPDATE warehouse.stock SET qty = 1", &[])?;
    panic!("what is in the box?");
}

fn sleeps(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    db.query("SELECT pg_sleep(30)", &[]).map(drop)
}

fn hangs(_: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    std::thread::sleep(Duration::from_secs(20));
    Ok(())
}

/// Passes over an error of the database.
fn passes_over(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    drop(db.execute("UPDATE warehouse.stock SET qty = -1", &[]));
    Ok(())
}

fn violates(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    db.execute("UPDATE warehouse.stock SET qty = -1", &[]).map(drop)
}

fn changes_schema(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<(), PluginError> {
    db.execute("CREATE TABLE warehouse.other ()", &[]).map(drop)
}

export_plugin! {
    Warehouse,
    id: "warehouse",
    name: "Warehouse Plugin",
    entities: [Stock],
    emits: { "warehouse.told": Told },
    functions: { "warehouse.run(tried text) RETURNS text LANGUAGE plpgsql": file("guest/sql/run.sql") },
    offers: [reserve, who, tells, panics, sleeps, hangs, passes_over, violates, changes_schema],
    migrations: embed_migrations!(files: ["warehouse/0001_stock.sql"]),
}
