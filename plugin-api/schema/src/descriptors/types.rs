//! Types and collations.

use serde::{Deserialize, Serialize};

use super::{About, is_default};
use crate::{Ident, ObjectName};

/// An enum type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumType {
    /// Schema and name.
    pub name: ObjectName,
    /// The labels, in their sort order.
    pub labels: Vec<String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Schema and name.
    pub name: ObjectName,
    /// The type with its modifiers, as SQL.
    pub data_type: String,
    /// A collation other than the type's own, as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collation: Option<String>,
    /// Whether it refuses NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_null: bool,
    /// The default expression as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<String>,
    /// The check constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub checks: Vec<DomainCheck>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A check constraint of a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainCheck {
    /// The name; without one, the name PostgreSQL itself would choose.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<Ident>,
    /// The condition on `VALUE` as SQL, without the outer parentheses.
    pub expression: String,
}

/// A composite type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompositeType {
    /// Schema and name.
    pub name: ObjectName,
    /// The attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// An attribute of a composite type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The type with its modifiers, as SQL.
    pub data_type: String,
    /// A collation other than the type's own, as SQL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collation: Option<String>,
}

/// A range type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeType {
    /// Schema and name.
    pub name: ObjectName,
    /// What stands between the parentheses of `CREATE TYPE … AS RANGE`, such as `SUBTYPE = numeric`.
    pub definition: String,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A collation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collation {
    /// Schema and name.
    pub name: ObjectName,
    /// What stands between the parentheses of `CREATE COLLATION`, such as `PROVIDER = icu, LOCALE = 'de'`.
    pub definition: String,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}
