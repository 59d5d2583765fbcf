//! Functions, procedures and aggregates.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{About, is_default};
use crate::{Ident, ObjectName};

/// A function, window function or procedure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Schema and name.
    pub name: ObjectName,
    /// Function or procedure.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: RoutineKind,
    /// The arguments, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<Argument>,
    /// What follows `RETURNS`, as SQL: `integer`, `SETOF inv.item`, `TABLE (a integer)`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub returns: Option<String>,
    /// The language.
    pub language: Ident,
    /// The body.
    pub body: Body,
    /// `WINDOW`
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: bool,
    /// How its result may change.
    #[serde(default, skip_serializing_if = "is_default")]
    pub volatility: Volatility,
    /// Whether it may run in a parallel worker.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    /// `STRICT`: NULL for NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strict: bool,
    /// `SECURITY DEFINER`
    #[serde(default, skip_serializing_if = "is_default")]
    pub security_definer: bool,
    /// `LEAKPROOF`
    #[serde(default, skip_serializing_if = "is_default")]
    pub leakproof: bool,
    /// `COST`, a number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cost: Option<String>,
    /// `ROWS`, a number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rows: Option<String>,
    /// `SUPPORT`, the planner support function.
    #[serde(default, skip_serializing_if = "is_default")]
    pub support: Option<String>,
    /// `TRANSFORM FOR TYPE`, the types.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transforms: Vec<String>,
    /// `SET name TO value`: the values as SQL, such as `pg_catalog, pg_temp` or `'10s'`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: BTreeMap<String, String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// An argument of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// The argument's mode: `IN`, `OUT` and the like.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: ArgumentMode,
    /// The name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<Ident>,
    /// The type as SQL.
    pub data_type: String,
    /// The default expression as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<String>,
}

/// The body of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// The text between the quotes of `AS`.
    Text(String),
    /// `BEGIN ATOMIC … END`, or `RETURN …`, as SQL.
    Sql(String),
    /// `AS 'file', 'symbol'`
    Library {
        /// The library, such as `$libdir/hstore`.
        file: String,
        /// The name in the library.
        symbol: String,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// Function or procedure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    /// `FUNCTION`
    #[default]
    Function,
    /// `PROCEDURE`
    Procedure,
}

impl RoutineKind {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Function => "FUNCTION",
            Self::Procedure => "PROCEDURE",
        }
    }
}

/// The mode of an argument: the direction in which it is passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentMode {
    /// `IN`
    #[default]
    In,
    /// `OUT`
    Out,
    /// `INOUT`
    InOut,
    /// `VARIADIC`
    Variadic,
}

impl ArgumentMode {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
            Self::InOut => "INOUT",
            Self::Variadic => "VARIADIC",
        }
    }
}

/// How a function's result may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// `VOLATILE`
    #[default]
    Volatile,
    /// `STABLE`
    Stable,
    /// `IMMUTABLE`
    Immutable,
}

impl Volatility {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Volatile => "VOLATILE",
            Self::Stable => "STABLE",
            Self::Immutable => "IMMUTABLE",
        }
    }
}

/// Whether a function may run in a parallel worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// `PARALLEL UNSAFE`
    #[default]
    Unsafe,
    /// `PARALLEL RESTRICTED`
    Restricted,
    /// `PARALLEL SAFE`
    Safe,
}

impl Parallel {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Unsafe => "PARALLEL UNSAFE",
            Self::Restricted => "PARALLEL RESTRICTED",
            Self::Safe => "PARALLEL SAFE",
        }
    }
}

/// An aggregate function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Schema and name.
    pub name: ObjectName,
    /// The direct arguments, in order; empty is `*`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<Argument>,
    /// `ORDER BY`, the arguments of an ordered-set aggregate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order_by: Vec<Argument>,
    /// What stands between the second parentheses of `CREATE AGGREGATE`, such as `SFUNC = int4pl, STYPE =
    /// integer`.
    pub definition: String,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}
