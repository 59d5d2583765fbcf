//! Describing sequences: those of their own, of identity columns, and those that `bigserial` says.

use tenon_schema::{About, ColumnRef, MAX_IDENTIFIER_BYTES, ObjectName, Sequence};

use crate::repair::sides::{is_set, text};
use crate::repair::spelling::column_of;
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::Describer;
use super::about::about;
use super::facts::Facts;

pub(super) fn all(describer: &mut Describer<'_>) -> Vec<Sequence> {
    describer.each(Kind::Sequence, describe).into_iter().flatten().collect()
}

/// The sequence, unless a column says it.
fn describe(describer: &mut Describer<'_>, facts: &mut Facts<'_>) -> Result<Option<Sequence>, String> {
    let mut sequence = own(facts)?;
    let Some((table, column)) = facts.text(Property::OwnedBy).and_then(column_of) else {
        return Ok(Some(sequence));
    };
    sequence.owned_by = Some(ColumnRef { table: table.clone(), column: column.clone() });
    let of_table = describer.object(&ObjectId::standalone(Kind::Table, &table));
    let id = ObjectId::of_relation(Kind::Column, &table, column);
    let (Some(of_table), Some(of_column)) = (of_table, describer.object(&id)) else {
        return Ok(Some(sequence));
    };
    let unlogged = text(of_table, Property::Persistence) == Some("unlogged");
    let is_plain = is_as_made(&sequence, &id, of_column, unlogged);
    if of_column.contains_key(&Property::Identity) {
        if is_plain {
            return Ok(None);
        }
        let others = describer.objects(Kind::Sequence).into_iter().filter(|(other, _)| *other != facts.id);
        let owner = text(facts.object, Property::OwnedBy);
        if others.into_iter().any(|(_, other)| text(other, Property::OwnedBy) == owner) {
            return Err("an identity column has more than one sequence".to_owned());
        }
        if sequence.unlogged != unlogged {
            return Err("an identity's sequence is not kept as its table is".to_owned());
        }
        return Ok(Some(sequence));
    }
    let serial = serial(&sequence.name, of_column).filter(|_| !of_table.contains_key(&Property::OfType));
    match serial.filter(|_| is_plain) {
        Some(word) => {
            describer.serials.insert(id, word);
            Ok(None)
        }
        None => Ok(Some(sequence)),
    }
}

/// The sequence with what is not PostgreSQL's default.
fn own(facts: &mut Facts<'_>) -> Result<Sequence, String> {
    let data_type = facts.needed(Property::DataType)?;
    let mut number = |property| {
        let number = facts.needed(property)?;
        number.parse::<i64>().map_err(|_| format!("its {} is no number: {number}", property.noun()))
    };
    let increment = number(Property::Increment)?;
    let (min, max) = (number(Property::Min)?, number(Property::Max)?);
    let (start, cache) = (number(Property::Start)?, number(Property::Cache)?);
    let (lowest, highest) = match data_type {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (usual_min, usual_max) = if increment > 0 { (1, highest) } else { (lowest, -1) };
    let unless = |value: i64, usual: i64| (value != usual).then_some(value);
    Ok(Sequence {
        name: facts.id.owner(),
        data_type: (data_type != "bigint").then(|| data_type.to_owned()),
        increment: unless(increment, 1),
        min: unless(min, usual_min),
        max: unless(max, usual_max),
        start: unless(start, if increment > 0 { min } else { max }),
        cache: unless(cache, 1),
        cycle: facts.is_set(Property::Cycle),
        owned_by: None,
        unlogged: facts.text(Property::Persistence) == Some("unlogged"),
        about: about(facts),
    })
}

/// Whether a column's sequence is as PostgreSQL itself makes it.
fn is_as_made(sequence: &Sequence, id: &ObjectId, column: &Object, unlogged: bool) -> bool {
    let data_type = sequence.data_type.as_deref().unwrap_or("bigint");
    let owner = id.owner();
    let plain = Sequence {
        name: ObjectName::new(owner.schema, automatic_name(owner.name.as_str(), id.name.as_str())),
        data_type: sequence.data_type.clone(),
        owned_by: sequence.owned_by.clone(),
        unlogged,
        about: About::default(),
        ..Sequence::default()
    };
    *sequence == plain && text(column, Property::DataType) == Some(data_type)
}

/// `bigserial` or the like, if the column is what that makes.
fn serial(sequence: &ObjectName, column: &Object) -> Option<&'static str> {
    let default = text(column, Property::Default)?;
    let named = default.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?;
    let is_its = named.replace("''", "'").parse::<ObjectName>().is_ok_and(|named| named == *sequence);
    let not_null = is_set(column, Property::NotNull);
    match text(column, Property::DataType)? {
        _ if !is_its || !not_null => None,
        "bigint" => Some("bigserial"),
        "integer" => Some("serial"),
        "smallint" => Some("smallserial"),
        _ => None,
    }
}

/// The name that PostgreSQL gives a column's sequence, as its `makeObjectName` makes it.
pub(super) fn automatic_name(table: &str, column: &str) -> String {
    let room = MAX_IDENTIFIER_BYTES - "__seq".len();
    let (mut of_table, mut of_column) = (table.len(), column.len());
    while of_table + of_column > room {
        if of_table > of_column {
            of_table -= 1;
        } else {
            of_column -= 1;
        }
    }
    format!("{}_{}_seq", cut(table, of_table), cut(column, of_column))
}

/// The first bytes of a name, as far as they are whole characters.
fn cut(name: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name.get(..end).unwrap_or_default()
}
