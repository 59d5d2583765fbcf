//! What PostgreSQL says a part of the database looks like, in PostgreSQL's own spelling.
//!
//! An object is its identity and a bag of properties. What a kind's properties are is decided by the
//! catalog query that reads it; everything else (comparison, storage, report) treats all kinds alike.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tenon_schema::{Ident, ObjectName};

/// The kinds of object that are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Table,
    Column,
    Constraint,
    Index,
    Enum,
    Sequence,
}

impl Kind {
    /// Every kind, in the order of reading.
    pub const ALL: [Self; 6] =
        [Self::Table, Self::Column, Self::Constraint, Self::Index, Self::Enum, Self::Sequence];

    /// The kind in words, as it stands in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Enum => "enum type",
            Self::Sequence => "sequence",
        }
    }
}

/// The kinds of object a plugin may own that are not compared yet. Every report lists them.
pub const NOT_COMPARED: &[&str] = &[
    "views",
    "functions",
    "triggers",
    "rules",
    "policies and row security",
    "grants and owners",
    "domains, composite and range types",
    "partition bounds and inheritance",
    "storage parameters",
    "extended statistics",
    "extensions",
    "comments",
];

/// Which object: its kind, schema, relation (for what belongs to a table) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    pub schema: Ident,
    /// The table a column, constraint or index belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Ident>,
    pub kind: Kind,
    pub name: Ident,
}

impl ObjectId {
    /// An object that stands in a schema by itself.
    pub fn standalone(kind: Kind, name: &ObjectName) -> Self {
        Self { schema: name.schema.clone(), relation: None, kind, name: name.name.clone() }
    }

    /// The object that owns this one: a column's table, or the object itself.
    pub fn owner(&self) -> ObjectName {
        ObjectName::new(self.schema.clone(), self.relation.as_ref().unwrap_or(&self.name).clone())
    }

    /// The table this object belongs to, when it is not one itself.
    pub fn table(&self) -> Option<Self> {
        let relation = self.relation.clone()?;
        Some(Self { schema: self.schema.clone(), relation: None, kind: Kind::Table, name: relation })
    }

    /// The path without the kind: `inventory.item.qty`.
    pub fn path(&self) -> String {
        match &self.relation {
            Some(_) => format!("{}.{}", self.owner(), self.name),
            None => self.owner().to_string(),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.noun(), self.path())
    }
}

/// One property's value. A property that PostgreSQL gives as NULL is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Text(String),
    /// A list whose order means something: columns of a key, labels of an enum.
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => write!(f, "({})", items.join(", ")),
        }
    }
}

macro_rules! properties {
    ($($variant:ident $name:literal $noun:literal),* $(,)?) => {
        /// What can be said of an object. The catalog queries name their columns after these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Property {
            $(#[serde(rename = $name)] $variant),*
        }

        impl Property {
            /// The property a catalog query's column stands for.
            pub fn from_column(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The property's name in JSON and in the catalog queries.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The property in words, as it stands in messages.
            pub fn noun(self) -> &'static str {
                match self { $(Self::$variant => $noun),* }
            }
        }
    };
}

properties! {
    RelationKind "relation_kind" "kind of relation",
    Persistence "persistence" "persistence",
    DataType "data_type" "type",
    Collation "collation" "collation",
    NotNull "not_null" "NOT NULL",
    Default "default" "default",
    Identity "identity" "identity",
    Generated "generated" "generation expression",
    ConstraintType "constraint_type" "kind of constraint",
    Columns "columns" "columns",
    Include "include" "INCLUDE columns",
    References "references" "referenced table",
    ReferencedColumns "referenced_columns" "referenced columns",
    OnDelete "on_delete" "ON DELETE action",
    OnUpdate "on_update" "ON UPDATE action",
    Match "match" "MATCH type",
    Expression "expression" "expression",
    Definition "definition" "definition",
    Deferrable "deferrable" "DEFERRABLE",
    InitiallyDeferred "initially_deferred" "INITIALLY DEFERRED",
    Validated "validated" "validity",
    NoInherit "no_inherit" "NO INHERIT",
    NullsNotDistinct "nulls_not_distinct" "NULLS NOT DISTINCT",
    Unique "unique" "uniqueness",
    Method "method" "access method",
    Keys "keys" "keys",
    Predicate "predicate" "predicate",
    Valid "valid" "validity",
    Labels "labels" "labels",
    Start "start" "start value",
    Increment "increment" "increment",
    Min "min" "minimum",
    Max "max" "maximum",
    Cache "cache" "cache size",
    Cycle "cycle" "CYCLE",
    OwnedBy "owned_by" "owning column",
}

/// The properties of one object.
pub type Object = BTreeMap<Property, Value>;

/// A part of the database, as one server printed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Reading {
    pub objects: BTreeMap<ObjectId, Object>,
}

/// One object of a reading in its stored form, where maps need textual keys.
#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    id: ObjectId,
    #[serde(default)]
    properties: Object,
}

impl From<Vec<Entry>> for Reading {
    fn from(entries: Vec<Entry>) -> Self {
        Self { objects: entries.into_iter().map(|entry| (entry.id, entry.properties)).collect() }
    }
}

impl From<Reading> for Vec<Entry> {
    fn from(reading: Reading) -> Self {
        reading.objects.into_iter().map(|(id, properties)| Entry { id, properties }).collect()
    }
}

impl Reading {
    /// The objects whose owner passes the test: a plugin's part of a larger reading.
    pub fn only(&self, owns: impl Fn(&ObjectId) -> bool) -> Self {
        let objects = self.objects.iter().filter(|(id, _)| owns(id));
        Self { objects: objects.map(|(id, object)| (id.clone(), object.clone())).collect() }
    }
}
