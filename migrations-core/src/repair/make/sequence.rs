//! Making a sequence, one of a serial or identity column too.

use tenon_schema::ObjectName;

use crate::ddl;
use crate::repair::address::name;
use crate::repair::sides::{is_set, text};
use crate::repair::spelling::column_of;
use crate::repair::{Sides, about};
use crate::snapshot::{Kind, Object, ObjectId, Property};

/// The statements that make it as it is wanted, with owner, grants and comment.
pub(in crate::repair) fn make(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let sequence = sides.wanted(id)?;
    let mut sql = vec![create(id, &sequence)?];
    sql.extend(about::all(id, &sequence, sides)?);
    Some(sql)
}

pub(super) fn create(id: &ObjectId, sequence: &Object) -> Option<String> {
    let unlogged = if text(sequence, Property::Persistence) == Some("unlogged") { "UNLOGGED " } else { "" };
    Some(format!("CREATE {unlogged}SEQUENCE {}{}", name(id), options(sequence)?))
}

/// ` AS type INCREMENT BY …`
pub(in crate::repair) fn options(sequence: &Object) -> Option<String> {
    let numbers = numbers(sequence)?;
    Some(format!(" AS {}{numbers}", text(sequence, Property::DataType)?))
}

fn numbers(sequence: &Object) -> Option<String> {
    let mut sql = String::new();
    for (words, property) in [
        ("INCREMENT BY", Property::Increment),
        ("MINVALUE", Property::Min),
        ("MAXVALUE", Property::Max),
        ("START WITH", Property::Start),
        ("CACHE", Property::Cache),
    ] {
        sql.push_str(&format!(" {words} {}", text(sequence, property)?));
    }
    sql.push_str(if is_set(sequence, Property::Cycle) { " CYCLE" } else { " NO CYCLE" });
    Some(sql)
}

pub(in crate::repair) fn owner(sequence: &Object) -> Option<ObjectId> {
    let (table, column) = column_of(text(sequence, Property::OwnedBy)?)?;
    Some(ObjectId::of_relation(Kind::Column, &table, column))
}

/// The expected sequences of a table's columns, or of one.
fn owned<'a>(
    sides: &Sides<'a>,
    owns: impl Fn(&ObjectId) -> bool,
) -> Vec<(&'a ObjectId, &'a Object, ObjectId)> {
    let sequences = sides.expected.objects.iter().filter(|(id, _)| id.kind == Kind::Sequence);
    sequences
        .filter_map(|(id, object)| Some((id, object, owner(object)?)))
        .filter(|(_, _, column)| owns(column))
        .collect()
}

pub(in crate::repair) fn is_identity(column: &ObjectId, sides: &Sides<'_>) -> bool {
    sides.expected(column).is_some_and(|column| column.contains_key(&Property::Identity))
}

/// The sequences that the defaults of a new table's columns need, and that are not there.
pub(in crate::repair) fn of_table(table: &ObjectName, sides: &Sides<'_>) -> Option<Vec<String>> {
    made(owned(sides, |column| column.owner() == *table), sides)
}

/// The sequence that the default of a new column needs, if it is not there.
pub(in crate::repair) fn of_column(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    made(owned(sides, |other| other == column), sides)
}

/// The sequence of a column whose identity has just gone, with its sequence: one of that name is made anew.
pub(in crate::repair) fn after_identity(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let owned = owned(sides, |other| other == column);
    let went = |id: &ObjectId| sides.live(id).and_then(owner).as_ref() == Some(column);
    let mut sql = Vec::new();
    for (id, ..) in owned {
        if sides.live(id).is_none() || went(id) {
            sql.extend(make(id, sides)?);
        }
    }
    Some(sql)
}

fn made(owned: Vec<(&ObjectId, &Object, ObjectId)>, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = Vec::new();
    for (id, _, column) in owned {
        if !is_identity(&column, sides) && sides.live(id).is_none() {
            sql.extend(make(id, sides)?);
        }
    }
    Some(sql)
}

/// Gives the sequences of a new table to its columns, and says of those of identities what is wanted.
pub(in crate::repair) fn owned_by_table(table: &ObjectName, sides: &Sides<'_>) -> Vec<String> {
    linked(owned(sides, |column| column.owner() == *table), sides)
}

/// Gives the sequence of a new column to it, and says of that of an identity what is wanted.
pub(in crate::repair) fn owned_by(column: &ObjectId, sides: &Sides<'_>) -> Vec<String> {
    linked(owned(sides, |other| other == column), sides)
}

fn linked(owned: Vec<(&ObjectId, &Object, ObjectId)>, sides: &Sides<'_>) -> Vec<String> {
    let mut sql = Vec::new();
    for (id, object, column) in owned {
        if is_identity(&column, sides) {
            sql.extend(about_identity(id, object, sides));
        } else {
            sql.push(own(id, &column));
        }
    }
    sql
}

pub(in crate::repair) fn own(id: &ObjectId, column: &ObjectId) -> String {
    format!("ALTER SEQUENCE {} OWNED BY {}.{}", name(id), column.owner().quoted(), column.name.quoted())
}

/// The owner of an identity's sequence is its table's.
fn about_identity(id: &ObjectId, sequence: &Object, sides: &Sides<'_>) -> Vec<String> {
    let mut sequence = sequence.clone();
    sequence.remove(&Property::Owner);
    about::all(id, &sequence, sides).unwrap_or_default()
}

/// ` (SEQUENCE NAME … START WITH …)` of an identity column.
pub(in crate::repair) fn of_identity(column: &ObjectId, sides: &Sides<'_>) -> String {
    let owned = owned(sides, |other| other == column);
    let options = |(id, object, _): &(&ObjectId, &Object, ObjectId)| {
        Some(format!(" (SEQUENCE NAME {}{})", name(id), numbers(object)?))
    };
    owned.first().and_then(options).unwrap_or_default()
}

/// Removes the sequence that stands, no identity's any more, where the identity's will be; `None` where it is
/// another column's.
pub(in crate::repair) fn make_way(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = Vec::new();
    for (id, ..) in owned(sides, |other| other == column) {
        let Some(live) = sides.live(id) else { continue };
        if owner(live).is_some_and(|owner| owner != *column) {
            return None;
        }
        sql.push(format!("DROP SEQUENCE {}", name(id)));
    }
    Some(sql)
}

/// Lets a new sequence go on after the values that are there, and says of it what is wanted.
pub(in crate::repair) fn catch_up(column: &ObjectId, object: &Object, sides: &Sides<'_>) -> Vec<String> {
    let mut sql = Vec::new();
    for (id, sequence, _) in owned(sides, |other| other == column) {
        let is_number = matches!(text(object, Property::DataType), Some("smallint" | "integer" | "bigint"));
        let goes_up = text(sequence, Property::Increment).is_some_and(|step| !step.starts_with('-'));
        if is_number && goes_up {
            let value = format!("max({})", column.name.quoted());
            sql.push(format!(
                "SELECT setval({}::regclass, {value}) FROM {} HAVING {value} >= {}",
                ddl::literal(&name(id)),
                column.owner().quoted(),
                text(sequence, Property::Min).unwrap_or("1")
            ));
        }
        sql.extend(about_identity(id, sequence, sides));
    }
    sql
}
