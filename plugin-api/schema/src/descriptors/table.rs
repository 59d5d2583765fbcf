//! Tables and their columns.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{About, Constraint, Grant, Index, Policy, Rule, Statistics, Trigger, is_default};
use crate::{Ident, ObjectName};

/// A base table, or a foreign one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Schema and name.
    pub name: ObjectName,
    /// The columns, in order; those of a parent need not be repeated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Column>,
    /// Primary key, unique, foreign key, check and exclusion constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Vec<Constraint>,
    /// Indexes that no constraint makes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<Index>,
    /// `UNLOGGED`
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// `PARTITION BY`, such as `RANGE (placed_at)`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partition_by: Option<String>,
    /// The partitioned table of which this is a part.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partition_of: Option<PartitionOf>,
    /// `OF`, a composite type as SQL, which gives the columns; those that are listed add to them, and their
    /// `data_type` is not said again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of_type: Option<String>,
    /// `INHERITS`, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inherits: Vec<ObjectName>,
    /// `USING`, the table access method.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: Option<Ident>,
    /// `WITH`, such as `fillfactor` or `toast.autovacuum_enabled`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: BTreeMap<String, String>,
    /// `TABLESPACE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub tablespace: Option<Ident>,
    /// What logical replication knows an old row by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub replica_identity: ReplicaIdentity,
    /// `ENABLE ROW LEVEL SECURITY`
    #[serde(default, skip_serializing_if = "is_default")]
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`
    #[serde(default, skip_serializing_if = "is_default")]
    pub force_row_security: bool,
    /// Set on a foreign table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub foreign: Option<Foreign>,
    /// `CLUSTER ON`, an index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clustered_on: Option<Ident>,
    /// The triggers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub triggers: Vec<Trigger>,
    /// The row security policies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policies: Vec<Policy>,
    /// The rewrite rules.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Vec<Rule>,
    /// The extended statistics.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statistics: Vec<Statistics>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// The place of a partition in its parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionOf {
    /// The partitioned table; its plugin must be required.
    pub parent: ObjectName,
    /// `FOR VALUES …`, or `DEFAULT`.
    pub bound: String,
}

/// Where a foreign table is really kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// The foreign server.
    pub server: Ident,
    /// `OPTIONS`
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
}

/// What logical replication knows an old row by (manual, `ALTER TABLE … REPLICA IDENTITY`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// `DEFAULT`: the primary key.
    #[default]
    Default,
    /// `FULL`: all columns.
    Full,
    /// `NOTHING`
    Nothing,
    /// `USING INDEX`
    Index(Ident),
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The column's name.
    pub name: Ident,
    /// The type with its modifiers as SQL, such as `varchar(25)`, `numeric(12,2)`, `inventory.state`,
    /// `bigserial`.
    pub data_type: String,
    /// Whether the column refuses NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_null: bool,
    /// The default expression as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<String>,
    /// Set on an identity column.
    #[serde(default, skip_serializing_if = "is_default")]
    pub identity: Option<Identity>,
    /// The expression of a generated column, as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generated: Option<String>,
    /// Whether that is `VIRTUAL`, which PostgreSQL has from 18 on, instead of `STORED`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generated_virtual: bool,
    /// A collation other than the type's own, as SQL, such as `"C"` or `pg_catalog."de-x-icu"`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collation: Option<String>,
    /// `SET STORAGE`, such as `EXTERNAL`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Option<String>,
    /// `COMPRESSION`, such as `lz4`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub compression: Option<String>,
    /// `SET STATISTICS`, the target.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statistics: Option<i32>,
    /// `SET (…)`, such as `n_distinct`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
    /// `OPTIONS` of a foreign table's column.
    #[serde(default, skip_serializing_if = "is_default")]
    pub foreign_options: BTreeMap<String, String>,
    /// All grants on this column alone; compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grants: Option<Vec<Grant>>,
    /// The comment; compared only where it is declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// How an identity column takes its value (manual, `CREATE TABLE … GENERATED … AS IDENTITY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// `GENERATED ALWAYS`
    Always,
    /// `GENERATED BY DEFAULT`
    ByDefault,
}
