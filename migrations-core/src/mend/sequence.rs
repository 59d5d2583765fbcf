//! Sequences, those of serial and identity columns too.

use tenon_schema::ObjectName;

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property};

use super::address::{name, rank};
use super::create::{is_name_taken, make};
use super::sides::{is_set, text};
use super::spelling::column_of;
use super::{Changed, Hazard, HazardRule, Mend, Sides, about};

pub(super) fn create(id: &ObjectId, sequence: &Object) -> Option<String> {
    let unlogged = if text(sequence, Property::Persistence) == Some("unlogged") { "UNLOGGED " } else { "" };
    Some(format!("CREATE {unlogged}SEQUENCE {}{}", name(id), options(sequence)?))
}

/// ` AS type INCREMENT BY …`
fn options(sequence: &Object) -> Option<String> {
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

fn owner(sequence: &Object) -> Option<ObjectId> {
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

fn is_identity(column: &ObjectId, sides: &Sides<'_>) -> bool {
    sides.expected(column).is_some_and(|column| column.contains_key(&Property::Identity))
}

/// The sequences that the defaults of a new table's columns need, and that are not there.
pub(super) fn of_table(table: &ObjectName, sides: &Sides<'_>) -> Option<Vec<String>> {
    made(owned(sides, |column| column.owner() == *table), sides)
}

/// The same for a new column.
pub(super) fn of_column(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    made(owned(sides, |other| other == column), sides)
}

/// The same for a column whose identity has just gone, with its sequence: one of that name is made anew.
pub(super) fn after_identity(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
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
pub(super) fn owned_by_table(table: &ObjectName, sides: &Sides<'_>) -> Vec<String> {
    linked(owned(sides, |column| column.owner() == *table), sides)
}

/// The same for a new column.
pub(super) fn owned_by(column: &ObjectId, sides: &Sides<'_>) -> Vec<String> {
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

fn own(id: &ObjectId, column: &ObjectId) -> String {
    format!("ALTER SEQUENCE {} OWNED BY {}.{}", name(id), column.owner().quoted(), column.name.quoted())
}

/// The owner of an identity's sequence is its table's.
fn about_identity(id: &ObjectId, sequence: &Object, sides: &Sides<'_>) -> Vec<String> {
    let mut sequence = sequence.clone();
    sequence.remove(&Property::Owner);
    about::all(id, &sequence, sides).unwrap_or_default()
}

/// ` (SEQUENCE NAME … START WITH …)` of an identity column.
pub(super) fn of_identity(column: &ObjectId, sides: &Sides<'_>) -> String {
    let owned = owned(sides, |other| other == column);
    let options = |(id, object, _): &(&ObjectId, &Object, ObjectId)| {
        Some(format!(" (SEQUENCE NAME {}{})", name(id), numbers(object)?))
    };
    owned.first().and_then(options).unwrap_or_default()
}

/// Removes the sequence that stands, no identity's any more, where the identity's will be; `None` where it is
/// another column's.
pub(super) fn make_way(column: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
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
pub(super) fn catch_up(column: &ObjectId, object: &Object, sides: &Sides<'_>) -> Vec<String> {
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

/// A sequence comes back with the column that owns it, where that is gone too.
pub(super) fn missing(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let sequence = sides.expected(id)?;
    let Some(column) = owner(sequence) else {
        return Some(Mend::adding(rank(id.kind), make(id, sides)?));
    };
    let table = super::family::relation(&column);
    let gone = |id: &ObjectId| sides.expected(id).is_some() && sides.live(id).is_none();
    let whole = [table, column.clone()].into_iter().find(gone);
    if let Some(whole) = whole {
        return super::missing(&whole, sides);
    }
    if is_identity(&column, sides) {
        let changed = Changed { id: &column, property: Property::Identity, expected: None, found: None };
        return super::column::change(&changed, sides);
    }
    let mut sql = make(id, sides)?;
    sql.push(own(id, &column));
    sql.extend(catch_up(&column, sides.expected(&column)?, sides));
    Some(Mend::adding(rank(id.kind), sql))
}

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
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
                return super::column::change(&changed, sides);
            }
            let table = column.as_ref().map(super::family::relation);
            if table.is_some_and(|table| sides.live(&table).is_none() && is_name_taken(&table, sides)) {
                return None;
            }
            let owner = column.map_or("NONE".to_owned(), |column| {
                format!("{}.{}", column.owner().quoted(), column.name.quoted())
            });
            // After the columns.
            Some(changed.mend(rank(Kind::Column) + 1, [alter(format!("OWNED BY {owner}"))]))
        }
        Property::Persistence => {
            let words = if changed.expected_text()? == "unlogged" { "SET UNLOGGED" } else { "SET LOGGED" };
            let mend = changed.mend(rank(id.kind), [alter(words.to_owned())]);
            Some(mend.hazard_if(words == "SET UNLOGGED", || Hazard::new(HazardRule::RewriteTable, id)))
        }
        _ => options_as_wanted(id, sequence, sides.live(id)?),
    }
}

/// Bounds that what was handed out last may be outside of: it moves to the nearest within.
fn options_as_wanted(id: &ObjectId, sequence: &Object, live: &Object) -> Option<Mend> {
    let number = |object, property| text(object, property)?.parse::<i64>().ok();
    let (min, max) = (number(sequence, Property::Min)?, number(sequence, Property::Max)?);
    let (low, high) = (number(live, Property::Min)?, number(live, Property::Max)?);
    let set = format!("ALTER SEQUENCE {}{}", name(id), options(sequence)?);
    if min <= low && max >= high {
        return Some(Mend::new(rank(id.kind), [set]));
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
    let mend = Mend::new(rank(id.kind), [widen, step, set]);
    Some(mend.hazard(Hazard::new(HazardRule::RestartSequence, id)))
}

/// A sequence that belongs to a column which goes, or is no identity or default any more, goes with that.
pub(super) fn unexpected(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let column = owner(sides.live(id)?)?;
    let table = super::family::relation(&column);
    for whole in [&table, &column] {
        if sides.live(whole).is_some() && sides.expected(whole).is_none() {
            return super::family::unexpected(whole, sides);
        }
    }
    let (expected, found) = (sides.expected(&column)?, sides.live(&column)?);
    let property = Property::Identity;
    if found.contains_key(&property) && !expected.contains_key(&property) {
        let changed = Changed { id: &column, property, expected: None, found: found.get(&property) };
        return super::column::change(&changed, sides);
    }
    None
}
