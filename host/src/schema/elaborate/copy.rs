//! The scratch copies of one plugin's objects: under which names they are made, and what they are copies of.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::ddl::{self, DdlStatement, ForeignKeys, Placement};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use tenon_schema::{ConstraintRule, Descriptors, Ident, ObjectName};

use super::GLOBAL;
use super::parents::Parents;

/// The copies of one plugin's objects.
pub(super) struct ScratchCopy<'a> {
    pub(super) descriptors: &'a Descriptors,
    /// For each schema, the scratch schema that stands for it.
    pub(super) schemas: BTreeMap<Ident, Ident>,
    /// For each scratch schema, the real name as this server prints it inside a text, quoted or not.
    pub(super) spelled: BTreeMap<Ident, String>,
    /// What stands in front of the names of copies that stand in no schema.
    prefix: String,
    /// The partitioned tables of other plugins of which declared ones are parts.
    pub(super) parents: Parents,
    /// All tables of other plugins that have to be there as copies.
    stubs: BTreeSet<ObjectName>,
}

impl<'a> ScratchCopy<'a> {
    pub(super) fn of(descriptors: &'a Descriptors, parents: Parents, prefix: &str) -> Self {
        let mut schemas = claims::schemas(&claims::of(descriptors));
        let own: BTreeSet<_> = descriptors.tables.iter().map(|table| &table.name).collect();
        let referenced = referenced_tables(descriptors).into_iter().chain(parents.tables().cloned());
        let stubs: BTreeSet<_> = referenced.filter(|name| !own.contains(name)).collect();
        schemas.extend(stubs.iter().map(|name| name.schema.clone()));
        let name = |number| Ident::new(format!("{prefix}{number}_"));
        Self {
            descriptors,
            schemas: schemas.into_iter().enumerate().map(|(number, schema)| (schema, name(number))).collect(),
            spelled: BTreeMap::new(),
            prefix: format!("{prefix}{GLOBAL}"),
            parents,
            stubs,
        }
    }

    fn placement(&self) -> Placement {
        Placement::moved(self.schemas.clone()).prefixed(self.prefix.as_str())
    }

    /// Empty copies of the tables of other plugins, and then all that is declared.
    pub(super) fn statements(&self, descriptors: &Descriptors) -> Vec<DdlStatement> {
        let placement = self.placement();
        let stubs = self.stubs.iter().map(|name| {
            let partitioned = match self.parents.key(name) {
                Some(key) => {
                    format!(" INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMPRESSION) PARTITION BY {key}")
                }
                None => ")".to_owned(),
            };
            DdlStatement {
                object: format!("table {name}, which its tables reference"),
                sql: format!(
                    "CREATE TABLE {} (LIKE {} INCLUDING INDEXES INCLUDING CONSTRAINTS INCLUDING DEFAULTS \
                     INCLUDING GENERATED{partitioned}",
                    placement.place(name).quoted(),
                    name.quoted()
                ),
            }
        });
        let declared = ddl::create(descriptors, &placement, ForeignKeys::Include);
        stubs.chain(declared).chain(self.parents.handed_on(&placement)).collect()
    }

    /// The sequences that came with the copies of other plugins' tables.
    pub(super) fn identities(&self, snapshot: &CatalogSnapshot) -> BTreeSet<ObjectId> {
        let of_stub = |object: &Object| match object.get(&Property::OwnedBy) {
            Some(Value::Text(column)) => column.match_indices('.').any(|(at, _)| {
                column[..at].parse::<ObjectName>().is_ok_and(|table| self.stubs.contains(&table))
            }),
            _ => false,
        };
        let sequences = snapshot.objects.iter().filter(|(id, _)| id.kind == Kind::Sequence);
        sequences.filter(|(_, object)| of_stub(object)).map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn without_event_triggers(&self) -> Cow<'a, Descriptors> {
        if self.descriptors.event_triggers.is_empty() {
            return Cow::Borrowed(self.descriptors);
        }
        Cow::Owned(Descriptors { event_triggers: Vec::new(), ..self.descriptors.clone() })
    }

    pub(super) fn event_triggers(&self) -> Vec<DdlStatement> {
        let event_triggers = self.descriptors.event_triggers.clone();
        let only = Descriptors { event_triggers, ..Descriptors::default() };
        ddl::create(&only, &self.placement(), ForeignKeys::Include)
    }

    /// Whether an object was made because it is declared.
    pub(super) fn declares(&self, id: &ObjectId) -> bool {
        match id.kind {
            Kind::Schema => self.descriptors.schemas.iter().any(|schema| schema.name == id.name),
            Kind::Extension => false,
            _ => !self.stubs.contains(&id.owner()),
        }
    }

    pub(super) fn real_value(&self, property: Property, value: Value) -> Value {
        let replace = |text: String| {
            self.spelled.iter().fold(text, |text, (scratch, real)| {
                if text.contains(scratch.as_str()) { text.replace(scratch.as_str(), real) } else { text }
            })
        };
        match value {
            Value::Text(text) => Value::Text(replace(text)),
            Value::List(items) => {
                let mut items: Vec<_> = items.into_iter().map(replace).collect();
                // What was sorted was sorted by the scratch names.
                if property.has_no_order() {
                    items.sort();
                }
                Value::List(items)
            }
            Value::Spellings(values) => {
                let values = values.into_iter();
                Value::Spellings(values.map(|value| self.real_value(property, value)).collect())
            }
            other @ (Value::Flag(_) | Value::Undeclared) => other,
        }
    }
}

fn referenced_tables(descriptors: &Descriptors) -> BTreeSet<ObjectName> {
    let rules = descriptors.tables.iter().flat_map(|table| &table.constraints);
    let referenced = rules.filter_map(|constraint| match &constraint.rule {
        ConstraintRule::ForeignKey { references, .. } => Some(references),
        _ => None,
    });
    let parents = descriptors.tables.iter().flat_map(|table| &table.inherits);
    let published = descriptors.publications.iter().flat_map(|item| &item.tables).map(|item| &item.table);
    referenced.chain(parents).chain(published).cloned().collect()
}
