//! Says who calls: a route for everybody, one for callers, one for administrators. And keeps notes, of which
//! a caller sees their own alone.

use serde::Deserialize;
use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Policy;

#[derive(Debug, Entity)]
#[entity(table = "callers.note")]
struct Note {
    #[column(primary_key, identity = "always")]
    id: i64,
    #[column(default = "tenon.caller()")]
    owner: String,
    text: String,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// Statements to be tried.
#[derive(Deserialize)]
struct Tried {
    sql: Vec<String>,
}

struct Callers;

impl Plugin for Callers {
    routes! {
        public "GET /open" => told(request),
        public "POST /open" => told(request),
        "GET /mine" => told(request),
        "POST /mine" => told(request),
        admin "GET /ops" => told(request),
        public "GET /who" => who(),
        public "GET /notes" => notes(),
        "POST /notes" => write(&body),
        autocommit("POST /notes/at-once") => write(&body),
        "POST /tried" => tried(&body),
        "POST /run" => run(&body),
        public "GET /forged" => forged(),
    }
}

fn who(db: &Connection<'_>) -> Result<Json<Option<String>>, PluginError> {
    let sql = "SELECT tenon.caller()";
    db.query_one(sql, &[])?.get(0).map(Json)
}

fn notes(db: &Connection<'_>) -> Result<Json<Vec<String>>, PluginError> {
    let rows = db.query("SELECT text FROM callers.note ORDER BY id", &[])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map(Json)
}

fn write(db: &Connection<'_>, new: &NewNote) -> Result<(u16, Json<String>), PluginError> {
    let sql = "INSERT INTO callers.note (text) VALUES ($1) RETURNING owner";
    Ok((201, Json(db.query_one(sql, &[&new.text])?.get(0)?)))
}

/// Runs statements, each for itself, and says what became of them and who calls then.
fn tried(db: &Connection<'_>, tried: &Tried) -> Result<Json<Value>, PluginError> {
    let run = |sql: &String| {
        let done = db.savepoint(|db| db.query(sql, &[]).map(|_| ()));
        done.map_or_else(|error| error.message().to_owned(), |()| "done".to_owned())
    };
    let told: Vec<_> = tried.sql.iter().map(run).collect();
    let Json(caller) = who(db)?;
    Ok(Json(json!({ "told": told, "caller": caller })))
}

/// Has a function of the plugin's own run statements, and says what became of them and who calls then.
fn run(db: &Connection<'_>, tried: &Tried) -> Result<Json<Value>, PluginError> {
    let told = tried.sql.iter().map(|sql| db.query_one("SELECT callers.run($1)", &[sql])?.get::<String>(0));
    let told = told.collect::<Result<Vec<_>, _>>()?;
    let caller = match db.savepoint(who) {
        Ok(Json(caller)) => json!({ "Ok": caller }),
        Err(error) => json!({ "Err": error.message() }),
    };
    let seen = db.savepoint(notes);
    Ok(Json(json!({
        "told": told,
        "caller": caller,
        "seen": seen.map_or_else(|_| Vec::new(), |Json(seen)| seen),
    })))
}

fn forged(db: &Connection<'_>) -> Result<Json<Option<String>>, PluginError> {
    db.query_one("SELECT callers.forged()", &[])?.get(0).map(Json)
}

fn own() -> Policy {
    Policy {
        name: "own".into(),
        using: Some("owner = (SELECT tenon.caller())".to_owned()),
        ..Policy::default()
    }
}

/// All that the plugin knows of whoever calls.
fn told(_: &Connection<'_>, request: &Request<'_>) -> Json<Value> {
    let caller = request.caller().map(|caller| {
        json!({
            "subject": caller.subject(),
            "name": caller.name(),
            "scopes": caller.scopes().collect::<Vec<_>>(),
            "claims": caller.claims(),
            "how": caller.how(),
            "admin": caller.is_admin(),
        })
    });
    let header = |name| request.header(name);
    Json(json!({
        "caller": caller,
        "user": request.user(),
        "authorization": header("authorization"),
        "cookie": header("cookie"),
        "proxy": header("x-auth-user"),
    }))
}

export_plugin! {
    Callers,
    id: "callers",
    name: "Callers Plugin",
    entities: [Note],
    functions: {
        "callers.run(tried text) RETURNS text LANGUAGE plpgsql": file("callers/sql/run.sql"),
        "callers.forged() RETURNS text LANGUAGE plpgsql": file("callers/sql/forged.sql"),
    },
    policies: { Note: [own()] },
    migrations: embed_migrations!(files: ["callers/0001_note.sql"]),
}
