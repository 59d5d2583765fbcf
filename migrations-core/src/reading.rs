//! What PostgreSQL says a part of the database looks like, in PostgreSQL's own spelling.
//!
//! An object is its identity and a bag of properties. What a kind's properties are is decided by the
//! catalog query that reads it; everything else (comparison, storage, report) treats all kinds alike.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
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
    pub fn namesake(self) -> Self {
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

/// One property's value. A property that PostgreSQL gives as NULL is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Text(String),
    /// A list whose order means something: columns of a key, labels of an enum. Sorted where it has none.
    List(Vec<String>),
    /// Left to the administrator: equal to whatever is found.
    Undeclared,
    /// Text that was printed from something parsed, or a list of such, in every spelling that it takes on
    /// when it is dumped and restored, and dumped again: first as it was made, last as no restore changes it
    /// any more.
    #[serde(serialize_with = "as_spellings")]
    Spellings(Vec<Self>),
}

fn as_spellings<S: serde::Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([(SPELLINGS, values)])
}

/// The one key of the JSON object that several spellings are.
const SPELLINGS: &str = "spellings";

impl Value {
    /// All its spellings: of nearly every value there is one, itself.
    pub fn spellings(&self) -> &[Self] {
        match self {
            Self::Spellings(values) => values,
            one => std::slice::from_ref(one),
        }
    }

    /// The value as it was made.
    pub fn first(&self) -> &Self {
        self.spellings().first().unwrap_or(self)
    }

    /// The value in that one of its spellings in which the other is, each item of a list by itself; and where
    /// that has none of them, as it was made.
    fn spelled_as_in(&self, other: Option<&Self>) -> Self {
        let Self::Spellings(values) = self else { return self.clone() };
        let (Self::List(made), Some(Self::List(others))) = (self.first(), other) else {
            return values.iter().find(|value| Some(*value) == other).unwrap_or(self.first()).clone();
        };
        let item = |place: usize, made: &String| {
            let spelled = values.iter().filter_map(|value| match value {
                Self::List(items) => items.get(place),
                _ => None,
            });
            spelled.into_iter().find(|item| others.contains(item)).unwrap_or(made).clone()
        };
        Self::List(made.iter().enumerate().map(|(place, made)| item(place, made)).collect())
    }
}

/// By hand, since what serde derives for an untagged enum keeps each value and tries one after the other.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a truth value, a text, a list of texts, null, or spellings of one")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Undeclared)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let entry = entries.next_entry::<String, Vec<Value>>()?;
        let Some((_, values)) = entry.filter(|(key, _)| key == SPELLINGS) else {
            return Err(A::Error::custom("an object that is not spellings of a value"));
        };
        if values.is_empty() || values.iter().any(|value| !matches!(value, Value::Text(_) | Value::List(_))) {
            return Err(A::Error::custom("spellings that are neither texts nor lists of texts"));
        }
        Ok(Value::Spellings(values))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => write!(f, "({})", items.join(", ")),
            Self::Undeclared => f.write_str("not declared"),
            // None of none: what is read has at least one.
            Self::Spellings(values) => values.first().map_or(Ok(()), |value| value.fmt(f)),
        }
    }
}

