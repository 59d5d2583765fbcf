//! Statements that PostgreSQL refuses inside a transaction block.
//!
//! After the callers of `PreventInTransactionBlock` in PostgreSQL 15 to 18. Where it depends on options or
//! on the catalog, PostgreSQL is left to judge: a reindexed partitioned table, a subscription without a slot.

use super::super::scan::TokenKind;
use super::super::words::Words;

pub(super) fn refuses(words: &Words<'_>) -> bool {
    words.is(0, "vacuum")
        || words.begins(&["discard", "all"])
        || words.begins(&["alter", "system"])
        || index_concurrently(words)
        || reindex(words)
        || cluster_all(words)
        || (words.begins(&["alter", "table"])
            && words.has("detach")
            && words.is(words.len() - 1, "concurrently"))
        || (words.is_any(0, &["create", "drop"]) && words.is_any(1, &["database", "tablespace"]))
        || (words.begins(&["alter", "database"]) && words.begins_anywhere(&["set", "tablespace"]))
        || words.begins(&["drop", "subscription"])
        || (words.begins(&["create", "subscription"]) && !words.has("create_slot") && !words.has("connect"))
}

/// `REFRESH MATERIALIZED VIEW CONCURRENTLY` is not among them: it may run in a transaction.
fn index_concurrently(words: &Words<'_>) -> bool {
    words.begins(&["create", "index", "concurrently"])
        || words.begins(&["create", "unique", "index", "concurrently"])
        || words.begins(&["drop", "index", "concurrently"])
}

fn reindex(words: &Words<'_>) -> bool {
    let after_options =
        (0..words.len()).find(|&at| words.kind(at) == Some(TokenKind::Close)).map_or(1, |at| at + 1);
    let object = if words.kind(1) == Some(TokenKind::Open) { after_options } else { 1 };
    let option_on =
        (2..object).any(|at| words.is(at, "concurrently") && !words.is_any(at + 1, &["false", "off"]));
    words.is(0, "reindex")
        && (option_on
            || words.is(object + 1, "concurrently")
            || words.is_any(object, &["schema", "database", "system"]))
}

/// `CLUSTER` without a table: all tables, each in a transaction of its own.
fn cluster_all(words: &Words<'_>) -> bool {
    words.is(0, "cluster") && words.outer().all(|at| at == 0 || words.is(at, "verbose"))
}
