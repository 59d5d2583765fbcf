//! Making what is missing, removing what is not expected, and making anew what can be changed no other way.

use crate::reading::{Kind, Object, ObjectId};

use super::address::{self, rank};
use super::retype;
use super::{
    Hazard, HazardRule, Mend, Sides, about, column, constraint, family, global, index, on_relation, operator,
    routine, sequence, table, text_search, types, view,
};

/// Makes what is missing, with all that belongs to it.
pub(super) fn missing(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    if let Some(other) = standing_there(id, sides) {
        return in_place_of(&other, id, sides);
    }
    match id.kind {
        Kind::Sequence => sequence::missing(id, sides),
        Kind::Constraint | Kind::Index => family::missing(id, sides),
        Kind::Schema => schema(id, sides),
        _ => Some(Mend::adding(order(id, sides), make(id, sides)?)),
    }
}

/// A schema with everything in it, which is told of by nothing else.
fn schema(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let mut mends = vec![Mend::adding(rank(id.kind), make(id, sides)?)];
    let within =
        sides.expected.objects.keys().filter(|other| other.schema == id.name && other.relation.is_none());
    for other in within {
        mends.push(missing(other, sides)?);
    }
    let sql = super::in_order(&mends).into_iter().flat_map(|part| part.sql);
    Some(Mend::adding(rank(id.kind), sql))
}

/// Something of another kind stands where it would.
pub(super) fn is_name_taken(id: &ObjectId, sides: &Sides<'_>) -> bool {
    standing_there(id, sides).is_some()
}

fn standing_there(id: &ObjectId, sides: &Sides<'_>) -> Option<ObjectId> {
    let namesakes = Kind::ALL.iter().filter(|kind| kind.namesake() == id.kind.namesake());
    let mut others = namesakes.map(|kind| ObjectId { kind: *kind, ..id.clone() });
    others.find(|other| id.relation.is_none() && sides.live(other).is_some())
}

/// Makes it where something of another kind stands, which goes. What may have rows, or was handed out, does not.
fn in_place_of(other: &ObjectId, id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    if other.kind.is_type() && id.kind.is_type() {
        let value = |value: &str, arrays| Some(retype::through_text(value, id, arrays));
        return retype::replace(other, id, sides, value);
    }
    let has_nothing =
        matches!(other.kind, Kind::View | Kind::MaterializedView | Kind::Function | Kind::Aggregate);
    if !has_nothing {
        return None;
    }
    let mut sql = vec![address::drop(other, sides)?];
    sql.extend(make(id, sides)?);
    let mend = Mend::new(order(id, sides), sql);
    Some(mend.hazard(Hazard::new(HazardRule::Drop(other.kind), other)))
}

/// When its turn comes to be made.
pub(super) fn order(id: &ObjectId, sides: &Sides<'_>) -> i16 {
    match id.kind {
        Kind::Table => rank(id.kind) + family::depth(id, sides),
        // A key of a whole takes those of its parts that are there.
        Kind::Constraint | Kind::Index => {
            constraint::rank(id, sides) - family::depth(&family::relation(id), sides)
        }
        Kind::Function => routine::rank(id, sides),
        kind => rank(kind),
    }
}

/// The statements that make it as it is wanted, with owner, grants and comment.
pub(super) fn make(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let object = sides.wanted(id)?;
    let mut sql = bare(id, &object, sides)?;
    if id.kind != Kind::DefaultPrivileges {
        sql.extend(about::all(id, &object, sides)?);
    }
    if id.kind == Kind::Table {
        // Only a sequence of the same owner can be given to a table.
        sql.extend(sequence::owned_by_table(&id.owner(), sides));
    }
    Some(sql)
}

fn bare(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    match id.kind {
        Kind::Table => table::create(id, object, sides),
        Kind::Column => column::add(id, object, sides),
        Kind::Constraint => constraint::add(id, object),
        Kind::Index => index::create(id, object),
        Kind::Sequence => Some(vec![sequence::create(id, object)?]),
        Kind::View => view::create(id, object, sides),
        Kind::MaterializedView => view::create_materialized(id, object, sides),
        Kind::Function | Kind::Aggregate => Some(vec![routine::create(id, object)?]),
        Kind::Trigger => on_relation::create_trigger(id, object),
        Kind::Rule => on_relation::create_rule(id, object),
        Kind::Policy => on_relation::create_policy(id, object),
        Kind::Statistics => on_relation::create_statistics(id, object),
        Kind::Enum => types::create_enum(id, object),
        Kind::Domain => types::create_domain(id, object),
        Kind::Composite => types::create_composite(id, object),
        Kind::Range => types::create_range(id, object),
        Kind::Collation => types::create_collation(id, object),
        Kind::Operator => operator::create(id, object),
        Kind::OperatorFamily => operator::create_family(id, object, sides),
        Kind::OperatorClass => operator::create_class(id, object, sides),
        Kind::Cast => operator::create_cast(id, object),
        Kind::TextSearchDictionary => text_search::create_dictionary(id, object),
        Kind::TextSearchConfiguration => text_search::create_configuration(id, object),
        Kind::Schema => Some(vec![format!("CREATE SCHEMA {}", id.name.quoted())]),
        Kind::DefaultPrivileges => about::make_default_privileges(id, object, sides),
        Kind::Extension => global::create_extension(id, object),
        Kind::ForeignServer => global::create_server(id, object),
        Kind::EventTrigger => global::create_event_trigger(id, object),
        Kind::Publication => global::create_publication(id, object),
        Kind::Settings => None,
    }
}

/// Drops it and makes it as it is wanted, in one go.
pub(super) fn replace(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let mut sql = vec![address::drop(id, sides)?];
    sql.extend(make(id, sides)?);
    Some(Mend::new(order(id, sides), sql))
}

/// The same of what others may stand on; what is kept in it, or handed out by hand, may go.
pub(super) fn replace_with_users(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    Some(replace(id, sides)?.hazard(Hazard::new(HazardRule::Drop(id.kind), id)))
}
