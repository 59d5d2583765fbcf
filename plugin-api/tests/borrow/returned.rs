use tenon_plugin_api::prelude::*;

fn keep(db: &Connection<'_>) -> &'static Connection<'static> {
    db
}

fn main() {}
