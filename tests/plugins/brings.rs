//! A plugin that brings the files and descriptors that stand in its own bytes: a test writes them there, and
//! another id.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_test_plugins::Silent;

/// What they are found by. Then comes JSON, pairs of name and SQL and then the descriptors, and as many
/// blanks as there is room for.
const HEAD: &[u8] = b"the files of the plugin brings: ";
const ROOM: usize = 1 << 20;

static PLACE: [u8; ROOM] = {
    let mut place = [b' '; ROOM];
    let mut at = 0;
    while at < HEAD.len() {
        place[at] = HEAD[at];
        at += 1;
    }
    place
};

fn brought() -> (Vec<(String, String)>, Option<Descriptors>) {
    // What the compiler knows of the bytes is not what will stand there.
    let place = &std::hint::black_box(&PLACE)[HEAD.len()..];
    serde_json::from_slice(place).unwrap_or_default()
}

fn schema() -> Descriptors {
    brought().1.unwrap_or_default()
}

fn migrations() -> Vec<Migration> {
    let migration = |(filename, sql)| Migration { filename, sql, requires: Vec::new() };
    brought().0.into_iter().map(migration).collect()
}

export_plugin! {
    Silent,
    id: "brings_00",
    name: "Plugin That Brings Files",
    schema: schema(),
    migrations: migrations()
}
