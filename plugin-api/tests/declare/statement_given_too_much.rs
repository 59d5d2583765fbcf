use tenon_plugin_api::prelude::*;

const READ: Sql<(i64,), i64> = sql!("SELECT id FROM notes.note WHERE id = $1", (i64) -> i64);

fn read(db: &Connection<'_>) -> Result<Vec<i64>, PluginError> {
    db.fetch(&READ, (1, 2))
}

fn main() {}
