//! One of a ladder: it requires the next one, and its function calls the one of that. A test writes other ids
//! of the same length into its bytes, `ladder_00` for its own and `ladder_99` for the next one.

use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "ladder_00.step")]
struct Step {
    #[column(primary_key, identity = "always")]
    id: i64,
    by: String,
}

const NEXT: PluginFunction<u32, u32> = PluginFunction::new("ladder_99", "climb");

struct Ladder;

impl Plugin for Ladder {
    routes! {
        public "POST /climb/{steps}" => begin(steps),
        public "POST /passes-over/{steps}" => passes_over(steps),
        public "GET /steps" => noted(),
    }
}

fn note(db: &Connection<'_>, by: &str) -> Result<(), PluginError> {
    db.execute("INSERT INTO ladder_00.step (by) VALUES ($1)", &[&by]).map(drop)
}

/// Has so many others called, one by the other, and tells how many there were.
fn onward(db: &Connection<'_>, by: &str, steps: u32) -> Result<u32, PluginError> {
    note(db, by)?;
    match steps {
        0 => Ok(0),
        _ => db.call(&NEXT, &(steps - 1)).map(|more| more + 1),
    }
}

fn begin(db: &Connection<'_>, steps: u32) -> Result<Json<u32>, PluginError> {
    onward(db, "a caller", steps).map(Json)
}

/// Goes on, whatever becomes of the others.
fn passes_over(db: &Connection<'_>, steps: u32) -> Result<Json<Value>, PluginError> {
    let done = onward(db, "a caller", steps);
    Ok(Json(done.map_or_else(
        |error| json!({ "status": error.status(), "code": error.code(), "message": error.message() }),
        |count| json!(count),
    )))
}

fn noted(db: &Connection<'_>) -> Result<Json<Vec<String>>, PluginError> {
    let rows = db.query("SELECT by FROM ladder_00.step ORDER BY id", &[])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map(Json)
}

fn climb(db: &Connection<'_>, call: &Call<'_, u32>) -> Result<u32, PluginError> {
    onward(db, &call.plugin(), *call.input())
}

export_plugin! {
    Ladder,
    id: "ladder_00",
    name: "Ladder Plugin",
    requires: { ladder_99: "^0.1" },
    entities: [Step],
    offers: [climb],
    migrations: embed_migrations!(files: ["ladder/0001_step.sql"]),
}
