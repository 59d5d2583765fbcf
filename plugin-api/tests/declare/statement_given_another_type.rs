use tenon_plugin_api::prelude::*;

const READ: Sql<(i64, &str), i64> =
    sql!("SELECT id FROM notes.note WHERE id = $1 AND text = $2", (i64, &str) -> i64);

fn read(db: &Connection<'_>, text: String) -> Result<Vec<i64>, PluginError> {
    db.fetch(&READ, (text, 1))
}

fn main() {}
