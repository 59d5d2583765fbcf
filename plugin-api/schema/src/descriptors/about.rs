//! Owners, grants and comments, and the schemas they start from.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::Ident;

/// What an administrator may want otherwise, and a plugin may insist on: compared only where it is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The owning role.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owner: Option<Ident>,
    /// All grants beside what PostgreSQL gives by itself; an empty list says that there are none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grants: Option<Vec<Grant>>,
    /// What PostgreSQL gives by itself and is taken away, such as `EXECUTE` from `public`; counts with
    /// `grants`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revokes: Vec<Grant>,
    /// The comment; `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// What one role, or everybody, may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role; `public` is everybody.
    pub to: Ident,
    /// The privileges as SQL, such as `SELECT`.
    pub privileges: Vec<String>,
    /// Whether the role may hand them on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub with_grant_option: bool,
}

/// A schema, where its owner, grants or comment matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The name.
    pub name: Ident,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// What objects that a role makes in a schema are granted from the start (manual, `ALTER DEFAULT
/// PRIVILEGES`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultPrivileges {
    /// The schema.
    pub schema: Ident,
    /// The role that makes the objects.
    pub role: Ident,
    /// The kind of object.
    pub objects: DefaultObjects,
    /// The grants.
    pub grants: Vec<Grant>,
}

/// The kinds of object that have default privileges in a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultObjects {
    /// `TABLES`
    #[default]
    Tables,
    /// `SEQUENCES`
    Sequences,
    /// `FUNCTIONS`
    Functions,
    /// `TYPES`
    Types,
}

impl DefaultObjects {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Tables => "TABLES",
            Self::Sequences => "SEQUENCES",
            Self::Functions => "FUNCTIONS",
            Self::Types => "TYPES",
        }
    }
}

/// An object that the migrations make and that is not declared on purpose: it is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undeclared {
    /// The object as `tenon plugin lock` tells it, such as `table inventory.scratch`.
    pub object: String,
    /// Why nobody is to look at it.
    pub reason: String,
}
