//! What is missing under one name and stands under another was most likely renamed.

use tenon_schema::Ident;

use crate::compare::{Change, Difference};
use crate::reading::{Kind, Object, ObjectId, Reading, Value};

use super::address::{RENAMES, address, name};
use super::create::is_name_taken;
use super::spelling::without_types;
use super::{Mend, Sides};

/// A rename as the administrator is told of it: "perhaps renamed from x to y".
pub fn probable(difference: &Difference, sides: &Sides<'_>) -> Option<String> {
    let Rename { was, is } = of(&difference.object, &difference.change, sides)?;
    if was.schema != is.schema {
        return Some(format!("perhaps moved from schema {} to {}", was.schema, is.schema));
    }
    Some(format!("perhaps renamed from {} to {}", was.name, is.name))
}

/// Gives two columns of a table their names back that have each other's.
fn swap_back(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    if id.kind != Kind::Column || are_alike(expected, live) {
        return None;
    }
    let is_the_other = |other: &ObjectId, wanted: &Object| {
        let found = sides.live(other);
        other != id && found.is_some_and(|found| are_alike(expected, found)) && are_alike(wanted, live)
    };
    let columns = sides.parts(&id.owner(), Kind::Column).into_iter();
    let mut others = columns.filter(|(other, wanted)| is_the_other(other, wanted));
    let (other, _) = others.next()?;
    if others.next().is_some() {
        return None;
    }
    let rename = |from: &Ident, to: &Ident| {
        format!("ALTER TABLE {} RENAME COLUMN {} TO {}", id.owner().quoted(), from.quoted(), to.quoted())
    };
    // The same for both of them, so that it runs once.
    let (one, other) = (id.min(other), id.max(other));
    let between = Ident::new("tenon_swapped");
    let steps = [(&one.name, &between), (&other.name, &one.name), (&between, &other.name)];
    Some(Mend::new(RENAMES, steps.map(|(from, to)| rename(from, to))))
}

/// Gives it its name back. What is other only because something it names was renamed comes right with that.
pub(super) fn mend(difference: &Difference, sides: &Sides<'_>) -> Option<Mend> {
    let rename = match &difference.change {
        Change::Changed { expected, found, .. } => {
            if let Some(mend) = swap_back(&difference.object, sides) {
                return Some(mend);
            }
            because_of(expected.as_ref()?, found.as_ref()?, sides)?
        }
        change => of(&difference.object, change, sides)?,
    };
    back(&rename, sides)
}

struct Rename {
    was: ObjectId,
    is: ObjectId,
}

fn of(id: &ObjectId, change: &Change, sides: &Sides<'_>) -> Option<Rename> {
    match change {
        Change::Missing if id.relation.is_none() => {
            of_schema(id, sides).or_else(|| of_standing(id, sides)).or_else(|| of_named_type(id, sides))
        }
        Change::Missing => {
            let is = only_like(id, sides.expected, sides.live)?;
            // Of two that are alike nobody knows which was renamed.
            let was = only_like(&is, sides.live, sides.expected)?;
            (was == *id).then_some(Rename { was, is })
        }
        Change::Unexpected => {
            let was = only_like(id, sides.live, sides.expected)?;
            let is = only_like(&was, sides.expected, sides.live)?;
            (is == *id).then_some(Rename { was, is })
        }
        Change::Changed { .. } => None,
    }
}

/// The part of the same table that is there and not here, and like this one; `None` also where there are more.
fn only_like(id: &ObjectId, here: &Reading, there: &Reading) -> Option<ObjectId> {
    id.relation.as_ref()?;
    let object = here.objects.get(id)?;
    let mut like = there.objects.iter().filter(|(other, candidate)| {
        other.kind == id.kind
            && other.schema == id.schema
            && other.relation == id.relation
            && !here.objects.contains_key(other)
            && are_alike(object, candidate)
    });
    let (first, _) = like.next()?;
    like.next().is_none().then(|| first.clone())
}

fn are_alike(one: &Object, other: &Object) -> bool {
    let open = |value: Option<&Value>| value == Some(&Value::Undeclared);
    one.keys().chain(other.keys()).all(|property| {
        let (one, other) = (one.get(property), other.get(property));
        one == other || open(one) || open(other)
    })
}

/// Something that nobody claims, and that is what is missing in all but its name or its schema.
fn of_standing(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
    if is_name_taken(id, sides) {
        return None;
    }
    let is_like = |was: &ObjectId, is: &ObjectId| {
        let (types, other) = (types(was), types(is));
        was.kind == is.kind
            && types == other
            && (was.schema == is.schema || was.name == is.name)
            && are_alike_with_columns(was, is, sides)
    };
    let mut like = sides.unmanaged.iter().map(|unmanaged| &unmanaged.object).filter(|is| is_like(id, is));
    let is = like.next()?.clone();
    let mut missing =
        sides.expected.objects.keys().filter(|was| {
            was.relation.is_none() && *was != id && sides.live(was).is_none() && is_like(was, &is)
        });
    (like.next().is_none() && missing.next().is_none()).then(|| Rename { was: id.clone(), is })
}

