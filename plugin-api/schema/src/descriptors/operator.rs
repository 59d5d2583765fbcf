//! Operators, casts and text search.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{About, is_default};
use crate::{Ident, ObjectName};

/// An operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Schema and symbol, such as `inv.===`.
    pub name: ObjectName,
    /// The left type, as SQL; a prefix operator has none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub left: Option<String>,
    /// The right type, as SQL.
    pub right: String,
    /// The function, as SQL.
    pub function: String,
    /// `COMMUTATOR`
    #[serde(default, skip_serializing_if = "is_default")]
    pub commutator: Option<ObjectName>,
    /// `NEGATOR`
    #[serde(default, skip_serializing_if = "is_default")]
    pub negator: Option<ObjectName>,
    /// `RESTRICT`, the selectivity function.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restrict: Option<String>,
    /// `JOIN`, the selectivity function.
    #[serde(default, skip_serializing_if = "is_default")]
    pub join: Option<String>,
    /// `HASHES`
    #[serde(default, skip_serializing_if = "is_default")]
    pub hashes: bool,
    /// `MERGES`
    #[serde(default, skip_serializing_if = "is_default")]
    pub merges: bool,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// An operator family of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorFamily {
    /// Schema and name.
    pub name: ObjectName,
    /// The index method.
    pub method: Ident,
    /// What `ALTER OPERATOR FAMILY … ADD` takes, such as `OPERATOR 1 < (integer, bigint)`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub members: Vec<String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// An operator class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorClass {
    /// Schema and name.
    pub name: ObjectName,
    /// The index method.
    pub method: Ident,
    /// The type as SQL.
    pub data_type: String,
    /// Whether it is the type's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: bool,
    /// The family; without one, a family of the same name is made with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub family: Option<ObjectName>,
    /// What follows `AS`, such as `OPERATOR 1 <`, `FUNCTION 1 btint4cmp(integer, integer)`, `STORAGE
    /// integer`.
    pub members: Vec<String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A cast.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// The type to cast, as SQL.
    pub source: String,
    /// The type it becomes, as SQL.
    pub target: String,
    /// How.
    pub method: CastMethod,
    /// When it is applied unasked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: CastContext,
}

/// How a cast is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastMethod {
    /// `WITH FUNCTION`, with its argument types, as SQL.
    Function(String),
    /// `WITHOUT FUNCTION`
    #[default]
    Binary,
    /// `WITH INOUT`
    InOut,
}

/// When a cast is applied unasked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastContext {
    /// Never.
    #[default]
    Explicit,
    /// `AS ASSIGNMENT`
    Assignment,
    /// `AS IMPLICIT`
    Implicit,
}

impl CastContext {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Explicit => "",
            Self::Assignment => "AS ASSIGNMENT",
            Self::Implicit => "AS IMPLICIT",
        }
    }
}

/// A text search dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSearchDictionary {
    /// Schema and name.
    pub name: ObjectName,
    /// The template, as SQL.
    pub template: String,
    /// The options: the values as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A text search configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSearchConfiguration {
    /// Schema and name.
    pub name: ObjectName,
    /// The parser, as SQL.
    pub parser: String,
    /// The dictionaries of each type of token.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mappings: Vec<TextSearchMapping>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// Where some tokens of a text search configuration go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSearchMapping {
    /// The token types.
    pub tokens: Vec<Ident>,
    /// The dictionaries, in order, as SQL.
    pub dictionaries: Vec<String>,
}
