//! Indexes and extended statistics.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::is_default;
use crate::Ident;

/// An index that no constraint makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The name; without one, the name PostgreSQL itself would choose.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<Ident>,
    /// Whether it refuses duplicates.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unique: bool,
    /// The access method.
    #[serde(default = "btree", skip_serializing_if = "is_btree")]
    pub method: String,
    /// The keys as SQL, in order: `sku`, `lower(name) DESC`, `name text_pattern_ops`.
    pub keys: Vec<String>,
    /// Columns carried but not part of the key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<Ident>,
    /// Whether two NULLs count as equal in a unique index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// The condition of a partial index, as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub predicate: Option<String>,
    /// `WITH`, such as `fillfactor`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: BTreeMap<String, String>,
    /// `TABLESPACE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub tablespace: Option<Ident>,
    /// The comment; compared only where it and the name are declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            name: None,
            unique: false,
            method: btree(),
            keys: Vec::new(),
            include: Vec::new(),
            nulls_not_distinct: false,
            predicate: None,
            storage: BTreeMap::new(),
            tablespace: None,
            comment: None,
        }
    }
}

fn btree() -> String {
    "btree".to_owned()
}

fn is_btree(method: &str) -> bool {
    method == "btree"
}

/// Extended statistics of a table (manual, `CREATE STATISTICS`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The name, in the table's schema.
    pub name: Ident,
    /// `ndistinct`, `dependencies`, `mcv`; empty means all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kinds: Vec<String>,
    /// The columns, and expressions in parentheses, as SQL.
    pub on: Vec<String>,
    /// `SET STATISTICS`, the target.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: Option<i32>,
    /// The comment; compared only where it is declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}
