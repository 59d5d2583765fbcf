//! What a difference was found between, and how to ask it.

use tenon_schema::{Descriptors, Ident, ObjectName};

use crate::claims::Unmanaged;
use crate::compare::is_parsed_body;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

/// What a difference was found between.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The plugin's part of the database as it was verified, each value in one spelling.
    pub expected: &'a CatalogSnapshot,
    /// All of the database as it is.
    pub live: &'a CatalogSnapshot,
    /// What the plugin says: for what a snapshot may leave open, the order of a table's columns.
    pub descriptors: &'a Descriptors,
    /// What nobody claims: what is missing may stand there under another name.
    pub unmanaged: &'a [Unmanaged],
    /// The major version of the server: which privileges there are depends on it.
    pub server_major: i32,
}

impl<'a> Sides<'a> {
    pub(super) fn expected(&self, id: &ObjectId) -> Option<&'a Object> {
        self.expected.objects.get(id)
    }

    pub(super) fn live(&self, id: &ObjectId) -> Option<&'a Object> {
        self.live.objects.get(id)
    }

    /// The object as expected, and where nothing is declared, as it is.
    pub(super) fn wanted(&self, id: &ObjectId) -> Option<Object> {
        let mut object = self.expected(id)?.clone();
        object.retain(|_, value| *value != Value::Undeclared);
        for (property, value) in self.live(id).into_iter().flatten() {
            if self.expected(id)?.get(property) == Some(&Value::Undeclared) {
                object.insert(*property, value.clone());
            }
        }
        Some(object)
    }

    /// What has, in its place, the name that it would have.
    pub(super) fn standing_there(&self, id: &ObjectId) -> Option<ObjectId> {
        let same_namespace =
            Kind::ALL.iter().filter(|kind| kind.namespace_kind() == id.kind.namespace_kind());
        let mut others = same_namespace.map(|kind| ObjectId { kind: *kind, ..id.clone() });
        others.find(|other| id.relation.is_none() && self.live(other).is_some())
    }

    /// Whether something of another kind has the name that it would have.
    pub(super) fn is_name_taken(&self, id: &ObjectId) -> bool {
        self.standing_there(id).is_some()
    }

    /// The expected parts of a relation, of one kind.
    pub(super) fn parts(&self, relation: &ObjectName, kind: Kind) -> Vec<(&'a ObjectId, &'a Object)> {
        parts(self.expected, relation, kind)
    }

    /// The parts of a relation that are there, of one kind.
    pub(super) fn live_parts(&self, relation: &ObjectName, kind: Kind) -> Vec<(&'a ObjectId, &'a Object)> {
        parts(self.live, relation, kind)
    }
}

/// Whether the body of a routine was parsed when it was made, so that what it names cannot go before it.
pub(crate) fn is_parsed(routine: &Object) -> bool {
    text(routine, Property::Language) == Some("sql")
        && text(routine, Property::Body).is_some_and(is_parsed_body)
}

/// The parts of a relation in a snapshot, of one kind.
pub(crate) fn parts<'a>(
    snapshot: &'a CatalogSnapshot,
    relation: &ObjectName,
    kind: Kind,
) -> Vec<(&'a ObjectId, &'a Object)> {
    let first = ObjectId::of_relation(Kind::Table, relation, Ident::default());
    let of_relation =
        |id: &&'a ObjectId| id.relation.as_ref() == Some(&relation.name) && id.schema == relation.schema;
    snapshot
        .objects
        .range(first..)
        .take_while(|(id, _)| of_relation(id))
        .filter(|(id, _)| id.kind == kind)
        .collect()
}

pub(crate) fn text(object: &Object, property: Property) -> Option<&str> {
    match object.get(&property)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn list(object: &Object, property: Property) -> &[String] {
    match object.get(&property) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

pub(crate) fn is_set(object: &Object, property: Property) -> bool {
    object.get(&property) == Some(&Value::Flag(true))
}
