//! What uses an object, and cannot stay as it is while that is disturbed.
//!
//! It is found in the live snapshot, by the names in the texts; a little too much of it rather than too
//! little.

use tenon_schema::ObjectName;

use crate::qualified::mentions;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

use super::change::constraint::referencing;
use super::sides::{is_parsed, list, text};
use super::spelling::{bare_name, names, without_types};
use super::{Sides, family};

/// Something that does not stay as it is while the repair runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disturbed {
    pub(super) id: ObjectId,
    pub(super) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// The object goes for good.
    Goes,
    /// The object goes, and comes back.
    Remade,
    /// A column gets another type.
    Converted,
}

/// What cannot stay as it is while this is disturbed.
pub(super) fn users<'a>(disturbed: &Disturbed, sides: &Sides<'a>) -> Vec<&'a ObjectId> {
    let used = &disturbed.id;
    match used.kind {
        Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Statistics => return Vec::new(),
        Kind::Constraint | Kind::Index => {
            return referencing(used, sides).into_iter().map(|(id, _)| id).collect();
        }
        _ => {}
    }
    let all = sides.live.objects.iter();
    let mut users: Vec<_> = all.filter(|(id, object)| *id != used && uses(id, object, used, sides)).collect();
    if disturbed.how == How::Converted {
        // A foreign key between two columns that are both converted.
        users.retain(|(_, object)| {
            text(object, Property::ConstraintType) != Some("FOREIGN KEY")
                || other_is_converted(used, object, sides)
        });
    }
    users.into_iter().map(|(id, _)| id).collect()
}

/// Whether a foreign key leads to or from another column whose type is not as expected either.
fn other_is_converted(column: &ObjectId, key: &Object, sides: &Sides<'_>) -> bool {
    let Some(referenced) = parent(key, Property::References) else { return false };
    let pairs = list(key, Property::Columns).iter().zip(list(key, Property::ReferencedColumns));
    let data_type = |id: &ObjectId, snapshot: &CatalogSnapshot| {
        snapshot.objects.get(id).and_then(|column| column.get(&Property::DataType)).cloned()
    };
    let differs = |id: &ObjectId| {
        let expected = data_type(id, sides.expected);
        expected.is_some() && expected != data_type(id, sides.live)
    };
    let of =
        |table: &ObjectName, name: &String| ObjectId::of_relation(Kind::Column, table, name.as_str().into());
    pairs.into_iter().any(|(own, other)| {
        let other = of(&referenced, other);
        (*own == column.name.as_str() && differs(&other)) || other == *column
    })
}

/// Whether an object names another one in a way that keeps it from going.
pub(super) fn uses(user: &ObjectId, object: &Object, used: &ObjectId, sides: &Sides<'_>) -> bool {
    if used.kind != Kind::Column
        && user.relation.is_some()
        && user.owner() == used.owner()
        && used.relation.is_none()
    {
        // It goes with what it belongs to.
        return false;
    }
    let is_text = !(matches!(user.kind, Kind::Function) && is_parsed(object));
    let counts = |property: Property| match property {
        Property::Body => !is_text,
        Property::Arguments => user.kind != Kind::Trigger,
        property => !is_about(property) && !says_nothing(property),
    };
    if used.kind == Kind::Column {
        return uses_column(user, object, used, sides, &counts);
    }
    let in_text = |text: &str| uses_in(text, user, used, sides);
    let mut said = object.iter().filter(|(property, _)| counts(**property));
    let in_name = matches!(user.kind, Kind::Function | Kind::Aggregate | Kind::Operator | Kind::Cast)
        && in_text(types_of(user));
    in_name
        || said.any(|(_, value)| match value.first() {
            Value::Text(text) => in_text(text),
            Value::List(items) => items.iter().any(|text| in_text(text)),
            Value::Flag(_) | Value::Undeclared | Value::Spellings(_) => false,
        })
}

/// The types in the name of what is known by them.
fn types_of(id: &ObjectId) -> &str {
    let name = id.name.as_str();
    if id.kind == Kind::Cast { name } else { &name[without_types(name).len()..] }
}

