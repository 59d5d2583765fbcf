//! Changing a constraint of a table.

use tenon_schema::Ident;

use crate::repair::address::{drop, name};
use crate::repair::make::constraint::add;
use crate::repair::make::table;
use crate::repair::rank::{order, rank};
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{change_options, leading_ident};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides, family, replace};
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::keys;

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = changed.lists();
    let alter_index = |action: String| format!("ALTER INDEX {} {action}", name(id));
    match changed.property {
        Property::Validated
            if changed.expects_flag() && differs_only_in(expected, live, &[Property::Validated]) =>
        {
            let sql = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", id.owner().quoted(), id.name.quoted());
            Some(Repair::new(order(id, sides), [sql]))
        }
        Property::Deferrable | Property::InitiallyDeferred
            if text(expected, Property::ConstraintType) == Some("FOREIGN KEY")
                && differs_only_in(expected, live, &[Property::Deferrable, Property::InitiallyDeferred]) =>
        {
            let words =
                match (is_set(expected, Property::Deferrable), is_set(expected, Property::InitiallyDeferred))
                {
                    (_, true) => "DEFERRABLE INITIALLY DEFERRED",
                    (true, false) => "DEFERRABLE INITIALLY IMMEDIATE",
                    (false, false) => "NOT DEFERRABLE",
                };
            let sql =
                format!("ALTER TABLE {} ALTER CONSTRAINT {} {words}", id.owner().quoted(), id.name.quoted());
            Some(Repair::new(order(id, sides), [sql]))
        }
        Property::Options => {
            Some(changed.repair(order(id, sides), change_options(wanted, found).into_iter().map(alter_index)))
        }
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            let repair =
                changed.repair(order(id, sides), [alter_index(format!("SET TABLESPACE {}", space.quoted()))]);
            Some(repair.hazard(Hazard::new(HazardRule::RewriteTable, id)))
        }
        Property::Inherited => declare(id, expected, live),
        Property::AttachedTo => keys::attach_index(changed, sides),
        Property::Enabled | Property::ReferencedEnabled => {
            replace(&of_whole(id, live, sides).unwrap_or_else(|| id.clone()), sides)
        }
        _ => replace(id, sides),
    }
}

/// Makes a check that the table has from a parent its own too. It ceases to be by no statement.
fn declare(id: &ObjectId, expected: &Object, live: &Object) -> Option<Repair> {
    let is_taken_back = expected.contains_key(&Property::Inherited);
    if is_taken_back || !differs_only_in(expected, live, &[Property::Inherited]) {
        return None;
    }
    Some(Repair::adding(rank(id.kind), add(id, expected)?))
}

/// The foreign key of the partitioned table of which this one is the part's: that cannot go alone.
fn of_whole(id: &ObjectId, constraint: &Object, sides: &Sides<'_>) -> Option<ObjectId> {
    let table = sides.live(&family::relation(id))?;
    let whole = text(table, Property::PartitionOf)?.parse().ok()?;
    let of_whole = ObjectId::of_relation(id.kind, &whole, id.name.clone());
    let same = |property| {
        sides.live(&of_whole).is_some_and(|other| other.get(&property) == constraint.get(&property))
    };
    let of_whole = (same(Property::Columns) && same(Property::References)).then_some(of_whole)?;
    let above = sides.live(&of_whole).and_then(|object| self::of_whole(&of_whole, object, sides));
    Some(above.unwrap_or(of_whole))
}

fn differs_only_in(expected: &Object, live: &Object, allowed: &[Property]) -> bool {
    let open = [
        Property::Comment,
        Property::IndexComment,
        Property::DependsOn,
        Property::Options,
        Property::Tablespace,
    ];
    let all = expected.keys().chain(live.keys());
    all.filter(|property| !allowed.contains(property) && !open.contains(property))
        .all(|property| expected.get(property) == live.get(property))
}

/// Drops and adds it, with the foreign keys that hang on it.
fn replace(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    if refers_to_another(sides.expected(id)?, sides) {
        return None;
    }
    let hanging = referencing(id, sides);
    let mut repair = match text(sides.expected(id)?, Property::ConstraintType)? {
        "CHECK" | "FOREIGN KEY" => replace::replace(id, sides)?,
        _ => keys::replace(id, sides)?,
    };
    repair.sql.extend(table::uses_of(id, sides));
    let mut sql = Vec::new();
    for (key, _) in &hanging {
        sql.push(drop(key, sides)?);
    }
    sql.append(&mut repair.sql);
    for (key, object) in hanging {
        sql.extend(add(key, sides.expected(key).unwrap_or(object))?);
    }
    Some(Repair { sql, ..repair })
}

/// Whether something else has the name of the table that a foreign key refers to.
pub(in crate::repair) fn refers_to_another(constraint: &Object, sides: &Sides<'_>) -> bool {
    let referenced = text(constraint, Property::References).and_then(|name| name.parse().ok());
    referenced.is_some_and(|name| {
        let table = ObjectId::standalone(Kind::Table, &name);
        sides.live(&table).is_none() && sides.is_name_taken(&table)
    })
}

/// The foreign keys, of whomever, that refer to this key or unique index.
pub(in crate::repair) fn referencing<'a>(
    id: &ObjectId,
    sides: &Sides<'a>,
) -> Vec<(&'a ObjectId, &'a Object)> {
    let Some(live) = sides.live(id) else { return Vec::new() };
    let is_index = id.kind == Kind::Index && is_set(live, Property::Unique);
    if !is_index && !matches!(text(live, Property::ConstraintType), Some("PRIMARY KEY" | "UNIQUE")) {
        return Vec::new();
    }
    let mut key: Vec<String> = if is_index {
        let columns = list(live, Property::Keys).iter().filter_map(|key| leading_ident(key));
        columns.map(|(column, _)| column.as_str().to_owned()).collect()
    } else {
        list(live, Property::Columns).to_vec()
    };
    key.sort();
    let refers = |object: &Object| {
        let table = text(object, Property::References).and_then(|name| name.parse().ok());
        let mut referenced = list(object, Property::ReferencedColumns).to_vec();
        referenced.sort();
        table == Some(id.owner()) && referenced == key
    };
    let all = sides.live.objects.iter().filter(|(other, _)| other.kind == Kind::Constraint);
    all.filter(|(_, object)| refers(object)).collect()
}
