//! What PostgreSQL says a part of the database looks like, in PostgreSQL's own spelling.
//!
//! An object is its identity and a bag of properties. What a kind's properties are is decided by the
//! catalog query that reads it; everything else (comparison, storage, report) treats all kinds alike.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tenon_schema::{Ident, ObjectName};

use crate::checksum::Checksum;

/// An enum whose variants have a name in JSON and in the catalog queries, and one for people.
macro_rules! named {
    ($(#[$doc:meta])* $Enum:ident: $($variant:ident $name:literal $noun:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $Enum {
            $(#[serde(rename = $name)] $variant),*
        }

        impl utoipa::PartialSchema for $Enum {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::text_schema::one_of(Self::ALL.iter().map(|one| one.name()))
            }
        }

        impl utoipa::ToSchema for $Enum {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($Enum).into()
            }
        }

        impl $Enum {
            /// Every variant, in its order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The one of this name in JSON and in the catalog queries.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name in JSON and in the catalog queries.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name in words, as it stands in messages.
            pub fn noun(self) -> &'static str {
                match self { $(Self::$variant => $noun),* }
            }
        }
    };
}

mod property;
mod value;

pub use property::Property;
pub use value::Value;

named! {
    /// The kinds of object that are read and compared, in the order of reading.
    Kind:
    Table "table" "table",
    Column "column" "column",
    Constraint "constraint" "constraint",
    Index "index" "index",
    Enum "enum" "enum type",
    Sequence "sequence" "sequence",
    View "view" "view",
    MaterializedView "materialized_view" "materialized view",
    Function "function" "function",
    Aggregate "aggregate" "aggregate",
    Trigger "trigger" "trigger",
    Rule "rule" "rule",
    Policy "policy" "policy",
    Statistics "statistics" "statistics",
    Domain "domain" "domain",
    Composite "composite" "composite type",
    Range "range" "range type",
    Collation "collation" "collation",
    Operator "operator" "operator",
    OperatorFamily "operator_family" "operator family",
    OperatorClass "operator_class" "operator class",
    Cast "cast" "cast",
    TextSearchDictionary "text_search_dictionary" "text search dictionary",
    TextSearchConfiguration "text_search_configuration" "text search configuration",
    Schema "schema" "schema",
    DefaultPrivileges "default_privileges" "default privileges",
    Extension "extension" "extension",
    ForeignServer "foreign_server" "foreign server",
    EventTrigger "event_trigger" "event trigger",
    Publication "publication" "publication",
    Settings "settings" "settings of the",
}

impl Kind {
    /// The kind that stands for all those which share one space of names with this one.
    pub fn namespace_kind(self) -> Self {
        match self {
            Self::View
            | Self::MaterializedView
            | Self::Sequence
            | Self::Enum
            | Self::Domain
            | Self::Composite
            | Self::Range => Self::Table,
            Self::Aggregate => Self::Function,
            other => other,
        }
    }

    /// Whether it is a type of its own, and not of a table's rows.
    pub fn is_type(self) -> bool {
        matches!(self, Self::Enum | Self::Domain | Self::Composite | Self::Range)
    }

    /// Whether the kind stands in no schema: one name for the whole database.
    pub fn is_global(self) -> bool {
        matches!(
            self,
            Self::Schema
                | Self::Extension
                | Self::ForeignServer
                | Self::EventTrigger
                | Self::Publication
                | Self::Settings
        )
    }

    /// Whether the name says more than an identifier can, such as the types of a function's arguments.
    pub(crate) fn is_spelled(self) -> bool {
        matches!(
            self,
            Self::Function
                | Self::Aggregate
                | Self::Operator
                | Self::OperatorFamily
                | Self::OperatorClass
                | Self::Cast
                | Self::DefaultPrivileges
        )
    }
}

/// What can be changed by hand and is not compared. Every report lists it.
pub const NOT_COMPARED: &[&str] = &[
    "base types, conversions, text search parsers and templates",
    "foreign-data wrappers and languages",
    "grants and owners that no plugin declares",
    "settings of the database and of roles that change no statement's meaning",
    "security labels",
    "what extensions bring, but for the rights on it",
];

/// The identity of an object: its kind, schema, relation (for what belongs to a table) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ObjectId {
    #[schema(value_type = String)]
    pub schema: Ident,
    /// The table a column, constraint or index belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub relation: Option<Ident>,
    pub kind: Kind,
    #[schema(value_type = String)]
    pub name: Ident,
}

impl ObjectId {
    /// An object that stands in a schema by itself.
    pub fn standalone(kind: Kind, name: &ObjectName) -> Self {
        Self { schema: name.schema.clone(), relation: None, kind, name: name.name.clone() }
    }

    /// An object that belongs to a table or view.
    pub fn of_relation(kind: Kind, relation: &ObjectName, name: Ident) -> Self {
        Self { schema: relation.schema.clone(), relation: Some(relation.name.clone()), kind, name }
    }