/// Whether a text of the user names something that stands by itself.
pub(super) fn uses_in(text: &str, user: &ObjectId, used: &ObjectId, sides: &Sides<'_>) -> bool {
    if used.kind == Kind::Column {
        return mentions(text, used.name.as_str())
            && (user.owner() == used.owner() || names(text, &used.owner()) || sides.live(used).is_none());
    }
    names(text, &ObjectName::new(used.schema.clone(), bare_name(used)))
}

fn uses_column(
    user: &ObjectId,
    object: &Object,
    column: &ObjectId,
    sides: &Sides<'_>,
    counts: &dyn Fn(Property) -> bool,
) -> bool {
    let table = column.owner();
    let is_word = |text: &str| mentions(text, column.name.as_str());
    let said = || object.iter().filter(|(property, _)| counts(**property));
    let somewhere = |is: &dyn Fn(&str) -> bool| {
        said().any(|(_, value)| match value.first() {
            Value::Text(text) => is(text),
            Value::List(items) => items.iter().any(|text| is(text)),
            Value::Flag(_) | Value::Undeclared | Value::Spellings(_) => false,
        })
    };
    let is_of = |table: &ObjectName| user.relation.is_some() && user.owner() == *table;
    let is_below = || {
        user.relation.is_some()
            && family::is_below(&family::relation(user), &family::relation(column), sides.live)
    };
    if is_of(&table) || (somewhere(&is_word) && is_below()) {
        return match user.kind {
            Kind::Column => text(object, Property::Generated).is_some_and(is_word),
            Kind::Constraint | Kind::Index | Kind::Policy | Kind::Trigger | Kind::Rule | Kind::Statistics => {
                let properties = [
                    Property::Columns,
                    Property::Include,
                    Property::Expression,
                    Property::Definition,
                    Property::Keys,
                    Property::Predicate,
                    Property::Condition,
                    Property::Using,
                    Property::WithCheck,
                ];
                properties.iter().filter_map(|property| object.get(property)).any(|value| {
                    match value.first() {
                        Value::List(items) => items.iter().any(|item| is_word(item)),
                        Value::Text(text) => is_word(text),
                        Value::Flag(_) | Value::Undeclared | Value::Spellings(_) => false,
                    }
                })
            }
            _ => false,
        };
    }
    if text(object, Property::ConstraintType) == Some("FOREIGN KEY") {
        let refers =
            list(object, Property::ReferencedColumns).iter().any(|name| name == column.name.as_str());
        return refers && parent(object, Property::References).as_ref() == Some(&table);
    }
    if matches!(user.kind, Kind::Table | Kind::Column | Kind::Sequence | Kind::Index | Kind::Constraint) {
        return false;
    }
    // Its own, or that of a table below.
    let names_table = |text: &str| {
        names(text, &table)
            || sides.live.objects.keys().filter(|id| id.kind == Kind::Table).any(|other| {
                mentions(text, other.name.as_str())
                    && names(text, &other.owner())
                    && family::is_below(other, &family::relation(column), sides.live)
            })
    };
    somewhere(&|text| is_word(text) && names_table(text))
}

fn says_nothing(property: Property) -> bool {
    matches!(
        property,
        Property::ColumnOrder
            | Property::Contents
            | Property::StoodIn
            | Property::Relocatable
            | Property::Labels
            | Property::Locale
            | Property::Settings
            | Property::Library
            | Property::Roles
            | Property::Options
            | Property::ForeignOptions
            | Property::Inherits
            | Property::PartitionOf
            | Property::AttachedTo
            | Property::OwnedBy
            | Property::LeftBehind
            | Property::ChildrenElsewhere
            | Property::Synchronization
            | Property::Star
            | Property::PartitionBound
    )
}

/// Whether a property is about an object, and no part of its definition.
pub(super) fn is_about(property: Property) -> bool {
    matches!(
        property,
        Property::Owner
            | Property::Grants
            | Property::Comment
            | Property::IndexComment
            | Property::NotNullComment
            | Property::DependsOn
    )
}

pub(super) fn parent(object: &Object, property: Property) -> Option<ObjectName> {
    text(object, property)?.parse().ok()
}
