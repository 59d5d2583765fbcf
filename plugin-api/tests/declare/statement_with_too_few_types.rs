use tenon_plugin_api::prelude::*;

const TWO: Sql<(i64,), i64> = sql!("SELECT id FROM notes.note WHERE id = $1 AND text = $2", (i64) -> i64);

fn main() {}
