use tenon_plugin_api::prelude::*;

const GAP: Sql<(i64, i64)> = sql!("DELETE FROM notes.note WHERE id = $2", (i64, i64));

fn main() {}
