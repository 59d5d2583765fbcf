//! A plugin that brings the files that stand in its own bytes: a test writes them there, and another id.

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

/// What they are found by. Then comes JSON, pairs of name and SQL, and as many blanks as there is room for.
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

fn migrations() -> Vec<Migration> {
    // What the compiler knows of the bytes is not what will stand there.
    let files = &std::hint::black_box(&PLACE)[HEAD.len()..];
    let files: Vec<(String, String)> = serde_json::from_slice(files).unwrap_or_default();
    let migration = |(filename, sql)| Migration { filename, sql, requires: Vec::new() };
    files.into_iter().map(migration).collect()
}

export_plugin! { Silent, id: "brings_00", name: "Plugin That Brings Files", migrations: migrations() }
