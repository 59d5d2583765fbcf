//! The repair of one difference: what is missing is made, what is not expected removed, what is other
//! changed.

use crate::compare::{Change, Difference};
use crate::severity::Severity;
use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

use super::address::drop;
use super::change::{change, constraint, operator, sequence, table, types, view};
use super::make::make;
use super::rank::{order, rank};
use super::rename::{self, Stance};
use super::replace::replace_with_users;
use super::sides::text;
use super::{Changed, Hazard, HazardRule, Repair, Sides, about, database, family, in_order, retype};

/// What would repair it, where nothing stands in the way; `None` where nothing would without guessing.
pub(super) fn of_difference(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    let is_kept = |relation: &ObjectId| sides.expected(relation).is_some() && sides.live(relation).is_some();
    if difference.object.relation.is_some() && !difference.object.relations().any(|id| is_kept(&id)) {
        // A table where a view should be has other parts.
        return None;
    }
    if let Some(whole) = family::of_parent(difference, sides) {
        return of_difference(&whole, sides);
    }
    match of_type(difference, sides) {
        Some(Some(repair)) => return Some(repair),
        // A typed table's own columns can neither go nor come.
        Some(None) if is_about_the_column(&difference.change) => return None,
        Some(None) | None => {}
    }
    match rename::stance(difference, sides) {
        Stance::Unconcerned => plain(difference, sides),
        Stance::Chosen => plain(difference, sides).map(|repair| Repair { additive: false, ..repair }),
        Stance::Held => None,
    }
}

/// The repair of a difference by itself.
fn plain(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    let id = &difference.object;
    match &difference.change {
        Change::Missing => missing(id, sides),
        Change::Unexpected => unexpected(id, sides),
        Change::Changed { property: Property::Owner, expected: Some(Value::Text(role)), .. } => {
            about::change_owner(id, role, sides)
        }
        Change::Changed { property: Property::Grants, .. }
            if id.kind == Kind::View && view::has_other_columns(id, sides) =>
        {
            view::with_grants(id, sides)
        }
        Change::Changed { property: Property::Grants, .. } => about::change_grants(id, sides),
        Change::Changed { property: Property::Comment, .. } if view::has_to_be_made_anew(id, sides) => {
            replace_with_users(id, sides)
        }
        Change::Changed { property: Property::Comment, .. } => about::change_comment(id, sides),
        Change::Changed {
            property: property @ (Property::IndexComment | Property::NotNullComment),
            expected,
            ..
        } => about::change_comment_of_part(id, *property, expected.as_ref(), sides),
        Change::Changed { property: Property::DependsOn, .. } => about::change_dependencies(id, sides),
        Change::Changed { property, expected, found } => {
            let changed =
                Changed { id, property: *property, expected: expected.as_ref(), found: found.as_ref() };
            // A class that is gone brings its members along.
            match operator::missing_class(&changed, sides) {
                Some(class) => of_missing(class, sides),
                None => change(&changed, sides),
            }
        }
    }
}

/// What would repair that this is missing.
fn of_missing(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let severity = Severity::Breaking;
    of_difference(&Difference { object: id.clone(), change: Change::Missing, severity }, sides)
}

/// The repair of the type that a table is of, which says what columns it has; `None` where that is as
/// expected.
fn of_type(difference: &Difference, sides: &Sides<'_>) -> Option<Option<Repair>> {
    let id = &difference.object;
    if id.kind != Kind::Column {
        return None;
    }
    let table = sides.live(&family::relation(id))?;
    let of_type = text(table, Property::OfType)?.parse().ok()?;
    let of_type = ObjectId::standalone(Kind::Composite, &of_type);
    let attributes = |object: &Object| object.get(&Property::Attributes).cloned();
    let (expected, found) = (attributes(sides.expected(&of_type)?), attributes(sides.live(&of_type)?));
    if expected == found {
        return None;
    }
    let (expected, found) = (expected.as_ref(), found.as_ref());
    Some(types::change(&Changed { id: &of_type, property: Property::Attributes, expected, found }, sides))
}

/// Whether a difference is about there being a column, or of which type it is.
fn is_about_the_column(change: &Change) -> bool {
    match change {
        Change::Missing | Change::Unexpected => true,
        Change::Changed { property, .. } => matches!(property, Property::DataType | Property::Collation),
    }
}

/// Makes what is missing, with all that belongs to it.
fn missing(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    if let Some(other) = sides.standing_there(id) {
        return in_place_of(&other, id, sides);
    }
    match id.kind {
        Kind::Sequence => match sequence::gone_with(id, sides) {
            Some(whole) => of_missing(&whole, sides),
            None => sequence::missing(id, sides),
        },
        Kind::Constraint | Kind::Index if constraint::refers_to_another(sides.expected(id)?, sides) => None,
        Kind::Schema => schema(id, sides),
        _ => Some(Repair::adding(order(id, sides), make(id, sides)?)),
    }
}

/// A schema with everything in it, which is told of by nothing else.
fn schema(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let mut repairs = vec![Repair::adding(rank(id.kind), make(id, sides)?)];
    let within =
        sides.expected.objects.keys().filter(|other| other.schema == id.name && other.relation.is_none());
    for other in within {
        repairs.push(missing(other, sides)?);
    }
    let sql = in_order(&repairs).into_iter().flat_map(|part| part.sql);
    Some(Repair::adding(rank(id.kind), sql))
}

/// Makes it where something of another kind stands, which goes. What may have rows, or was handed out, does
/// not.
fn in_place_of(other: &ObjectId, id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    if other.kind.is_type() && id.kind.is_type() {
        let value = |value: &str, arrays| Some(retype::through_text(value, id, arrays));
        return retype::replace(other, id, sides, value);
    }
    let has_nothing =
        matches!(other.kind, Kind::View | Kind::MaterializedView | Kind::Function | Kind::Aggregate);
    if !has_nothing {
        return None;
    }
    let mut sql = vec![drop(other, sides)?];
    sql.extend(make(id, sides)?);
    let repair = Repair::new(order(id, sides), sql);
    Some(repair.hazard(Hazard::new(HazardRule::Drop(other.kind), other)))
}

/// Removes what is not expected; an index or key with those of all partitions.
fn unexpected(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    if id.kind == Kind::Constraint
        && family::check_of_detachment(&family::relation(id), sides).as_ref() == Some(id)
    {
        return table::end_detaching(&family::relation(id), sides);
    }
    if id.kind == Kind::Sequence {
        let repair = match sequence::goes_with(id, sides) {
            Some(whole) => unexpected(&whole, sides),
            None => sequence::unexpected(id, sides),
        };
        if repair.is_some() {
            return repair;
        }
    }
    if id.kind == Kind::DefaultPrivileges {
        return about::remove_default_privileges(id, sides);
    }
    let whole =
        if matches!(id.kind, Kind::Constraint | Kind::Index) { family::whole(sides.live, id) } else { None };
    match whole {
        // A part of what is expected cannot go alone.
        Some(root) if sides.expected(&root).is_some() => None,
        Some(root) => remove(&root, sides),
        None => remove(id, sides),
    }
}

fn remove(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let mappings = database::mappings_of(id, sides);
    let repair = Repair::new(-rank(id.kind), mappings.into_iter().chain([drop(id, sides)?]));
    Some(repair.hazard(Hazard::new(HazardRule::Drop(id.kind), id)))
}
