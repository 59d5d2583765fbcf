use tenon_plugin_api::prelude::*;

struct Money(i64);

const PAY: Sql<(Money,)> = sql!("UPDATE notes.note SET price = $1", (Money));

fn main() {}
