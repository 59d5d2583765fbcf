//! Reads the lists of the sample `todo`, which shows callers their own alone, and tries to see more.

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

/// Statements to be tried, each by the plugin's own function.
#[derive(Deserialize)]
struct Tried {
    sql: Vec<String>,
}

struct Guest;

impl Plugin for Guest {
    routes! {
        public "GET /lists" => lists(),
        "POST /run" => run(&body),
        "POST /said" => said(),
    }
}

fn lists(db: &Connection<'_>) -> Result<Json<Vec<String>>, PluginError> {
    let rows = db.query("SELECT title FROM todo.list ORDER BY title", &[])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map(Json)
}

/// What became of each, and which lists are seen then.
fn run(db: &Connection<'_>, tried: &Tried) -> Result<Json<Value>, PluginError> {
    let told = tried.sql.iter().map(|sql| db.query_one("SELECT guest.run($1)", &[sql])?.get::<String>(0));
    let told = told.collect::<Result<Vec<_>, _>>()?;
    let seen = db.savepoint(lists);
    let seen = seen.map_or_else(|error| vec![error.message().to_owned()], |Json(seen)| seen);
    Ok(Json(json!({ "told": told, "seen": seen })))
}

/// Says by a statement of its own that somebody else calls. The setting's name stands nowhere in this
/// library: that it is told who calls follows from what it requires.
fn said(db: &Connection<'_>) -> Result<Json<Vec<String>>, PluginError> {
    db.query("SELECT set_config('tenon' || '.caller', 'grace', true)", &[])?;
    lists(db)
}

export_plugin! {
    Guest,
    id: "guest",
    name: "Guest Plugin",
    requires: { todo: "^1" },
    functions: { "guest.run(tried text) RETURNS text LANGUAGE plpgsql": file("guest/sql/run.sql") },
    migrations: embed_migrations!(files: ["guest/0001_run.sql"]),
}
