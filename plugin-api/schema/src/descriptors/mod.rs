//! The descriptors themselves, format 1.

mod about;
mod constraint;
mod global;
mod index;
mod on_table;
mod operator;
mod relation;
mod routine;
mod table;
mod types;

use serde::{Deserialize, Serialize};

pub use about::*;
pub use constraint::*;
pub use global::*;
pub use index::*;
pub use on_table::*;
pub use operator::*;
pub use relation::*;
pub use routine::*;
pub use table::*;
pub use types::*;

/// The format written by this version of the vocabulary. Another one would mean the same words otherwise.
pub const FORMAT: u32 = 1;

/// How often words were added to the format. A host reads all up to its own; a plugin that was built with
/// more may use what the host does not know, and is told to be too new if it does.
///
/// Raised with every field, variant or struct that is added, together with the crates' minor version: the
/// test `the_vocabulary_only_grows_and_says_so` has the words of each.
pub const MINOR: u32 = 1;

/// All that a plugin declares about its part of the database, at the end of its migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptors {
    /// The version of this vocabulary: [`FORMAT`].
    pub format: u32,
    /// Extensions that have to be there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extensions: Vec<Extension>,
    /// Schemas, where their owner, grants or comment matter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub schemas: Vec<Schema>,
    /// Base tables and foreign tables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tables: Vec<Table>,
    /// Enum types.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enums: Vec<EnumType>,
    /// Domains.
    #[serde(default, skip_serializing_if = "is_default")]
    pub domains: Vec<Domain>,
    /// Composite types.
    #[serde(default, skip_serializing_if = "is_default")]
    pub composites: Vec<CompositeType>,
    /// Range types.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ranges: Vec<RangeType>,
    /// Collations.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collations: Vec<Collation>,
    /// Sequences that no column's `serial` or identity makes as PostgreSQL itself does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sequences: Vec<Sequence>,
    /// Views.
    #[serde(default, skip_serializing_if = "is_default")]
    pub views: Vec<View>,
    /// Materialized views.
    #[serde(default, skip_serializing_if = "is_default")]
    pub materialized_views: Vec<MaterializedView>,
    /// Functions and procedures.
    #[serde(default, skip_serializing_if = "is_default")]
    pub functions: Vec<Function>,
    /// Aggregate functions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aggregates: Vec<Aggregate>,
    /// Operators.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operators: Vec<Operator>,
    /// Operator families that no operator class makes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operator_families: Vec<OperatorFamily>,
    /// Operator classes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operator_classes: Vec<OperatorClass>,
    /// Casts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub casts: Vec<Cast>,
    /// Text search dictionaries.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_search_dictionaries: Vec<TextSearchDictionary>,
    /// Text search configurations.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_search_configurations: Vec<TextSearchConfiguration>,
    /// Default privileges in the schemas.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default_privileges: Vec<DefaultPrivileges>,
    /// Foreign servers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub foreign_servers: Vec<ForeignServer>,
    /// Event triggers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub event_triggers: Vec<EventTrigger>,
    /// Publications.
    #[serde(default, skip_serializing_if = "is_default")]
    pub publications: Vec<Publication>,
    /// What the migrations make and nobody is to look at.
    #[serde(default, skip_serializing_if = "is_default")]
    pub undeclared: Vec<Undeclared>,
}

impl Default for Descriptors {
    fn default() -> Self {
        Self {
            format: FORMAT,
            extensions: Vec::new(),
            schemas: Vec::new(),
            tables: Vec::new(),
            enums: Vec::new(),
            domains: Vec::new(),
            composites: Vec::new(),
            ranges: Vec::new(),
            collations: Vec::new(),
            sequences: Vec::new(),
            views: Vec::new(),
            materialized_views: Vec::new(),
            functions: Vec::new(),
            aggregates: Vec::new(),
            operators: Vec::new(),
            operator_families: Vec::new(),
            operator_classes: Vec::new(),
            casts: Vec::new(),
            text_search_dictionaries: Vec::new(),
            text_search_configurations: Vec::new(),
            default_privileges: Vec::new(),
            foreign_servers: Vec::new(),
            event_triggers: Vec::new(),
            publications: Vec::new(),
            undeclared: Vec::new(),
        }
    }
}

/// What a descriptor leaves out, and its JSON too.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
