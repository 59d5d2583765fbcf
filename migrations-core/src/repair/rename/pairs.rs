//! What is there under another name: the pairs of which only the names differ.

use tenon_schema::Ident;

use crate::compare::Change;
use crate::qualified::mentions;
use crate::repair::Sides;
use crate::repair::sides::parts;
use crate::repair::spelling::without_types;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Value};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rename {
    pub(super) was: ObjectId,
    pub(super) is: ObjectId,
}

pub(super) fn of(id: &ObjectId, change: &Change, sides: &Sides<'_>) -> Option<Rename> {
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
        Change::Unexpected if id.relation.is_none() => {
            let missing = sides.expected.objects.keys().filter(|was| was.kind == id.kind);
            let mut renames =
                missing.filter(|was| sides.live(was).is_none()).filter_map(|was| of_named_type(was, sides));
            renames.find(|Rename { is, .. }| mentions(id.name.as_str(), &is.path()))
        }
        Change::Unexpected => {
            let was = only_like(id, sides.live, sides.expected)?;
            let is = only_like(&was, sides.expected, sides.live)?;
            (is == *id).then_some(Rename { was, is })
        }
        Change::Changed { .. } => None,
    }
}

/// The part of the same table that is there and not here, and like this one; `None` also where there are
/// more.
pub(super) fn only_like(id: &ObjectId, here: &CatalogSnapshot, there: &CatalogSnapshot) -> Option<ObjectId> {
    id.relation.as_ref()?;
    let object = here.objects.get(id)?;
    let parts = parts(there, &id.owner(), id.kind).into_iter();
    let mut like = parts.filter(|(other, part)| !here.objects.contains_key(other) && are_alike(object, part));
    let (first, _) = like.next()?;
    like.next().is_none().then(|| first.clone())
}

pub(super) fn are_alike(one: &Object, other: &Object) -> bool {
    let open = |value: Option<&Value>| value == Some(&Value::Undeclared);
    one.keys().chain(other.keys()).all(|property| {
        let (one, other) = (one.get(property), other.get(property));
        one == other || open(one) || open(other)
    })
}

/// Something that nobody claims, and that is what is missing in all but its name or its schema.
pub(super) fn of_standing(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
    if sides.is_name_taken(id) {
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
pub(super) fn of_named_type(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
    let has_types = matches!(id.kind, Kind::Function | Kind::Aggregate | Kind::Operator | Kind::Cast);
    if !has_types || sides.unmanaged.is_empty() {
        return None;
    }
    let missing = sides.expected.objects.keys().filter(|other| {
        other.relation.is_none() && other.kind.namespace_kind() == Kind::Table && sides.live(other).is_none()
    });
    let is_why = |Rename { was, is }: &Rename| {
        let name = id.name.as_str().replace(&was.path(), &is.path());
        let renamed = ObjectId { name: Ident::new(name), ..id.clone() };
        renamed != *id && sides.live(&renamed).is_some() && sides.expected(&renamed).is_none()
    };
    missing.filter_map(|other| of_standing(other, sides)).find(is_why)
}

/// The schema of something missing is gone too, and what stood there stands in another.
pub(super) fn of_schema(id: &ObjectId, sides: &Sides<'_>) -> Option<Rename> {
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

pub(super) fn types(id: &ObjectId) -> &str {
    let name = id.name.as_str();
    if matches!(id.kind, Kind::Function | Kind::Aggregate) { &name[without_types(name).len()..] } else { "" }
}

pub(super) fn are_alike_with_columns(was: &ObjectId, is: &ObjectId, sides: &Sides<'_>) -> bool {
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
