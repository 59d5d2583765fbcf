//! A plugin whose first migration is edited as the variable `EDITED` says, and followed by a second one.

use sha2::{Digest, Sha256};
use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

const FIRST: &str = "CREATE SCHEMA edited;\nCREATE TABLE edited.thing (\n    id bigint PRIMARY KEY\n);\n";

#[derive(Debug, Entity)]
#[entity(table = "edited.thing")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

fn migrations() -> Vec<Migration> {
    let file =
        |filename: &str, sql: String| Migration { filename: filename.to_owned(), sql, requires: Vec::new() };
    let first = |sql: String| file("0001_things.sql", sql);
    let second = || file("0002_comment.sql", "COMMENT ON TABLE edited.thing IS 'One';\n".to_owned());
    let other_tokens = || FIRST.replace("bigint", "int8");
    match std::env::var("EDITED").as_deref() {
        Ok("bytes") => {
            vec![first(format!("-- What it is about.\r\n{}", FIRST.replace('\n', "\r\n"))), second()]
        }
        Ok("tokens") => vec![first(other_tokens()), second()],
        Ok("accepted") => {
            let sum = hex::encode(Sha256::digest(FIRST));
            vec![first(format!("-- tenon:accepts sha256:{sum}\n{}", other_tokens())), second()]
        }
        _ => vec![first(FIRST.to_owned())],
    }
}

export_plugin! { Silent, id: "edited", name: "Edited Plugin", entities: [Thing], migrations: migrations() }
