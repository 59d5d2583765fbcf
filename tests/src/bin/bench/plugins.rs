//! Loading many plugins, against reading and hashing the same files: a host hashes each, looks through it,
//! makes its threads and asks it what it brings.

use serde_json::json;
use sha2::{Digest, Sha256};
use tenon_tests::World;

use super::{print, timed};

pub(super) fn plugins(count: &str) {
    let world = World::with(&[]);
    for number in 0..count.parse::<usize>().unwrap().min(100) {
        let id = format!("brings_{number:02}");
        let sql = format!("CREATE SCHEMA {id};\nCREATE TABLE {id}.thing (id bigint PRIMARY KEY);\n");
        let column = json!({ "name": "id", "data_type": "bigint", "not_null": true });
        let key = json!([{ "rule": { "primary_key": { "columns": ["id"] } } }]);
        let table = json!({ "name": format!("{id}.thing"), "columns": [column], "constraints": key });
        world.bring(&id, &[("0001_thing.sql", &sql)], &json!({ "format": 1, "tables": [table] }));
    }
    let ours = || {
        let host = world.host();
        assert_eq!(host.wait(host.host.plugins()).len(), world.libraries() + 1);
    };
    let theirs = || {
        for file in std::fs::read_dir(world.plugin_dir()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            std::hint::black_box(Sha256::digest(&bytes));
        }
    };
    let rounds: Vec<_> = (0..5).map(|_| (timed(ours), timed(theirs))).collect();
    print(&format!("loading {count} plugins"), "reading and hashing their files", &rounds);
}
