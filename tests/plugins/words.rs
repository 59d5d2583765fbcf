//! A plugin with types, operators and functions of extensions, which it names with a schema and without.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

fn schema() -> Descriptors {
    serde_json::from_str(include_str!("words/words.json")).unwrap_or_default()
}

export_plugin! {
    Silent,
    id: "words",
    name: "Words Plugin",
    schema: schema(),
    migrations: embed_migrations!(files: ["words/0001_words.sql"]),
}
