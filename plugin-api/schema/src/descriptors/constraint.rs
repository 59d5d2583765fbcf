//! Constraints of tables.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::{Ident, ObjectName};

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// The name; without one, the name PostgreSQL itself would choose.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<Ident>,
    /// What it demands.
    pub rule: ConstraintRule,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrability: Deferrability,
    /// Whether rows that stood before were never checked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_valid: bool,
    /// Whether it demands nothing (`NOT ENFORCED`, from PostgreSQL 18 on).
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_enforced: bool,
    /// Whether the last column is a period: `WITHOUT OVERLAPS` in a key, `PERIOD` in a foreign key (from
    /// PostgreSQL 18 on).
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: bool,
    /// The comment; compared only where it and the name are declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Constraint {
    /// A constraint with the name that PostgreSQL chooses.
    pub fn new(rule: ConstraintRule) -> Self {
        Self {
            name: None,
            rule,
            deferrability: Deferrability::default(),
            not_valid: false,
            not_enforced: false,
            period: false,
            comment: None,
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConstraintRule {
    /// `PRIMARY KEY (columns) INCLUDE (include)`
    PrimaryKey {
        /// The key columns, in order.
        columns: Vec<Ident>,
        /// Columns carried but not part of the key.
        #[serde(default, skip_serializing_if = "is_default")]
        include: Vec<Ident>,
    },
    /// `UNIQUE [NULLS NOT DISTINCT] (columns) INCLUDE (include)`
    Unique {
        /// The key columns, in order.
        columns: Vec<Ident>,
        /// Columns carried but not part of the key.
        #[serde(default, skip_serializing_if = "is_default")]
        include: Vec<Ident>,
        /// Whether two NULLs count as equal.
        #[serde(default, skip_serializing_if = "is_default")]
        nulls_not_distinct: bool,
    },
    /// `FOREIGN KEY (columns) REFERENCES references (referenced_columns) …`
    ForeignKey {
        /// The referencing columns, in order.
        columns: Vec<Ident>,
        /// The referenced table; its plugin must be required.
        references: ObjectName,
        /// The referenced columns; empty means the primary key.
        #[serde(default, skip_serializing_if = "is_default")]
        referenced_columns: Vec<Ident>,
        /// `ON DELETE`
        #[serde(default, skip_serializing_if = "is_default")]
        on_delete: ReferentialAction,
        /// The columns that `ON DELETE SET NULL` or `SET DEFAULT` sets; empty means all.
        #[serde(default, skip_serializing_if = "is_default")]
        on_delete_columns: Vec<Ident>,
        /// `ON UPDATE`
        #[serde(default, skip_serializing_if = "is_default")]
        on_update: ReferentialAction,
        /// `MATCH FULL` instead of `MATCH SIMPLE`.
        #[serde(default, skip_serializing_if = "is_default")]
        match_full: bool,
    },
    /// `CHECK (expression)`
    Check {
        /// The condition as SQL, without the outer parentheses.
        expression: String,
        /// `NO INHERIT`
        #[serde(default, skip_serializing_if = "is_default")]
        no_inherit: bool,
    },
    /// `EXCLUDE definition`
    Exclude {
        /// All that follows the keyword, such as `USING gist (room WITH =, during WITH &&)`.
        definition: String,
    },
}

/// When a constraint is checked (manual, `SET CONSTRAINTS`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrability {
    /// `NOT DEFERRABLE`
    #[default]
    NotDeferrable,
    /// `DEFERRABLE INITIALLY IMMEDIATE`
    InitiallyImmediate,
    /// `DEFERRABLE INITIALLY DEFERRED`
    InitiallyDeferred,
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// `NO ACTION`
    #[default]
    NoAction,
    /// `RESTRICT`
    Restrict,
    /// `CASCADE`
    Cascade,
    /// `SET NULL`
    SetNull,
    /// `SET DEFAULT`
    SetDefault,
}

impl ReferentialAction {
    /// The action as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}
