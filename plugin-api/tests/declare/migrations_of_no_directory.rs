use tenon_plugin_api::prelude::*;

const MIGRATIONS: &[EmbeddedMigration] = embed_migrations!("nowhere");

fn main() {}
