//! Taking out of an output what differs from run to run, so that the rest can be a snapshot.

use regex_lite::Regex;

use crate::world::World;

/// What is replaced, and by what.
const PATTERNS: &[(&str, &str)] = &[
    (r"\b[0-9a-f]{64}\b", "[sha256]"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?", "[time]"),
    (r"\b\d+ ms\b", "[n] ms"),
    (r"of \d+ that are free", "of [n] that are free"),
    (r"(/tmp|/dev/shm)/tenon-pg-\w+(:\d+)?", "[server]"),
    (r"\bt_[0-9a-f]{32}\b", "[database]"),
    (r"\b(tenon_\w+)_[0-9a-f]{8}(_owner)?\b", "${1}_[tag]$2"),
    (r"SCRAM-SHA-256\$[^']*", "[verifier]"),
    (r"\b[0-9a-f]{12}\b", "[checksum]"),
    (r"Not compared yet: .*", "Not compared yet: [kinds]"),
    (r"PostgreSQL \d+(\.\d+)*", "PostgreSQL [version]"),
];

impl World {
    /// The text without paths, hashes, ids, times and the server's name.
    pub fn redact(&self, text: &str) -> String {
        let text = text.replace(&self.path().display().to_string(), "[place]");
        PATTERNS.iter().fold(text, |text, (pattern, name)| {
            Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
        })
    }
}
