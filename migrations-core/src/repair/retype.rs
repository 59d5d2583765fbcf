//! Making a type anew that tables use: under its old type another name, with every column converted from the
//! one to the other.
//!
//! Views and policies that read such a column are in its way like in that of any other conversion. What names
//! the type itself, in a constant or in the types of its arguments, goes before and comes back after it. What
//! is made of it (domains, ranges, composite types) goes too, and its columns are text meanwhile, where that
//! says all of a value.

use std::collections::BTreeSet;

use tenon_schema::{Ident, ObjectName};

use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

use super::address::{drop, is_foreign, name};
use super::make::{column, make};
use super::rank::rank;
use super::sides::{is_parsed, is_set, list, text};
use super::spelling::names;
use super::{Hazard, HazardRule, Repair, Sides, family};

/// Makes an enum type anew with all that uses it.
///
/// # Errors
///
/// What cannot be made anew with it, in words.
pub(super) fn enum_with_users(id: &ObjectId, sides: &Sides<'_>) -> Result<Repair, String> {
    let users =
        Users::of(id, Made::Anew, sides).map_err(|user| format!("{user} cannot be made anew with it"))?;
    let repair = with_users(id, id, &users, sides, |value, arrays| Some(through_text(value, id, arrays)));
    repair.ok_or_else(|| "something that uses it cannot be made again".to_owned())
}

/// A value of a type that is one of another, as far as they are written alike.
pub(super) fn through_text(value: &str, id: &ObjectId, arrays: Arrays) -> String {
    let (new, many) = (name(id), arrays.suffix());
    format!("{value}::text{many}::{new}{many}")
}

/// Replaces a type by one of the same name, which may be of another kind; `value` is the SQL that makes a
/// value of the new one of that expression. `None` where something uses it that cannot be made anew.
pub(super) fn replace(
    was: &ObjectId,
    id: &ObjectId,
    sides: &Sides<'_>,
    value: impl Fn(&str, Arrays) -> Option<String>,
) -> Option<Repair> {
    // Only of an enum a text says all, whatever is made of it.
    let made = if (was.kind, id.kind) == (Kind::Enum, Kind::Enum) { Made::Anew } else { Made::Stays };
    with_users(was, id, &Users::of(was, made, sides).ok()?, sides, value)
}

fn with_users(
    was: &ObjectId,
    id: &ObjectId,
    users: &Users,
    sides: &Sides<'_>,
    value: impl Fn(&str, Arrays) -> Option<String>,
) -> Option<Repair> {
    let old = old_name(id, sides)?;
    let word = if was.kind == Kind::Domain { "DOMAIN" } else { "TYPE" };
    let mut sql = Vec::new();
    let mut hazards = Vec::new();
    for user in &users.remade {
        sql.push(drop(user, sides)?);
        if user.kind == Kind::Column {
            hazards.push(Hazard::new(HazardRule::Drop(user.kind), user));
        }
    }
    for column in users.with_default.iter().chain(users.columns()) {
        if sides.live(column)?.contains_key(&Property::Default) {
            sql.push(column::alter(column, "DROP DEFAULT"));
        }
    }
    for (column, _, arrays) in &users.of_made {
        let text = format!("text{}", arrays.suffix());
        sql.push(converted(column, &text, &format!("{}::{text}", column.name.quoted()), sides));
        hazards.push(Hazard::new(HazardRule::RewriteColumn, column));
    }
    for made in users.made.iter().rev() {
        sql.push(drop(made, sides)?);
    }
    sql.push(format!("ALTER {word} {} RENAME TO {}", name(id), old.quoted()));
    sql.extend(make(id, sides)?);
    for (column, arrays) in &users.of_type {
        let new = format!("{}{}", name(id), arrays.suffix());
        sql.push(converted(column, &new, &value(&column.name.quoted(), *arrays)?, sides));
        hazards.push(Hazard::new(HazardRule::RewriteColumn, column));
    }
    for made in &users.made {
        sql.extend(made_again(made, sides)?);
    }
    for (column, made, arrays) in &users.of_made {
        let new = format!("{}{}", name(made), arrays.suffix());
        sql.push(converted(column, &new, &format!("{}::{new}", column.name.quoted()), sides));
    }
    for column in users.with_default.iter().chain(users.columns()) {
        sql.extend(default_of(column, sides));
    }
    // What parts and children have of their own was set by the whole.
    for column in &users.below {
        sql.extend(default_of(column, sides));
    }
    let old = ObjectName::new(id.schema.clone(), old);
    sql.push(format!("DROP {word} {}", old.quoted()));
    for user in users.remade.iter().rev() {
        sql.extend(made_again(user, sides)?);
    }
    Some(Repair { hazards, ..Repair::new(rank(id.kind), sql) })
}