    /// An object that stands in no schema.
    pub fn global(kind: Kind, name: &Ident) -> Self {
        Self { schema: Ident::default(), relation: None, kind, name: name.clone() }
    }

    /// The object that owns this one: a column's table, or the object itself.
    pub fn owner(&self) -> ObjectName {
        ObjectName::new(self.schema.clone(), self.relation.as_ref().unwrap_or(&self.name).clone())
    }

    /// What this object belongs to, when it does not stand by itself: one of these is there.
    pub fn relations(&self) -> impl Iterator<Item = Self> {
        let kinds = [Kind::Table, Kind::View, Kind::MaterializedView].into_iter();
        let relation = self.relation.clone();
        let schema = self.schema.clone();
        relation.into_iter().flat_map(move |name| {
            let schema = schema.clone();
            kinds.clone().map(move |kind| Self {
                schema: schema.clone(),
                relation: None,
                kind,
                name: name.clone(),
            })
        })
    }

    /// The path without the kind: `inventory.item.qty`.
    pub fn path(&self) -> String {
        let name = if self.kind.is_spelled() { self.name.as_str().to_owned() } else { self.name.to_string() };
        match &self.relation {
            Some(_) => format!("{}.{name}", self.owner()),
            // A cast's types are spelled with their schemas.
            None if self.schema.as_str().is_empty() || self.kind == Kind::Cast => name,
            None if self.kind == Kind::DefaultPrivileges => format!("of {name} in {}", self.schema),
            None => format!("{}.{name}", self.schema),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.noun(), self.path())
    }
}

/// The printer of a snapshot. Only what one printer has printed is compared: another server major deparses
/// otherwise, and other catalog queries say other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SnapshotSource {
    /// The major version of the server.
    pub server_major: i32,
    /// The sha256 over the catalog queries.
    pub queries: Checksum,
}

/// The properties of one object.
pub type Object = BTreeMap<Property, Value>;

/// A part of the database, as one server printed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Entry<Ident, Object>>")]
pub struct CatalogSnapshot {
    pub objects: BTreeMap<ObjectId, Object>,
}

/// One object of a snapshot in its stored form, where maps need textual keys. The id's fields are repeated
/// here, since serde's `flatten` takes several times as long.
#[derive(Serialize, Deserialize)]
struct Entry<I, O> {
    schema: I,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    relation: Option<I>,
    kind: Kind,
    name: I,
    properties: O,
}

impl From<Vec<Entry<Ident, Object>>> for CatalogSnapshot {
    fn from(entries: Vec<Entry<Ident, Object>>) -> Self {
        let objects = entries.into_iter().map(|Entry { schema, relation, kind, name, properties }| {
            (ObjectId { schema, relation, kind, name }, properties)
        });
        Self { objects: objects.collect() }
    }
}

impl Serialize for CatalogSnapshot {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.objects.iter().map(|(id, properties)| Entry {
            schema: &id.schema,
            relation: id.relation.as_ref(),
            kind: id.kind,
            name: &id.name,
            properties,
        }))
    }
}

/// What is compared: objects in their order.
pub trait Objects {
    /// One object.
    fn object(&self, id: &ObjectId) -> Option<&Object>;

    /// Every object, in order.
    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)>;
}

impl Objects for CatalogSnapshot {
    fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.objects.iter()
    }
}

/// Some objects of a larger snapshot.
#[derive(Debug, Clone, Default)]
pub struct SnapshotPart<'a>(BTreeMap<&'a ObjectId, &'a Object>);

impl<'a> FromIterator<(&'a ObjectId, &'a Object)> for SnapshotPart<'a> {
    fn from_iter<T: IntoIterator<Item = (&'a ObjectId, &'a Object)>>(objects: T) -> Self {
        Self(objects.into_iter().collect())
    }
}

impl Objects for SnapshotPart<'_> {
    fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.0.get(id).copied()
    }

    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.0.iter().map(|(id, object)| (*id, *object))
    }
}

impl CatalogSnapshot {
    /// The objects whose owner passes the test: a plugin's part of a larger snapshot.
    pub fn only(&self, owns: impl Fn(&ObjectId) -> bool) -> Self {
        let objects = self.objects.iter().filter(|(id, _)| owns(id));
        Self { objects: objects.map(|(id, object)| (id.clone(), object.clone())).collect() }
    }

    /// Each value in the one spelling that the other snapshot has of it, or else as it was made.
    pub fn spelled_as_in(&self, other: &Self) -> Cow<'_, Self> {
        let spelled = |value: &Value| matches!(value, Value::Spellings(_));
        if !self.objects.values().flat_map(BTreeMap::values).any(spelled) {
            return Cow::Borrowed(self);
        }
        let objects = self.objects.iter().map(|(id, object)| {
            let other = other.objects.get(id);
            let value = |(property, value): (&Property, &Value)| {
                (*property, value.spelled_as_in(other.and_then(|other| other.get(property))))
            };
            (id.clone(), object.iter().map(value).collect())
        });
        Cow::Owned(Self { objects: objects.collect() })
    }
}
