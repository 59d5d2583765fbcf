//! Making a type anew that tables use: under its old type another name, with every column converted from the one to
//! the other.
//!
//! Views and policies that read such a column are in its way like in that of any other conversion. What names the type
//! itself, in a constant or in the types of its arguments, goes before and comes back after it.

use tenon_schema::{Ident, ObjectName};

use crate::reading::{Kind, Object, ObjectId, Property, Reading, Value};

use super::address::{drop, is_foreign, name, rank};
use super::create::make;
use super::obstacle::names;
use super::sides::{is_parsed, is_set, text};
use super::{Hazard, HazardRule, Mend, Sides, column, family};

/// Replaces a type by one of the same name, which may be of another kind; `value` is the SQL that makes a value of the
/// new one of that expression. `None` where something uses it that cannot be made anew.
pub(super) fn replace(
    was: &ObjectId,
    id: &ObjectId,
    sides: &Sides<'_>,
    value: impl Fn(&str, Arrays) -> Option<String>,
) -> Option<Mend> {
    let users = Users::of(was, sides)?;
    let old = old_name(id, sides)?;
    let word = if was.kind == Kind::Domain { "DOMAIN" } else { "TYPE" };
    let mut sql = Vec::new();
    for user in &users.remade {
        sql.push(drop(user, sides)?);
    }
    for column in users.with_default.iter().chain(users.columns.iter().map(|(column, _)| column)) {
        if sides.live(column)?.contains_key(&Property::Default) {
            sql.push(column::alter(column, "DROP DEFAULT"));
        }
    }
    sql.push(format!("ALTER {word} {} RENAME TO {}", name(id), old.quoted()));
    sql.extend(make(id, sides)?);
    let mut hazards = Vec::new();
    for (column, arrays) in &users.columns {
        let new = format!("{}{}", name(id), if *arrays == Arrays::Yes { "[]" } else { "" });
        let using = if is_foreign(&family::relation(column), sides) {
            String::new()
        } else {
            format!(" USING {}", value(&column.name.quoted(), *arrays)?)
        };
        sql.push(column::alter(column, &format!("TYPE {new}{using}")));
        hazards.push(Hazard::new(HazardRule::RewriteColumn, column));
    }
    for column in users.with_default.iter().chain(users.columns.iter().map(|(column, _)| column)) {
        sql.extend(default_of(column, sides));
    }
    // What parts and children have of their own was set by the whole.
    for column in &users.below {
        sql.extend(default_of(column, sides));
    }
    let old = ObjectName::new(id.schema.clone(), old);
    sql.push(format!("DROP {word} {}", old.quoted()));
    for user in users.remade.iter().rev() {
        let back = if sides.expected(user).is_some() { make(user, sides)? } else { as_it_was(user, sides)? };
        sql.extend(back);
    }
    Some(Mend { hazards, ..Mend::new(rank(id.kind), sql) })
}

/// Whether a column has one value or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrays {
    No,
    Yes,
}

/// What uses a type.
#[derive(Debug, Default)]
struct Users {
    /// Columns of the type, by themselves.
    columns: Vec<(ObjectId, Arrays)>,
    /// The same of tables below others, to which those hand the new type on.
    below: Vec<ObjectId>,
    /// Columns of other types whose default names it.
    with_default: Vec<ObjectId>,
    /// What goes before and comes back after.
    remade: Vec<ObjectId>,
}

impl Users {
    fn of(id: &ObjectId, sides: &Sides<'_>) -> Option<Self> {
        let mut users = Self::default();
        let of_type = id.owner();
        for (user, object) in sides.live.objects.iter().filter(|(user, _)| *user != id) {
            let is_named = |property| text(object, property).is_some_and(|text| names(text, &of_type));
            match user.kind {
                Kind::Column => {
                    if is_named(Property::Generated) {
                        return None;
                    }
                    match text(object, Property::DataType).map(|data_type| spelled(data_type, &of_type)) {
                        Some(Some(_)) if is_below(user, object, sides) => users.below.push(user.clone()),
                        Some(Some(arrays)) => users.columns.push((user.clone(), arrays)),
                        _ if is_named(Property::Default) => users.with_default.push(user.clone()),
                        _ => {}
                    }
                }
                Kind::Index if is_named_anywhere(object, &of_type) => users.remade.push(user.clone()),
                Kind::Constraint
                    if is_named_anywhere(object, &of_type) && !is_set(object, Property::Inherited) =>
                {
                    users.remade.push(user.clone());
                }
                Kind::Index | Kind::Constraint => {}
                Kind::Function | Kind::Aggregate => {
                    let types = names(user.name.as_str(), &of_type);
                    let body = is_parsed(object) && is_named(Property::Body);
                    let said = is_named(Property::Arguments) || is_named(Property::Returns);
                    if types || said || body {
                        users.remade.push(user.clone());
                    }
                }
                // They stand on a column, or on a routine.
                Kind::View
                | Kind::MaterializedView
                | Kind::Policy
                | Kind::Rule
                | Kind::Trigger
                | Kind::Statistics
                | Kind::Publication
                | Kind::Schema
                | Kind::Extension
                | Kind::ForeignServer
                | Kind::EventTrigger
                | Kind::DefaultPrivileges
                | Kind::Settings
                | Kind::Sequence => {}
                _ if names(user.name.as_str(), &of_type) || is_named_anywhere(object, &of_type) => {
                    return None;
                }
                _ => {}
            }
        }
        Some(users)
    }
}

fn is_named_anywhere(object: &Object, name: &ObjectName) -> bool {
    let said = object.iter().filter(|(property, _)| **property != Property::Comment);
    said.into_iter().any(|(_, value)| match value.first() {
        Value::Text(text) => names(text, name),
        Value::List(items) => items.iter().any(|text| names(text, name)),
        _ => false,
    })
}

/// Whether a column is of this type, or of arrays of it.
fn spelled(data_type: &str, of_type: &ObjectName) -> Option<Arrays> {
    let (one, arrays) = match data_type.strip_suffix("[]") {
        Some(one) => (one, Arrays::Yes),
        None => (data_type, Arrays::No),
    };
    (one.parse::<ObjectName>().ok()? == *of_type).then_some(arrays)
}

/// Whether a column has what it is from a table above.
fn is_below(column: &ObjectId, object: &Object, sides: &Sides<'_>) -> bool {
    let table = sides.live(&family::relation(column));
    is_set(object, Property::Inherited)
        || table.is_some_and(|table| table.contains_key(&Property::PartitionOf))
}

fn default_of(column: &ObjectId, sides: &Sides<'_>) -> Option<String> {
    let object = sides.expected(column).or_else(|| sides.live(column))?;
    let default = text(object, Property::Default)?;
    Some(column::alter(column, &format!("SET DEFAULT {default}")))
}

/// What is not expected comes back as it was.
fn as_it_was(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let live: Reading = sides.live.only(|other| other == id || other.owner() == id.owner());
    make(id, &Sides { expected: &live, ..*sides })
}

/// A name that nothing has.
fn old_name(id: &ObjectId, sides: &Sides<'_>) -> Option<Ident> {
    let end = id.name.as_str().floor_char_boundary(57);
    let old = Ident::new(format!("{}~old", id.name.as_str().get(..end)?));
    let is_taken = |reading: &Reading| {
        reading
            .objects
            .keys()
            .any(|other| other.schema == id.schema && other.relation.is_none() && other.name == old)
    };
    (!is_taken(sides.live) && !is_taken(sides.expected)).then_some(old)
}