named! {
    /// What can be said of an object. The catalog queries name their columns after these.
    Property:
    RelationKind "relation_kind" "kind of relation",
    Persistence "persistence" "persistence",
    DataType "data_type" "type",
    Collation "collation" "collation",
    Inherited "inherited" "inherited and not declared",
    NotNull "not_null" "NOT NULL",
    NotNullName "not_null_name" "name of NOT NULL",
    NotNullValidated "not_null_validated" "validity of NOT NULL",
    NotNullNoInherit "not_null_no_inherit" "NO INHERIT of NOT NULL",
    NotNullInherited "not_null_inherited" "NOT NULL inherited and not declared",
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
    Enforced "enforced" "enforcement",
    NoInherit "no_inherit" "NO INHERIT",
    Period "period" "PERIOD or WITHOUT OVERLAPS",
    NullsNotDistinct "nulls_not_distinct" "NULLS NOT DISTINCT",
    Unique "unique" "uniqueness",
    Method "method" "access method",
    Keys "keys" "keys",
    Predicate "predicate" "predicate",
    Valid "valid" "validity",
    State "state" "state",
    AttachedTo "attached_to" "index of the partitioned table",
    Labels "labels" "labels",
    Start "start" "start value",
    Increment "increment" "increment",
    Min "min" "minimum",
    Max "max" "maximum",
    Cache "cache" "cache size",
    Cycle "cycle" "CYCLE",
    OwnedBy "owned_by" "owning column",
    Storage "storage" "storage",
    Compression "compression" "compression",
    StatisticsTarget "statistics_target" "statistics target",
    Options "options" "options",
    ForeignOptions "foreign_options" "foreign options",
    Tablespace "tablespace" "tablespace",
    ReplicaIdentity "replica_identity" "replica identity",
    RowSecurity "row_security" "row level security",
    ForceRowSecurity "force_row_security" "FORCE ROW LEVEL SECURITY",
    PartitionKey "partition_key" "partition key",
    PartitionOf "partition_of" "partitioned table",
    PartitionBound "partition_bound" "partition bound",
    Inherits "inherits" "parents",
    ChildrenElsewhere "children_elsewhere" "children outside of the plugins' schemas",
    ColumnOrder "column_order" "order of columns",
    LeftBehind "left_behind" "leftovers",
    Synchronization "synchronization" "rows still to be copied",
    OfType "of_type" "row type",
    Server "server" "foreign server",
    Clustered "clustered" "CLUSTER",
    KeyOptions "key_options" "operator class parameters",
    Query "query" "query",
    Populated "populated" "populated",
    Star "star" "star",
    RoutineKind "routine_kind" "kind of routine",
    Arguments "arguments" "arguments",
    Returns "returns" "result",
    Language "language" "language",
    Body "body" "body",
    Library "library" "library",
    Volatility "volatility" "volatility",
    Parallel "parallel" "parallel safety",
    Strict "strict" "STRICT",
    SecurityDefiner "security_definer" "SECURITY DEFINER",
    Leakproof "leakproof" "LEAKPROOF",
    Cost "cost" "cost",
    Rows "rows" "rows",
    Support "support" "support function",
    Settings "settings" "settings",
    Transforms "transforms" "transforms",
    Timing "timing" "timing",
    Events "events" "events",
    Level "level" "FOR EACH",
    Condition "condition" "condition",
    Function "function" "function",
    OldTable "old_table" "OLD TABLE",
    NewTable "new_table" "NEW TABLE",
    Enabled "enabled" "enabled",
    ReferencedEnabled "referenced_enabled" "enabled on the referenced table",
    Permissive "permissive" "kind of policy",
    Command "command" "command",
    Roles "roles" "roles",
    Using "using" "USING",
    WithCheck "with_check" "WITH CHECK",
    Checks "checks" "check constraints",
    Attributes "attributes" "attributes",
    Subtype "subtype" "subtype",
    Multirange "multirange" "multirange type",
    Canonical "canonical" "canonical function",
    SubtypeDiff "subtype_diff" "difference function",
    OperatorClass "operator_class" "operator class",
    Provider "provider" "provider",
    Locale "locale" "locale",
    Deterministic "deterministic" "determinism",
    Commutator "commutator" "commutator",
    Negator "negator" "negator",
    Restrict "restrict" "selectivity function",
    Join "join" "join selectivity function",
    Hashes "hashes" "HASHES",
    Merges "merges" "MERGES",
    Family "family" "family",
    IsDefault "is_default" "DEFAULT",
    Members "members" "members",
    Context "context" "context",
    Template "template" "template",
    Parser "parser" "parser",
    Mappings "mappings" "mappings",
    Tables "tables" "tables",
    Schemas "schemas" "schemas",
    AllTables "all_tables" "FOR ALL TABLES",
    Tags "tags" "tags",
    ViaRoot "via_root" "publish_via_partition_root",
    ServerType "server_type" "type of server",
    Wrapper "wrapper" "foreign-data wrapper",
    Version "version" "version",
    ExtensionSchema "extension_schema" "schema",
    Owner "owner" "owner",
    Grants "grants" "grants",
    Comment "comment" "comment",
    Casts "casts" "casts between PostgreSQL's own types",
    UserMappings "user_mappings" "user mappings",
    Subscriptions "subscriptions" "subscriptions",
    MemberGrants "member_grants" "rights on what extensions have",
    ExtensionComments "extension_comments" "comments on extensions",
    PreparedTransactions "prepared_transactions" "prepared transactions",
    IndexComment "index_comment" "comment on the index",
    NotNullComment "not_null_comment" "comment on NOT NULL",
    DependsOn "depends_on" "extensions it depends on",
    Contents "contents" "contents",
    StoodIn "stood_in" "schema at that time",
    Relocatable "relocatable" "relocatability",
}

