//! What stands in the database, described as descriptors: the way back from a snapshot.
//!
//! Elaborated, the descriptors amount to the objects of the schemas as they were read. What they leave open
//! is left open here too: owners, since whoever heals owns, and versions of extensions. Grants that are not
//! PostgreSQL's own and comments are declared. What has no words in descriptors is told with its reason, and
//! so is each object that nothing describes.
//!
//! Each property of an object is asked for by name (`facts.rs`). What was read and nobody asked for is told:
//! a property that the catalog queries gain is never lost in silence.

mod about;
mod column;
mod constraint;
mod facts;
mod global;
mod index;
mod on_relation;
mod operator;
mod routine;
mod sequence;
mod table;
mod text;
mod text_search;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Descriptors, Ident, ObjectName};

use crate::repair::sides;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

use self::facts::Facts;

/// A part of the database as descriptors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    pub descriptors: Descriptors,
    /// What the descriptors do not say, with the reason, in the order of the objects.
    pub undescribed: Vec<(ObjectId, String)>,
}

/// Describes what stands in these schemas, and what stands in none.
pub fn describe(snapshot: &CatalogSnapshot, schemas: &BTreeSet<Ident>) -> Description {
    let mut describer = Describer::of(snapshot, schemas);
    let mut made = Descriptors::default();
    global::before(&mut describer, &mut made);
    types::all(&mut describer, &mut made);
    made.sequences = sequence::all(&mut describer);
    routine::all(&mut describer, &mut made);
    operator::all(&mut describer, &mut made);
    text_search::all(&mut describer, &mut made);
    made.tables = describer.each(Kind::Table, table::describe);
    made.views = view::sources_first(describer.each(Kind::View, view::describe));
    made.materialized_views = describer.each(Kind::MaterializedView, view::describe_materialized);
    global::after(&mut describer, &mut made);
    describer.tell_rest();
    let mut undescribed = describer.undescribed;
    undescribed.sort();
    Description { descriptors: made, undescribed }
}

/// What is described, and what was told of it so far.
struct Describer<'a> {
    snapshot: &'a CatalogSnapshot,
    schemas: &'a BTreeSet<Ident>,
    /// The objects that something was said of.
    seen: BTreeSet<&'a ObjectId>,
    /// The columns whose default and sequence their type says: `bigserial`.
    serials: BTreeMap<ObjectId, &'static str>,
    undescribed: Vec<(ObjectId, String)>,
}

impl<'a> Describer<'a> {
    fn of(snapshot: &'a CatalogSnapshot, schemas: &'a BTreeSet<Ident>) -> Self {
        let (seen, serials) = (BTreeSet::new(), BTreeMap::new());
        Self { snapshot, schemas, seen, serials, undescribed: Vec::new() }
    }

    /// The objects of a kind that stand in the schemas, or in none.
    fn objects(&self, kind: Kind) -> Vec<(&'a ObjectId, &'a Object)> {
        let is_within = |id: &ObjectId| match kind {
            Kind::Schema => self.schemas.contains(&id.name),
            kind if kind.is_global() => true,
            _ => self.schemas.contains(&id.schema),
        };
        self.snapshot.objects.iter().filter(|(id, _)| id.kind == kind && is_within(id)).collect()
    }

    /// What stands on a relation, of one kind.
    fn parts(&self, relation: &ObjectName, kind: Kind) -> Vec<(&'a ObjectId, &'a Object)> {
        sides::parts(self.snapshot, relation, kind)
    }

    fn object(&self, id: &ObjectId) -> Option<&'a Object> {
        self.snapshot.objects.get(id)
    }

    /// Describes each object of a kind by itself.
    fn each<T>(
        &mut self,
        kind: Kind,
        describe: impl Fn(&mut Self, &mut Facts<'a>) -> Result<T, String>,
    ) -> Vec<T> {
        self.all(self.objects(kind), describe)
    }

    /// Describes what stands on a relation, of one kind.
    fn each_part<T>(
        &mut self,
        relation: &ObjectName,
        kind: Kind,
        describe: impl Fn(&mut Self, &mut Facts<'a>) -> Result<T, String>,
    ) -> Vec<T> {
        self.all(self.parts(relation, kind), describe)
    }

    fn all<T>(
        &mut self,
        objects: Vec<(&'a ObjectId, &'a Object)>,
        describe: impl Fn(&mut Self, &mut Facts<'a>) -> Result<T, String>,
    ) -> Vec<T> {
        objects.into_iter().filter_map(|(id, object)| self.one(id, object, &describe)).collect()
    }

    /// Describes an object, and tells what of it is not said.
    fn one<T>(
        &mut self,
        id: &'a ObjectId,
        object: &'a Object,
        describe: impl FnOnce(&mut Self, &mut Facts<'a>) -> Result<T, String>,
    ) -> Option<T> {
        let mut facts = Facts::of(id, object);
        self.seen.insert(id);
        match describe(self, &mut facts) {
            Ok(described) => {
                self.undescribed.extend(facts.left().into_iter().map(|why| (id.clone(), why)));
                Some(described)
            }
            Err(why) => {
                self.undescribed.push((id.clone(), why));
                None
            }
        }
    }

    /// Tells of each object that nothing describes. What stands on one that was told of goes with it.
    fn tell_rest(&mut self) {
        let told: BTreeSet<_> = self.undescribed.iter().map(|(id, _)| id.clone()).collect();
        for (id, object) in &self.snapshot.objects {
            let is_elsewhere = !id.schema.as_str().is_empty() && !self.schemas.contains(&id.schema);
            let is_part = id.relations().any(|relation| told.contains(&relation));
            if self.seen.contains(id) || is_part || is_elsewhere && id.kind != Kind::Cast {
                continue;
            }
            match id.kind {
                Kind::Settings => self.tell_settings(id, object),
                _ => self.undescribed.push((id.clone(), "it stands in none of these schemas".to_owned())),
            }
        }
    }

    /// What is told of the database as a whole and belongs to no schema.
    fn tell_settings(&mut self, id: &ObjectId, object: &Object) {
        let told =
            [Property::Settings, Property::UserMappings, Property::Subscriptions, Property::MemberGrants];
        for property in told {
            if let Some(Value::List(lines)) = object.get(&property)
                && !lines.is_empty()
            {
                let why = format!("no descriptor has words for {}: {}", property.noun(), lines.join("; "));
                self.undescribed.push((id.clone(), why));
            }
        }
    }
}

#[cfg(test)]
mod tests;
