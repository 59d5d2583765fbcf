use tenon_plugin_api::prelude::*;

const ALL: &str = sql!("SELECT {id} FROM notes.note WHERE tags = '{a,b}'");

fn main() {}
