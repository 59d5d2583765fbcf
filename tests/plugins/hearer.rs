//! A plugin that hears events of another, and writes them down; some only after it has failed.
#![expect(clippy::panic, reason = "a listener may do so too")]

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde::Deserialize;

#[derive(Debug, Entity)]
#[entity(table = "hearer.heard")]
struct Written {
    #[column(primary_key, identity = "always")]
    id: i64,
    event: Uuid,
    key: Option<String>,
    number: i64,
    attempt: i32,
}

#[derive(Deserialize)]
#[serde(crate = "tenon_plugin_api::serde")]
struct Told {
    number: i64,
    fails: i64,
    panics: bool,
}

struct Hearer;

impl Plugin for Hearer {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /heard" => {
                let heard: i64 = db.query_one("SELECT count(*) FROM hearer.heard", &[])?.get(0)?;
                Response::json(&json!({ "heard": heard }))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

fn hear(db: &Connection<'_>, event: &Event<'_, Told>) -> Result<(), PluginError> {
    let (told, attempt) = (event.payload(), i32::try_from(event.attempt()).unwrap_or(i32::MAX));
    let key = event.key().map(str::to_owned);
    let sql = "INSERT INTO hearer.heard (event, key, number, attempt) VALUES ($1, $2, $3, $4)";
    db.execute(sql, &[&event.id(), &key, &told.number, &attempt])?;
    if told.panics {
        panic!("{} number {} is too much", event.name(), told.number);
    }
    if i64::from(attempt) <= told.fails {
        return Err(PluginError::new(409, "not_now", "not now"));
    }
    Ok(())
}

export_plugin! {
    Hearer,
    id: "hearer",
    access: public,
    name: "Hearer Plugin",
    version: "1.0.0",
    requires: { teller: "^1" },
    routes: ["GET /heard"],
    events: { "teller.told": hear },
    entities: [Written],
    migrations: embed_migrations!(files: ["hearer/0001_hearer.sql"]),
}