fn converted(column: &ObjectId, new: &str, value: &str, sides: &Sides<'_>) -> String {
    let is_foreign = is_foreign(&family::relation(column), sides);
    let using = if is_foreign { String::new() } else { format!(" USING {value}") };
    column::alter(column, &format!("TYPE {new}{using}"))
}

/// Whether a column has one value or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrays {
    No,
    Yes,
}

impl Arrays {
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Yes => "[]",
        }
    }
}

/// What becomes of the types that are made of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// The types are made anew with it.
    Anew,
    /// The types are in its way.
    Stays,
}

/// What uses a type.
#[derive(Debug, Default)]
struct Users {
    /// Columns of the type, by themselves.
    of_type: Vec<(ObjectId, Arrays)>,
    /// The types that are made of it: what they are made of comes before them.
    made: Vec<ObjectId>,
    /// Columns of the types that are made of it.
    of_made: Vec<(ObjectId, ObjectId, Arrays)>,
    /// Columns of tables below others, to which those hand the new type on.
    below: Vec<ObjectId>,
    /// Columns of other types whose default names it.
    with_default: Vec<ObjectId>,
    /// What goes before and comes back after.
    remade: Vec<ObjectId>,
}

impl Users {
    /// What uses the type; an error is what cannot be made anew.
    fn of(id: &ObjectId, made: Made, sides: &Sides<'_>) -> Result<Self, ObjectId> {
        let mut users = Self { made: made_of(id, sides), ..Self::default() };
        if let (Made::Stays, Some(one)) = (made, users.made.first()) {
            return Err(one.clone());
        }
        let types: Vec<_> = users.made.iter().chain([id]).map(|one| (one.clone(), one.owner())).collect();
        let is_type = |user: &ObjectId| types.iter().any(|(one, _)| one == user);
        for (user, object) in sides.live.objects.iter().filter(|(user, _)| !is_type(user)) {
            let says = |said: &str| types.iter().any(|(_, of_type)| names(said, of_type));
            let is_named = |property| text(object, property).is_some_and(says);
            match user.kind {
                Kind::Column => users.column(user, object, &types, is_named, sides),
                Kind::Index if is_named_anywhere(object, says) => users.remade.push(user.clone()),
                Kind::Constraint
                    if is_named_anywhere(object, says) && !is_set(object, Property::Inherited) =>
                {
                    users.remade.push(user.clone());
                }
                Kind::Index | Kind::Constraint => {}
                Kind::Function | Kind::Aggregate => {
                    let types = says(user.name.as_str());
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
                Kind::Operator | Kind::OperatorFamily | Kind::OperatorClass | Kind::Cast
                    if says(user.name.as_str()) || is_named_anywhere(object, says) =>
                {
                    users.remade.push(user.clone());
                }
                _ if says(user.name.as_str()) || is_named_anywhere(object, says) => {
                    return Err(user.clone());
                }
                _ => {}
            }
        }
        users.add_keys(sides);
        // What stands on others goes first.
        users.remade.sort_by_key(|one| std::cmp::Reverse(rank(one.kind)));
        Ok(users)
    }

    fn column(
        &mut self,
        user: &ObjectId,
        object: &Object,
        types: &[(ObjectId, ObjectName)],
        is_named: impl Fn(Property) -> bool,
        sides: &Sides<'_>,
    ) {
        let said = text(object, Property::DataType);
        let of_one =
            types.iter().find_map(|(one, name)| Some((one, said.and_then(|said| spelled(said, name))?)));
        match of_one {
            Some(_) if is_below(user, object, sides) => self.below.push(user.clone()),
            // It is computed again, from what it is computed from; below others with theirs.
            _ if is_named(Property::Generated) && is_below(user, object, sides) => {}
            _ if is_named(Property::Generated) => self.remade.push(user.clone()),
            Some((one, arrays)) if self.made.contains(one) => {
                self.of_made.push((user.clone(), one.clone(), arrays));
            }
            Some((_, arrays)) => self.of_type.push((user.clone(), arrays)),
            None if is_named(Property::Default) => self.with_default.push(user.clone()),
            None => {}
        }
    }

    /// The columns that get another type.
    fn columns(&self) -> impl Iterator<Item = &ObjectId> {
        self.of_type.iter().map(|(column, _)| column).chain(self.of_made.iter().map(|(column, ..)| column))
    }

    /// The foreign keys of such columns: both sides are converted, and not at once.
    fn add_keys(&mut self, sides: &Sides<'_>) {
        let columns: BTreeSet<_> = self.columns().chain(&self.below).cloned().collect();
        let is_key = |id: &ObjectId, object: &Object| {
            text(object, Property::ConstraintType) == Some("FOREIGN KEY")
                && !is_set(object, Property::Inherited)
                && list(object, Property::Columns).iter().any(|name| {
                    let name = name.as_str().into();
                    columns.contains(&ObjectId::of_relation(Kind::Column, &id.owner(), name))
                })
        };
        let constraints = sides.live.objects.iter().filter(|(id, _)| id.kind == Kind::Constraint);
        let keys = constraints.filter(|(id, object)| is_key(id, object)).map(|(id, _)| id.clone());
        let keys: Vec<_> = keys.filter(|key| !self.remade.contains(key)).collect();
        self.remade.extend(keys);
    }
}

/// The types that are made of this one, in the order in which they can be made.
fn made_of(id: &ObjectId, sides: &Sides<'_>) -> Vec<ObjectId> {
    let is_of = |object: &Object, of: &ObjectId| is_named_anywhere(object, |said| names(said, &of.owner()));
    let types = sides.live.objects.iter().filter(|(one, _)| one.kind.is_type() && *one != id);
    let types: Vec<_> = types.collect();
    let mut left: Vec<(&ObjectId, &Object)> = Vec::new();
    loop {
        let known = |of: &(&ObjectId, &Object)| left.iter().any(|(one, _)| *one == of.0);
        let is_made = |one: &&(&ObjectId, &Object)| {
            !known(one) && (is_of(one.1, id) || left.iter().any(|(of, _)| is_of(one.1, of)))
        };
        let next: Vec<_> = types.iter().filter(is_made).copied().collect();
        if next.is_empty() {
            break;
        }
        left.extend(next);
    }
    let mut made = Vec::new();
    while !left.is_empty() {
        let waits = |one: &(&ObjectId, &Object)| left.iter().any(|(of, _)| *of != one.0 && is_of(one.1, of));
        let next = left.iter().position(|one| !waits(one)).unwrap_or_default();
        made.push(left.remove(next).0.clone());
    }
    made
}

fn is_named_anywhere(object: &Object, says: impl Fn(&str) -> bool) -> bool {
    let said = object.iter().filter(|(property, _)| **property != Property::Comment);
    said.into_iter().any(|(_, value)| match value.first() {
        Value::Text(text) => says(text),
        Value::List(items) => items.iter().any(|text| says(text)),
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
fn made_again(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    if sides.expected(id).is_some() {
        return make(id, sides);
    }
    let live: CatalogSnapshot = sides.live.only(|other| other == id || other.owner() == id.owner());
    make(id, &Sides { expected: &live, ..*sides })
}

/// A name that nothing has.
fn old_name(id: &ObjectId, sides: &Sides<'_>) -> Option<Ident> {
    let end = id.name.as_str().floor_char_boundary(57);
    let old = Ident::new(format!("{}~old", id.name.as_str().get(..end)?));
    let is_taken = |snapshot: &CatalogSnapshot| {
        snapshot
            .objects
            .keys()
            .any(|other| other.schema == id.schema && other.relation.is_none() && other.name == old)
    };
    (!is_taken(sides.live) && !is_taken(sides.expected)).then_some(old)
}