/// A type by which a function or the like is known was renamed, and it is known by the new name.
fn of_named_type(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
    let has_types = matches!(id.kind, Kind::Function | Kind::Aggregate | Kind::Operator | Kind::Cast);
    if !has_types || sides.unmanaged.is_empty() {
        return None;
    }
    let missing = sides.expected.objects.keys().filter(|other| {
        other.relation.is_none() && other.kind.namesake() == Kind::Table && sides.live(other).is_none()
    });
    let is_why = |Rename { was, is }: &Rename| {
        let name = id.name.as_str().replace(&was.path(), &is.path());
        let renamed = ObjectId { name: Ident::new(name), ..id.clone() };
        renamed != *id && sides.live(&renamed).is_some() && sides.expected(&renamed).is_none()
    };
    missing.filter_map(|other| of_standing(other, sides)).find(is_why)
}

/// The schema of something missing is gone too, and what stood there stands in another.
fn of_schema(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
    let schema = if id.kind == Kind::Schema { &id.name } else { &id.schema };
    let was = ObjectId::global(Kind::Schema, schema);
    if sides.expected(&was).is_none() || sides.live(&was).is_some() {
        return None;
    }
    let there = |other: &&ObjectId| other.schema == *schema && other.relation.is_none();
    let mut moved = sides.expected.objects.keys().filter(there).filter_map(|id| of_standing(id, sides));
    let is = ObjectId::global(Kind::Schema, &moved.find(|moved| moved.is.schema != *schema)?.is.schema);
    sides.expected(&is).is_none().then_some(Rename { was, is })
}

fn types(id: &ObjectId) -> &str {
    let name = id.name.as_str();
    if matches!(id.kind, Kind::Function | Kind::Aggregate) { &name[without_types(name).len()..] } else { "" }
}

fn are_alike_with_columns(was: &ObjectId, is: &ObjectId, sides: &Sides<'_>) -> bool {
    let (Some(one), Some(other)) = (sides.expected(was), sides.live(is)) else { return false };
    // What moved with it, such as the sequence of a default, is named with the new schema too.
    let moved_back = |object: &Object| -> Object {
        let back = |text: &str| text.replace(&format!("{}.", is.schema), &format!("{}.", was.schema));
        let value = |value: &Value| match value {
            Value::Text(text) if was.schema != is.schema => Value::Text(back(text)),
            other => other.clone(),
        };
        object.iter().map(|(property, found)| (*property, value(found))).collect()
    };
    let columns = sides.parts(&was.owner(), Kind::Column);
    let others = sides.live_parts(&is.owner(), Kind::Column);
    are_alike(one, &moved_back(other))
        && columns.len() == others.len()
        && columns.iter().zip(&others).all(|((id, column), (other_id, other))| {
            id.name == other_id.name && are_alike(column, &moved_back(other))
        })
}

/// The rename that explains why a text names something else.
fn because_of(expected: &Value, found: &Value, sides: &Sides<'_>) -> Option<Rename> {
    if sides.unmanaged.is_empty() {
        return None;
    }
    let (expected, found) = (expected.to_string(), found.to_string());
    let missing =
        sides.expected.objects.keys().filter(|id| id.relation.is_none() && sides.live(id).is_none());
    let mut renames = missing.filter_map(|id| of(id, &Change::Missing, sides));
    renames.find(|Rename { was, is }| {
        let spelled = |id: &ObjectId| without_types(&id.path()).to_owned();
        found.contains(&spelled(is)) && found.replace(&spelled(is), &spelled(was)) == expected
    })
}

fn back(rename: &Rename, sides: &Sides<'_>) -> Option<Mend> {
    let Rename { was, is } = rename;
    let name_back =
        Ident::new(if types(was).is_empty() { was.name.as_str() } else { without_types(was.name.as_str()) });
    let back = name_back.quoted();
    let on = is.owner().quoted();
    let sql = match is.kind {
        Kind::Column => format!("ALTER TABLE {on} RENAME COLUMN {} TO {back}", is.name.quoted()),
        Kind::Constraint => format!("ALTER TABLE {on} RENAME CONSTRAINT {} TO {back}", is.name.quoted()),
        Kind::Index => format!("ALTER INDEX {} RENAME TO {back}", name(is)),
        Kind::Operator | Kind::OperatorFamily | Kind::OperatorClass | Kind::Cast
            if was.schema == is.schema =>
        {
            return None;
        }
        _ if was.schema != is.schema => {
            format!("ALTER {} SET SCHEMA {}", address(is, sides)?, was.schema.quoted())
        }
        _ => format!("ALTER {} RENAME TO {back}", address(is, sides)?),
    };
    Some(Mend::new(RENAMES, [sql]))
}
