//! Changing a column.

use crate::repair::address::{drop, is_foreign};
use crate::repair::family::relation;
use crate::repair::make::column::{add, add_not_null, alter, identity, storage_of_type};
use crate::repair::make::sequence;
use crate::repair::rank::rank;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{change_foreign_options, change_options, converts_each, through_text};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides, about};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let column = sides.wanted(id)?;
    let set = |action: String| Some(changed.repair(rank(id.kind), [alter(id, &action)]));
    let (expected, found) = changed.lists();
    match changed.property {
        Property::DataType | Property::Collation => change_type(id, &column, sides),
        Property::NotNull
        | Property::NotNullName
        | Property::NotNullValidated
        | Property::NotNullNoInherit => change_not_null(id, &column, sides),
        // What is its own ceases to be that by no statement.
        Property::NotNullInherited if changed.expected.is_none() && is_set(&column, Property::NotNull) => {
            set("SET NOT NULL".to_owned())
        }
        Property::Default => change_default(changed, &column, sides),
        Property::Identity => change_identity(id, &column, sides),
        Property::Generated => change_generated(id, &column, sides),
        Property::Storage => set(format!("SET STORAGE {}", storage(changed.expected_text(), &column)?)),
        Property::Compression => {
            set(format!("SET COMPRESSION {}", changed.expected_text().unwrap_or("default")))
        }
        Property::StatisticsTarget => {
            set(format!("SET STATISTICS {}", changed.expected_text().unwrap_or("-1")))
        }
        Property::Options => {
            let actions = change_options(expected, found);
            Some(changed.repair(rank(id.kind), actions.iter().map(|action| alter(id, action))))
        }
        Property::ForeignOptions => {
            let action = change_foreign_options(expected, found)?;
            Some(changed.repair(rank(id.kind), [alter(id, &action).replacen("TABLE", "FOREIGN TABLE", 1)]))
        }
        _ => None,
    }
}

/// NOT NULL as it is wanted: by another name, or another kind of it, it is another constraint.
fn change_not_null(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let live = sides.live(id)?;
    let (wanted, there) = (is_set(column, Property::NotNull), is_set(live, Property::NotNull));
    let same = |property| column.get(&property) == live.get(&property);
    let only_to_validate = same(Property::NotNullName) && same(Property::NotNullNoInherit);
    let mut sql = Vec::new();
    match (wanted, there) {
        (false, _) => sql.push(alter(id, "DROP NOT NULL")),
        (true, true) if only_to_validate && !column.contains_key(&Property::NotNullValidated) => {
            sql.push(alter(id, "SET NOT NULL"));
        }
        (true, _) if !column.contains_key(&Property::NotNullName) => sql.push(alter(id, "SET NOT NULL")),
        (true, _) => {
            if there && (is_in_primary_key(id, sides) || live.contains_key(&Property::Identity)) {
                return None;
            }
            sql.extend(there.then(|| alter(id, "DROP NOT NULL")));
            sql.push(add_not_null(id, column));
        }
    }
    let repair =
        if wanted && !there { Repair::adding(rank(id.kind), sql) } else { Repair::new(rank(id.kind), sql) };
    Some(repair)
}

/// Whether a primary key keeps the column from being NULL for a moment.
fn is_in_primary_key(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let mut keys = sides.live_parts(&id.owner(), Kind::Constraint).into_iter();
    keys.any(|(_, key)| {
        text(key, Property::ConstraintType) == Some("PRIMARY KEY")
            && list(key, Property::Columns).iter().any(|column| column == id.name.as_str())
    })
}

fn change_type(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let live = sides.live(id)?;
    if live.contains_key(&Property::Generated) != column.contains_key(&Property::Generated) {
        return change_generated(id, column, sides);
    }
    convert(id, column, live, sides)
}

/// Gives a column another type, and the default with it.
fn convert(id: &ObjectId, column: &Object, live: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let data_type = text(column, Property::DataType)?;
    let is_other = text(live, Property::DataType) != Some(data_type);
    let collation =
        text(column, Property::Collation).map_or_else(String::new, |name| format!(" COLLATE {name}"));
    // A generated column is computed anew, a foreign table's values are converted elsewhere, and the server
    // converts no default that it cannot.
    let is_generated = live.contains_key(&Property::Generated);
    let through = through_text(text(live, Property::DataType)?, data_type);
    let has_rows = !is_foreign(&relation(id), sides);
    let using = if is_other && !is_generated && has_rows {
        format!(" USING {}{through}::{data_type}", id.name.quoted())
    } else {
        String::new()
    };
    let mut sql = Vec::new();
    let has_default = is_other && live.contains_key(&Property::Default);
    if has_default {
        sql.push(alter(id, "DROP DEFAULT"));
    }
    sql.push(alter(id, &format!("TYPE {data_type}{collation}{using}")));
    if let Some(default) = text(column, Property::Default).filter(|_| has_default) {
        sql.push(alter(id, &format!("SET DEFAULT {default}")));
    }
    let repair = Repair::new(rank(id.kind), sql);
    Some(repair.hazard_if(is_other, || Hazard::new(HazardRule::RewriteColumn, id)))
}

