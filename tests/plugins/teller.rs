//! A plugin that emits events, in transactions that are kept and in such as are not, and hears its own.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::serde::Deserialize;

/// What is told.
#[event]
struct Told {
    number: i64,
    /// How often a listener fails before it hears it.
    #[serde(default)]
    fails: i64,
    #[serde(default)]
    panics: bool,
}

#[derive(Debug, Entity)]
#[entity(table = "teller.heard")]
struct Heard {
    #[column(primary_key)]
    event: Uuid,
    number: i64,
}

#[derive(Deserialize)]
#[serde(crate = "tenon_plugin_api::serde")]
struct Wish {
    /// Without one there is no order.
    key: Option<String>,
    from: i64,
    to: i64,
    #[serde(default)]
    fails: i64,
    #[serde(default)]
    panics: bool,
}

struct Teller;

impl Plugin for Teller {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "POST /tell" => tell(db, &request.json()?)?,
            "POST /take-back" => {
                tell(db, &request.json()?)?;
                return Err(PluginError::conflict("it is taken back"));
            }
            "POST /undeclared" => db.emit("teller.shouted", &json!({ "number": 1 }))?,
            "POST /misfit" => db.emit("teller.told", &json!({ "number": "secret" }))?,
            "POST /foreign" => {
                db.query("SELECT tenon.emit('hearer.heard', NULL, '{}')", &[])?;
            }
            "POST /forge" => {
                let sql = "SELECT tenon.event_done('hearer', 'teller.told', gen_random_uuid(), '{1}')";
                db.query(sql, &[])?;
            }
            route => return Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
        Ok(Response::empty(204))
    }
}

fn tell(db: &Connection<'_>, wish: &Wish) -> Result<(), PluginError> {
    for number in wish.from..=wish.to {
        let told = Told { number, fails: wish.fails, panics: wish.panics };
        match &wish.key {
            Some(key) => db.emit_in_order("teller.told", key, &told)?,
            None => db.emit("teller.told", &told)?,
        }
    }
    Ok(())
}

fn hear_oneself(db: &Connection<'_>, event: &Event<'_, Told>) -> Result<(), PluginError> {
    let number = event.payload().number;
    db.execute("INSERT INTO teller.heard (event, number) VALUES ($1, $2)", &[&event.id(), &number])?;
    Ok(())
}

export_plugin! {
    Teller,
    id: "teller",
    access: public,
    name: "Teller Plugin",
    version: "1.0.0",
    routes: [
        "POST /tell",
        "POST /take-back",
        "POST /undeclared",
        "POST /misfit",
        "POST /foreign",
        "POST /forge",
    ],
    emits: { "teller.told": Told },
    events: { "teller.told": hear_oneself },
    entities: [Heard],
    migrations: embed_migrations!(files: ["teller/0001_teller.sql"]),
}
