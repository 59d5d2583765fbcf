//! The part of a snapshot that belongs to some relations: read by the very queries that read the whole.

use std::collections::BTreeSet;

use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId};
use tenon_schema::Ident;

/// All objects that belong to relations of these names, whatever their schema: tables, views and sequences,
/// and what stands on them.
#[derive(Debug, Clone, Copy)]
pub struct RelationNames<'a>(pub &'a BTreeSet<Ident>);

/// The column by which an object of some kind belongs to a part.
#[derive(Debug, Clone, Copy)]
enum By {
    /// The object is a relation itself.
    Name,
    /// The object stands on a relation.
    Relation,
}

impl By {
    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => Some(Self::Name),
            Kind::Column
            | Kind::Constraint
            | Kind::Index
            | Kind::Trigger
            | Kind::Rule
            | Kind::Policy
            | Kind::Statistics => Some(Self::Relation),
            Kind::Enum
            | Kind::Function
            | Kind::Aggregate
            | Kind::Domain
            | Kind::Composite
            | Kind::Range
            | Kind::Collation
            | Kind::Operator
            | Kind::OperatorFamily
            | Kind::OperatorClass
            | Kind::Cast
            | Kind::TextSearchDictionary
            | Kind::TextSearchConfiguration
            | Kind::Schema
            | Kind::DefaultPrivileges
            | Kind::Extension
            | Kind::ForeignServer
            | Kind::EventTrigger
            | Kind::Publication
            | Kind::Settings => None,
        }
    }
}

impl RelationNames<'_> {
    /// The query that reads what of this kind is of the part, by the names of the relations in `$2`; `None`
    /// where nothing can be. PostgreSQL pulls the inner query up and looks the names up in an index.
    pub(crate) fn query(kind: Kind) -> Option<String> {
        let condition = match By::of(kind)? {
            By::Name => "name = ANY ($2::name[])",
            By::Relation => "relation = ANY ($2::name[])",
        };
        Some(only(super::query(kind), condition))
    }

    /// The query that reads those objects of this kind that have one of the names in `$2`.
    pub(crate) fn by_name(kind: Kind) -> String {
        only(super::query(kind), "name = ANY ($2::name[])")
    }

    /// The query of an overlay for the part: what it says of other objects adds nothing to the part's.
    pub(crate) fn overlay(sql: &str) -> String {
        // In this form PostgreSQL finds what it can by an index.
        only(sql, "(relation = ANY ($2::name[]) OR relation IS NULL AND name = ANY ($2::name[]))")
    }

    /// Puts this part of a snapshot into the place of the one that was there.
    pub fn replace(self, snapshot: &mut CatalogSnapshot, part: CatalogSnapshot) {
        snapshot.objects.retain(|id, _| !self.holds(id));
        snapshot.objects.extend(part.objects);
    }

    fn holds(self, id: &ObjectId) -> bool {
        match By::of(id.kind) {
            Some(By::Name) => self.0.contains(&id.name),
            Some(By::Relation) => id.relation.as_ref().is_some_and(|relation| self.0.contains(relation)),
            None => false,
        }
    }
}

fn only(sql: &str, condition: &str) -> String {
    format!("SELECT * FROM (\n{sql}\n) AS whole WHERE {condition}")
}
