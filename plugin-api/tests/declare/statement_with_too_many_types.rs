use tenon_plugin_api::prelude::*;

fn count(db: &Connection<'_>) -> Result<i64, PluginError> {
    db.fetch_one(&sql!("SELECT count(*) FROM notes.note -- but $1", (i64, &str) -> i64), (1, "a"))
}

fn main() {}
