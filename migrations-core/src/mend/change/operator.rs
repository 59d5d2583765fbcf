//! Changing an operator, a family or class of them, or a cast.

use crate::mend::address::name;
use crate::mend::make::operator::{change_members, missing_classes};
use crate::mend::rank::rank;
use crate::mend::replace::{replace, replace_with_users};
use crate::mend::spelling::beside;
use crate::mend::{Changed, Hazard, HazardRule, Mend, Sides};
use crate::snapshot::{Kind, ObjectId, Property};

/// A class that is gone, and brings along the members that its family lacks.
pub(in crate::mend) fn missing_class<'a>(
    changed: &'a Changed<'_>,
    sides: &Sides<'a>,
) -> Option<&'a ObjectId> {
    let of_members = (changed.id.kind, changed.property) == (Kind::OperatorFamily, Property::Members);
    of_members.then(|| missing_classes(changed.id, sides).next())?.map(|(class, _)| class)
}

pub(in crate::mend) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    match (id.kind, changed.property) {
        (Kind::Operator, Property::Restrict | Property::Join) => {
            let word = if changed.property == Property::Join { "JOIN" } else { "RESTRICT" };
            let function = changed.expected_text().unwrap_or("NONE");
            let sql = format!("ALTER OPERATOR {} SET ({word} = {function})", name(id));
            Some(changed.mend(rank(id.kind), [sql]))
        }
        (Kind::OperatorFamily, Property::Members) => members(changed),
        // Nothing depends on a cast by its name.
        (Kind::Cast, _) => replace(id, sides),
        _ => replace_with_users(id, sides),
    }
}

fn members(changed: &Changed<'_>) -> Option<Mend> {
    let id = changed.id;
    let (expected, found) = changed.lists();
    let (missing, extra) = (beside(expected, found), beside(found, expected));
    let loses = !extra.is_empty();
    let steps = [change_members(id, "DROP", &extra), change_members(id, "ADD", &missing)];
    let mend = Mend { additive: !loses, ..Mend::new(rank(id.kind), steps.into_iter().flatten()) };
    Some(mend.hazard_if(loses, || Hazard::new(HazardRule::Drop(Kind::Operator), id)))
}
