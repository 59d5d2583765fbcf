//! Changing a sequence, one of a serial or identity column too.

use crate::ddl;
use crate::repair::address::name;
use crate::repair::make::sequence::{catch_up, is_identity, make, options, own, owner};
use crate::repair::rank::rank;
use crate::repair::sides::text;
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides, family};
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::column;

/// The table or column that a missing sequence comes back with, since that is gone too.
pub(in crate::repair) fn gone_with(id: &ObjectId, sides: &Sides<'_>) -> Option<ObjectId> {
    let column = owner(sides.expected(id)?)?;
    let gone = |id: &ObjectId| sides.expected(id).is_some() && sides.live(id).is_none();
    [family::relation(&column), column].into_iter().find(gone)
}

/// Makes it again, for the column that owns it.
pub(in crate::repair) fn missing(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let sequence = sides.expected(id)?;
    let Some(column) = owner(sequence) else {
        return Some(Repair::adding(rank(id.kind), make(id, sides)?));
    };
    if is_identity(&column, sides) {
        let changed = Changed { id: &column, property: Property::Identity, expected: None, found: None };
        return column::change(&changed, sides);
    }
    let mut sql = make(id, sides)?;
    sql.push(own(id, &column));
    sql.extend(catch_up(&column, sides.expected(&column)?, sides));
    Some(Repair::adding(rank(id.kind), sql))
}

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let sequence = sides.expected(id)?;
    let alter = |action: String| format!("ALTER SEQUENCE {} {action}", name(id));
    match changed.property {
        Property::OwnedBy => {
            let column = owner(sequence);
            if column.as_ref().is_some_and(|column| is_identity(column, sides)) {
                let column = column?;
                let changed =
                    Changed { id: &column, property: Property::Identity, expected: None, found: None };
                return column::change(&changed, sides);
            }
            let table = column.as_ref().map(family::relation);
            if table.is_some_and(|table| sides.live(&table).is_none() && sides.is_name_taken(&table)) {
                return None;
            }
            let owner = column.map_or("NONE".to_owned(), |column| {
                format!("{}.{}", column.owner().quoted(), column.name.quoted())
            });
            // After the columns.
            Some(changed.repair(rank(Kind::Column) + 1, [alter(format!("OWNED BY {owner}"))]))
        }
        Property::Persistence => {
            let words = if changed.expected_text()? == "unlogged" { "SET UNLOGGED" } else { "SET LOGGED" };
            let repair = changed.repair(rank(id.kind), [alter(words.to_owned())]);
            Some(repair.hazard_if(words == "SET UNLOGGED", || Hazard::new(HazardRule::RewriteTable, id)))
        }
        _ => options_as_wanted(id, sequence, sides.live(id)?),
    }
}

/// Bounds that what was handed out last may be outside of: it moves to the nearest within.
fn options_as_wanted(id: &ObjectId, sequence: &Object, live: &Object) -> Option<Repair> {
    let number = |object, property| text(object, property)?.parse::<i64>().ok();
    let (min, max) = (number(sequence, Property::Min)?, number(sequence, Property::Max)?);
    let (low, high) = (number(live, Property::Min)?, number(live, Property::Max)?);
    let set = format!("ALTER SEQUENCE {}{}", name(id), options(sequence)?);
    if min <= low && max >= high {
        return Some(Repair::new(rank(id.kind), [set]));
    }
    // Both bounds, so that the number can move; and the type that holds both.
    let start = number(sequence, Property::Start)?;
    let widen =
        format!("ALTER SEQUENCE {} AS bigint MINVALUE {} MAXVALUE {}", name(id), min.min(low), max.max(high));
    let regclass = ddl::literal(&name(id));
    let step = format!(
        "SELECT pg_catalog.setval({regclass}::pg_catalog.regclass, '{start}'::pg_catalog.int8, false) FROM {} AS s \
         WHERE s.last_value OPERATOR(pg_catalog.<) '{min}'::pg_catalog.int8 \
         OR s.last_value OPERATOR(pg_catalog.>) '{max}'::pg_catalog.int8",
        name(id)
    );
    let repair = Repair::new(rank(id.kind), [widen, step, set]);
    Some(repair.hazard(Hazard::new(HazardRule::RestartSequence, id)))
}

/// The table or column that an unexpected sequence goes with, since that is not expected either.
pub(in crate::repair) fn goes_with(id: &ObjectId, sides: &Sides<'_>) -> Option<ObjectId> {
    let column = owner(sides.live(id)?)?;
    let goes = |id: &ObjectId| sides.live(id).is_some() && sides.expected(id).is_none();
    [family::relation(&column), column].into_iter().find(goes)
}

/// One that belongs to a column which is no identity any more goes with that.
pub(in crate::repair) fn unexpected(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let column = owner(sides.live(id)?)?;
    let (expected, found) = (sides.expected(&column)?, sides.live(&column)?);
    let property = Property::Identity;
    if found.contains_key(&property) && !expected.contains_key(&property) {
        let changed = Changed { id: &column, property, expected: None, found: found.get(&property) };
        return column::change(&changed, sides);
    }
    None
}
