//! A plugin that writes a row and then panics, or fails, or tries what it may not.
#![expect(clippy::panic, reason = "that is what it is for")]

use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "panics_in_handle.written")]
struct Written {
    #[column(primary_key, identity = "always")]
    id: i64,
    note: String,
}

struct Panics;

impl Plugin for Panics {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let write =
            || db.execute("INSERT INTO panics_in_handle.written (note) VALUES ($1)", &[&request.route()]);
        match request.route() {
            "GET /count" => {
                let count: i64 =
                    db.query_one("SELECT count(*) FROM panics_in_handle.written", &[])?.get(0)?;
                Response::json(&count)
            }
            "GET /environment" => {
                let variables: Vec<_> = std::env::vars_os()
                    .map(|(name, value)| format!("{}={}", name.display(), value.display()))
                    .collect();
                let file = std::fs::read("/proc/self/environ").unwrap_or_default();
                Response::json(&json!([variables, String::from_utf8_lossy(&file)]))
            }
            "POST /rows" => Response::json_with(201, &write()?),
            "POST /panic" => {
                write()?;
                panic!("no luck in handle");
            }
            "POST /fail" => {
                write()?;
                Err(PluginError::conflict("changed its mind"))
            }
            "POST /commit" => {
                write()?;
                db.execute("COMMIT", &[])?;
                panic!("the host let a COMMIT through");
            }
            "POST /swallow" => {
                write()?;
                // The error is ignored, the transaction is broken all the same.
                let _ = db.execute("SELECT 1 / 0", &[]);
                Response::json(&"all is well")
            }
            "POST /sleep" => {
                write()?;
                db.execute("SELECT pg_sleep(60)", &[])?;
                Response::json(&"slept")
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

export_plugin! {
    Panics,
    id: "panics_in_handle",
    name: "Plugin That Panics in handle",
    access: public,
    routes: [
        "GET /count", "GET /environment", "POST /rows", "POST /panic", "POST /fail", "POST /commit", "POST /swallow", "POST /sleep",
    ],
    entities: [Written],
    migrations: embed_migrations!(files: ["panics_in_handle/0001_rows.sql"]),
}
