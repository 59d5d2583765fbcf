//! Calls functions of the plugin `warehouse`, which it requires.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "shop.sale")]
struct Sale {
    #[column(primary_key, identity = "always")]
    id: i64,
    what: String,
}

/// What somebody wants.
#[derive(Deserialize, Serialize)]
struct Wanted {
    sku: String,
    qty: i32,
}

/// What is there behind that.
#[derive(Deserialize, Serialize)]
struct Reserved {
    left: i32,
}

/// What the warehouse does not know.
#[derive(Serialize)]
struct Vague {
    thing: String,
}

const RESERVE: PluginFunction<Wanted, Reserved> = PluginFunction::new("warehouse", "reserve");
const VAGUE: PluginFunction<Vague, Reserved> = PluginFunction::new("warehouse", "reserve");
const MISUNDERSTOOD: PluginFunction<Wanted, String> = PluginFunction::new("warehouse", "reserve");
const WHO: PluginFunction<(), Value> = PluginFunction::new("warehouse", "who");

/// What the shop tells.
#[event]
struct Sold {
    what: String,
}

const TELLS: PluginFunction<Vec<String>, Vec<String>> = PluginFunction::new("warehouse", "tells");

/// Statements to be tried.
#[derive(Deserialize)]
#[serde(transparent)]
struct Tried(Vec<String>);

struct Shop;

impl Plugin for Shop {
    routes! {
        "POST /sales" => sell(&body),
        "POST /tries/{function}" => tries(&function),
        "POST /fails/{function}" => fails(&function),
        "POST /who" => who(),
        "POST /run" => run(&body),
        "POST /told" => told(&body),
        "GET /who" => who(),
        autocommit("POST /alone") => who(),
        public "GET /sales" => sales(),
    }
}

fn note(db: &Connection<'_>, what: &str) -> Result<(), PluginError> {
    db.execute("INSERT INTO shop.sale (what) VALUES ($1)", &[&what]).map(drop)
}

fn sell(db: &Connection<'_>, wanted: &Wanted) -> Result<(u16, Json<Reserved>), PluginError> {
    note(db, &wanted.sku)?;
    let reserved = db.call(&RESERVE, wanted)?;
    Ok((201, Json(reserved)))
}

fn sales(db: &Connection<'_>) -> Result<Json<Vec<String>>, PluginError> {
    let rows = db.query("SELECT what FROM shop.sale ORDER BY id", &[])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map(Json)
}

fn who(db: &Connection<'_>) -> Result<Json<Value>, PluginError> {
    let told = db.call(&WHO, &())?;
    let row = db.query_one("SELECT txid_current()::text, current_user::text", &[])?;
    Ok(Json(json!({ "told": told, "transaction": row.get::<String>(0)?, "role": row.get::<String>(1)? })))
}

/// Runs statements by the plugin's own function, and says what became of each.
fn run(db: &Connection<'_>, tried: &Tried) -> Result<Json<Vec<String>>, PluginError> {
    let told = tried.0.iter().map(|sql| db.query_one("SELECT shop.run($1)", &[sql])?.get(0));
    told.collect::<Result<_, _>>().map(Json)
}

/// Emits an event, has the warehouse emit one and try statements, and emits another.
fn told(db: &Connection<'_>, tried: &Tried) -> Result<Json<Vec<String>>, PluginError> {
    db.emit("shop.sold", &json!({ "what": "before" }))?;
    let told = db.call(&TELLS, &tried.0)?;
    db.emit("shop.sold", &json!({ "what": "behind" }))?;
    Ok(Json(told))
}

/// The roles that act before, in and behind a function of the warehouse, called for another plugin.
fn who_for(db: &Connection<'_>, _: &Call<'_, ()>) -> Result<Vec<Value>, PluginError> {
    let acting = || db.query_one("SELECT current_user::text", &[])?.get::<String>(0);
    let before = acting()?;
    let within = db.call(&WHO, &())?;
    Ok(vec![json!(before), within["role"].clone(), json!(acting()?)])
}

/// Ends with what becomes of the function.
fn fails(db: &Connection<'_>, function: &str) -> Result<Json<()>, PluginError> {
    note(db, function)?;
    if function == "who" {
        // The transaction is broken before.
        drop(db.execute("SELECT 1 / 0", &[]));
    }
    let names = ["reserve", "violates", "passes_over", "panics", "who"];
    let name = names.into_iter().find(|name| *name == function).unwrap_or("nothing");
    db.call(&PluginFunction::<(), ()>::new("warehouse", name), &()).map(Json)
}

/// Goes on, whatever becomes of the function.
fn tries(db: &Connection<'_>, function: &str) -> Result<Json<Value>, PluginError> {
    note(db, function)?;
    let wanted = |qty| Wanted { sku: "bolt".to_owned(), qty };
    let plain = |plugin, name| db.call(&PluginFunction::<(), Value>::new(plugin, name), &()).map(drop);
    let done = match function {
        "all" => db.call(&RESERVE, &wanted(10)).map(drop),
        "vague" => db.call(&VAGUE, &Vague { thing: "bolt".to_owned() }).map(drop),
        "misunderstood" => db.call(&MISUNDERSTOOD, &wanted(1)).map(drop),
        "panics" => plain("warehouse", "panics"),
        "sleeps" => plain("warehouse", "sleeps"),
        "hangs" => plain("warehouse", "hangs"),
        "passes_over" => plain("warehouse", "passes_over"),
        "violates" => plain("warehouse", "violates"),
        "changes_schema" => plain("warehouse", "changes_schema"),
        "nothing" => plain("warehouse", "nothing"),
        "itself" => plain("shop", "sell_for"),
        "foreign" => plain("inventory", "reserve"),
        _ => Err(PluginError::not_found("this is none of what is tried")),
    };
    note(db, "behind it")?;
    Ok(Json(match done {
        Ok(()) => json!("done"),
        Err(error) => json!({ "status": error.status(), "code": error.code(), "message": error.message() }),
    }))
}

/// Sells for another plugin.
fn sell_for(db: &Connection<'_>, call: &Call<'_, Wanted>) -> Result<Reserved, PluginError> {
    note(db, &call.plugin())?;
    db.call(&RESERVE, call.input())
}

export_plugin! {
    Shop,
    id: "shop",
    name: "Shop Plugin",
    requires: { warehouse: "^0.1" },
    needs: [call],
    entities: [Sale],
    emits: { "shop.sold": Sold },
    offers: [sell_for, who_for],
    functions: { "shop.run(tried text) RETURNS text LANGUAGE plpgsql": file("guest/sql/run.sql") },
    migrations: embed_migrations!(files: ["shop/0001_sale.sql"]),
}
