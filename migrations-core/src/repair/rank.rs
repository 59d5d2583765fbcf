//! When the turn of an object comes.

use crate::qualified::mentions;
use crate::snapshot::{Kind, ObjectId, Property};

use super::sides::text;
use super::{Sides, family};

/// The place in the order in which objects can be made: what others may use goes first.
pub(super) fn rank(kind: Kind) -> i16 {
    match kind {
        Kind::Schema => 100,
        Kind::Extension => 110,
        Kind::ForeignServer => 120,
        Kind::Collation => 130,
        Kind::Enum => 140,
        Kind::Composite => 150,
        Kind::Range => 160,
        Kind::Domain => 170,
        Kind::Sequence => 180,
        Kind::Function => 190,
        Kind::Aggregate => 200,
        Kind::Operator => 210,
        Kind::OperatorFamily => 220,
        Kind::OperatorClass => 230,
        Kind::Cast => 240,
        Kind::TextSearchDictionary => 250,
        Kind::TextSearchConfiguration => 260,
        Kind::Table => 300,
        Kind::Column => 350,
        Kind::Constraint => 400,
        Kind::Index => 450,
        Kind::View => 550,
        Kind::MaterializedView => 560,
        Kind::Trigger => 600,
        Kind::Rule => 610,
        Kind::Policy => 620,
        Kind::Statistics => 630,
        Kind::DefaultPrivileges => 700,
        Kind::Publication => 710,
        Kind::EventTrigger => 720,
        Kind::Settings => 730,
    }
}

/// When what needs everything else is set: what an index or a key is used for.
pub(super) const LAST: i16 = 690;
/// When foreign keys are made: after all keys that they may refer to.
pub(super) const FOREIGN_KEYS: i16 = 470;
/// When functions are made that speak of tables.
pub(super) const LATE_FUNCTIONS: i16 = 500;
/// When owners, grants and comments are set.
pub(super) const ABOUT: i16 = 695;
/// When names are given back, before all else.
pub(super) const RENAMES: i16 = -1000;

/// When its turn comes to be made.
pub(super) fn order(id: &ObjectId, sides: &Sides<'_>) -> i16 {
    match id.kind {
        Kind::Table => rank(id.kind) + family::depth(id, sides),
        // A key of a whole takes those of its parts that are there.
        Kind::Constraint | Kind::Index => {
            rank_of_constraint(id, sides) - family::depth(&family::relation(id), sides)
        }
        Kind::Function => rank_of_routine(id, sides),
        kind => rank(kind),
    }
}

/// The place in the order: foreign keys after what they refer to, indexes after keys.
pub(super) fn rank_of_constraint(id: &ObjectId, sides: &Sides<'_>) -> i16 {
    let object = sides.expected(id).or_else(|| sides.live(id));
    match object.and_then(|object| text(object, Property::ConstraintType)) {
        Some("FOREIGN KEY") => FOREIGN_KEYS,
        _ => rank(id.kind),
    }
}

/// A function that speaks of relations can be made only after them, and others may be used by them.
fn rank_of_routine(id: &ObjectId, sides: &Sides<'_>) -> i16 {
    let Some(function) = sides.expected(id) else { return rank(id.kind) };
    let said =
        [Property::Arguments, Property::Returns, Property::Body].map(|property| text(function, property));
    let names =
        |relation: &ObjectId| said.iter().flatten().any(|text| mentions(text, relation.name.as_str()));
    let is_relation = |id: &&ObjectId| matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView);
    if sides.expected.objects.keys().filter(is_relation).any(names) { LATE_FUNCTIONS } else { rank(id.kind) }
}
