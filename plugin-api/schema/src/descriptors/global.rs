//! What stands in no schema.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::{About, Enabled, TriggerEvent, is_default};
use crate::{Ident, ObjectName};

/// An extension that has to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The name.
    pub name: Ident,
    /// The version; compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: Option<String>,
    /// The schema of its objects; compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub schema: Option<Ident>,
}

/// A foreign server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignServer {
    /// The name.
    pub name: Ident,
    /// The foreign-data wrapper.
    pub wrapper: Ident,
    /// `TYPE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub server_type: Option<String>,
    /// `VERSION`
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: Option<String>,
    /// `OPTIONS`; a secret belongs into a user mapping. Of values that may be one only the sha256 is read and
    /// compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// An event trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTrigger {
    /// The name.
    pub name: Ident,
    /// The event, such as `ddl_command_end`.
    pub event: String,
    /// `WHEN TAG IN`, the command tags.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// The function.
    pub function: ObjectName,
    /// When it fires.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A publication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The name.
    pub name: Ident,
    /// `FOR ALL TABLES`
    #[serde(default, skip_serializing_if = "is_default")]
    pub all_tables: bool,
    /// `FOR TABLE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub tables: Vec<PublishedTable>,
    /// `FOR TABLES IN SCHEMA`
    #[serde(default, skip_serializing_if = "is_default")]
    pub schemas: Vec<Ident>,
    /// The operations; empty means all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub publish: Vec<TriggerEvent>,
    /// `publish_via_partition_root`
    #[serde(default, skip_serializing_if = "is_default")]
    pub via_root: bool,
    /// Owner, grants and comment, each compared only where it is declared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
}

/// A table of a publication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedTable {
    /// The table.
    pub table: ObjectName,
    /// The columns; empty means all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Ident>,
    /// `WHERE`, as SQL without the outer parentheses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub condition: Option<String>,
}
