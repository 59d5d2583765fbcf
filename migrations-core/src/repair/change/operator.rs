//! Changing an operator, a family or class of them, or a cast.

use crate::repair::address::name;
use crate::repair::make::operator::{change_members, missing_classes};
use crate::repair::rank::rank;
use crate::repair::replace::{replace, replace_with_users};
use crate::repair::spelling::beside;
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::{Kind, ObjectId, Property};

/// A class that is gone, and brings along the members that its family lacks.
pub(in crate::repair) fn missing_class<'a>(
    changed: &'a Changed<'_>,
    sides: &Sides<'a>,
) -> Option<&'a ObjectId> {
    let of_members = (changed.id.kind, changed.property) == (Kind::OperatorFamily, Property::Members);
    of_members.then(|| missing_classes(changed.id, sides).next())?.map(|(class, _)| class)
}

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    match (id.kind, changed.property) {
        (Kind::Operator, Property::Restrict | Property::Join) => {
            let word = if changed.property == Property::Join { "JOIN" } else { "RESTRICT" };
            let function = changed.expected_text().unwrap_or("NONE");
            let sql = format!("ALTER OPERATOR {} SET ({word} = {function})", name(id));
            Some(changed.repair(rank(id.kind), [sql]))
        }
        (Kind::OperatorFamily, Property::Members) => members(changed),
        // Nothing depends on a cast by its name.
        (Kind::Cast, _) => replace(id, sides),
        _ => replace_with_users(id, sides),
    }
}

fn members(changed: &Changed<'_>) -> Option<Repair> {
    let id = changed.id;
    let (expected, found) = changed.lists();
    let (missing, extra) = (beside(expected, found), beside(found, expected));
    let loses = !extra.is_empty();
    let steps = [change_members(id, "DROP", &extra), change_members(id, "ADD", &missing)];
    let repair = Repair { additive: !loses, ..Repair::new(rank(id.kind), steps.into_iter().flatten()) };
    Some(repair.hazard_if(loses, || Hazard::new(HazardRule::Drop(Kind::Operator), id)))
}