fn change_default(changed: &Changed<'_>, column: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let (id, live) = (changed.id, sides.live(changed.id)?);
    // Where the kind of value differs too, its repair says both.
    for property in [Property::Identity, Property::Generated] {
        if live.contains_key(&property) != column.contains_key(&property) {
            return change(&Changed { property, ..*changed }, sides);
        }
    }
    Some(match changed.expected_text() {
        Some(default) => changed.repair(rank(id.kind), [alter(id, &format!("SET DEFAULT {default}"))]),
        None => Repair::new(rank(id.kind), [alter(id, "DROP DEFAULT")]),
    })
}

fn change_identity(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let live = sides.live(id)?;
    let mut sql = Vec::new();
    let was = live.contains_key(&Property::Identity);
    let mut loses = was && !column.contains_key(&Property::Identity);
    match text(column, Property::Identity) {
        Some(kind) if was => sql.push(alter(id, &format!("SET GENERATED {kind}"))),
        Some(_) => {
            if live.contains_key(&Property::Default) {
                sql.push(alter(id, "DROP DEFAULT"));
            }
            let in_the_way = sequence::make_way(id, sides)?;
            loses = !in_the_way.is_empty();
            sql.extend(in_the_way);
            if !is_set(live, Property::NotNull) {
                sql.push(alter(id, "SET NOT NULL"));
            }
            sql.push(alter(id, &format!("ADD {}", identity(id, column, sides)?)));
            sql.extend(sequence::catch_up(id, column, sides));
        }
        None => {
            sql.push(alter(id, "DROP IDENTITY"));
            sql.extend(sequence::after_identity(id, sides)?);
            if let Some(default) = text(column, Property::Default) {
                sql.push(alter(id, &format!("SET DEFAULT {default}")));
            }
            sql.extend(sequence::owned_by(id, sides));
        }
    }
    Some(
        Repair::new(rank(id.kind), sql)
            .hazard_if(loses, || Hazard::new(HazardRule::Drop(Kind::Sequence), id)),
    )
}

/// A column becomes a generated one only by being made anew: what is kept in it goes. So does what was
/// computed where the type that it gets has no cast from the one it had.
fn change_generated(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<Repair> {
    let live = sides.live(id)?;
    // A column that is made anew begins with NULL in every row that there is.
    let may_be_empty = !is_set(column, Property::NotNull) || column.contains_key(&Property::Default);
    let keeps =
        !may_be_empty || converts_each(text(live, Property::DataType)?, text(column, Property::DataType)?);
    if !column.contains_key(&Property::Generated) && keeps {
        let mut plain = live.clone();
        plain.remove(&Property::Generated);
        let mut sql = vec![alter(id, "DROP EXPRESSION")];
        let mut repair = Repair::new(rank(id.kind), []);
        let kept = [Property::DataType, Property::Collation];
        if kept.iter().any(|property| plain.get(property) != column.get(property)) {
            repair = convert(id, column, &plain, sides)?;
        }
        sql.append(&mut repair.sql);
        if let Some(default) = text(column, Property::Default) {
            sql.push(alter(id, &format!("SET DEFAULT {default}")));
        }
        return Some(Repair { sql, ..repair });
    }
    let mut sql = vec![drop(id, sides)?];
    sql.extend(add(id, column, sides)?);
    sql.extend(about::all(id, column, sides)?);
    Some(Repair::new(rank(id.kind), sql).hazard(Hazard::new(HazardRule::Drop(Kind::Column), id)))
}

/// The storage expected, or that of the type, where it is known.
fn storage(expected: Option<&str>, column: &Object) -> Option<&'static str> {
    match expected {
        Some("PLAIN") => Some("PLAIN"),
        Some("EXTERNAL") => Some("EXTERNAL"),
        Some("MAIN") => Some("MAIN"),
        Some(_) => Some("EXTENDED"),
        None => storage_of_type(text(column, Property::DataType)?),
    }
}