impl Property {
    /// Whether it is compared, and not only there to say what others mean.
    pub fn is_compared(self) -> bool {
        !matches!(self, Self::Contents | Self::StoodIn | Self::Relocatable)
    }

    /// Whether a list of this is sorted by whoever reads it, since PostgreSQL gives it no order.
    pub fn has_no_order(self) -> bool {
        matches!(
            self,
            Self::Options
                | Self::ForeignOptions
                | Self::Settings
                | Self::Roles
                | Self::Members
                | Self::Checks
                | Self::Tags
                | Self::Tables
                | Self::Schemas
                | Self::Mappings
                | Self::Grants
                | Self::Casts
                | Self::UserMappings
                | Self::Subscriptions
                | Self::MemberGrants
                | Self::ExtensionComments
                | Self::PreparedTransactions
                | Self::ChildrenElsewhere
                | Self::LeftBehind
                | Self::Synchronization
                | Self::DependsOn
                | Self::Contents
        )
    }
}

/// The printer of a reading. Only what one printer has printed is compared: another server major deparses
/// otherwise, and other catalog queries say other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printer {
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
pub struct Reading {
    pub objects: BTreeMap<ObjectId, Object>,
}

/// One object of a reading in its stored form, where maps need textual keys. The id's fields are repeated
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

impl From<Vec<Entry<Ident, Object>>> for Reading {
    fn from(entries: Vec<Entry<Ident, Object>>) -> Self {
        let objects = entries.into_iter().map(|Entry { schema, relation, kind, name, properties }| {
            (ObjectId { schema, relation, kind, name }, properties)
        });
        Self { objects: objects.collect() }
    }
}

impl Serialize for Reading {
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

impl Objects for Reading {
    fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.objects.iter()
    }
}

/// Some objects of a larger reading.
#[derive(Debug, Clone, Default)]
pub struct Part<'a>(BTreeMap<&'a ObjectId, &'a Object>);

impl<'a> FromIterator<(&'a ObjectId, &'a Object)> for Part<'a> {
    fn from_iter<T: IntoIterator<Item = (&'a ObjectId, &'a Object)>>(objects: T) -> Self {
        Self(objects.into_iter().collect())
    }
}

impl Objects for Part<'_> {
    fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.0.get(id).copied()
    }

    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.0.iter().map(|(id, object)| (*id, *object))
    }
}

impl Reading {
    /// The objects whose owner passes the test: a plugin's part of a larger reading.
    pub fn only(&self, owns: impl Fn(&ObjectId) -> bool) -> Self {
        let objects = self.objects.iter().filter(|(id, _)| owns(id));
        Self { objects: objects.map(|(id, object)| (id.clone(), object.clone())).collect() }
    }

    /// Each value in the one spelling that the other reading has of it, or else as it was made.
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
