//! Sequences and views.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{About, Index, Rule, Statistics, Trigger, is_default};
use crate::{Ident, ObjectName};

/// A sequence of its own. What is `None` takes PostgreSQL's default (manual, `CREATE SEQUENCE`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Schema and name.
    pub name: ObjectName,
    /// `AS`: `smallint`, `integer` or `bigint`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub data_type: Option<String>,
    /// `INCREMENT BY`
    #[serde(default, skip_serializing_if = "is_default")]
    pub increment: Option<i64>,
    /// `MINVALUE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub min: Option<i64>,
    /// `MAXVALUE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub max: Option<i64>,
    /// `START WITH`
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: Option<i64>,
    /// `CACHE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub cache: Option<i64>,
    /// `CYCLE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub cycle: bool,
    /// `OWNED BY table.column`; of an identity column, this is the name and the numbers of the sequence
    /// behind it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owned_by: Option<ColumnRef>,
    /// `UNLOGGED`
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A column of a table, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRef {
    /// The table.
    pub table: ObjectName,
    /// The column.
    pub column: Ident,
}

/// A view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Schema and name.
    pub name: ObjectName,
    /// The query as SQL.
    pub query: String,
    /// The columns' names, where they are not the query's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Ident>,
    /// `WITH`, such as `security_invoker` or `check_option`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
    /// The triggers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub triggers: Vec<Trigger>,
    /// The rewrite rules beside the view's query.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Vec<Rule>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A materialized view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterializedView {
    /// Schema and name.
    pub name: ObjectName,
    /// The query as SQL.
    pub query: String,
    /// `USING`, the table access method.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: Option<Ident>,
    /// `WITH`, such as `fillfactor`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: BTreeMap<String, String>,
    /// `TABLESPACE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub tablespace: Option<Ident>,
    /// The indexes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<Index>,
    /// The extended statistics.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statistics: Vec<Statistics>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}
