//! What is missing under one name and stands under another was most likely renamed.
//!
//! That is told, and to name it back is a repair of its own, beside the plain one and with a hazard: what is
//! alike need not be the same. It is offered only where nothing but the name is other and there is one of
//! each, never where two would exchange their names. Not offered is what would make it anew empty, beside
//! what still has the data, as long as something else goes by the new name.

mod pairs;

use tenon_schema::Ident;

use crate::compare::{Change, Difference};
use crate::ddl;
use crate::qualified::mentions;
use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

use self::pairs::{Rename, are_alike, of};
use super::address::{address, name};
use super::change::constraint;
use super::rank::{RENAMES, rank};
use super::sides::{list, text};
use super::spelling::{bare_name, beside, without_types};
use super::{Hazard, HazardRule, Repair, Sides, family};

/// A rename as the administrator is told of it: "perhaps renamed from x to y".
pub fn probable(difference: &Difference, sides: &Sides<'_>) -> Option<String> {
    if let Some(other) = exchanged(&difference.object, sides) {
        let (one, other) = (&difference.object.name, &other.name);
        return Some(format!("perhaps {} and {} have each other's names", one.min(other), one.max(other)));
    }
    let Rename { was, is } = of(&difference.object, &difference.change, sides)?;
    if was.schema != is.schema {
        return Some(format!("perhaps moved from schema {} to {}", was.schema, is.schema));
    }
    Some(format!("perhaps renamed from {} to {}", was.name, is.name))
}

/// What stands under another name than the one that is missing, as far as naming it back is offered: what
/// there is, and what it was.
pub fn candidate(difference: &Difference, sides: &Sides<'_>) -> Option<(ObjectId, ObjectId)> {
    let Rename { was, is } = of(&difference.object, &difference.change, sides)?;
    let is_offered = difference.change == Change::Missing && was == difference.object;
    (is_offered && offered(difference, sides).is_some()).then_some((is, was))
}

/// Gives what there is the name of what is missing, whatever else differs; `None` where no statement does.
pub fn renamed(is: &ObjectId, was: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let repair = back(&Rename { was: was.clone(), is: is.clone() }, sides)?;
    Some(repair.hazard(Hazard::new(HazardRule::Rename(is.kind), is)))
}

/// Gives what was renamed its name back, where nothing but the name is other, and where there is one of each.
pub(super) fn offered(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    let of_parent = family::of_parent(difference, sides);
    let difference = of_parent.as_ref().unwrap_or(difference);
    let id = &difference.object;
    match &difference.change {
        Change::Changed { property: Property::Labels, .. } => {
            let label = label(id, sides)?;
            Some(label.hazard(Hazard::new(HazardRule::RenameLabel, id)))
        }
        Change::Changed { expected, found, .. } => {
            let (expected, found) = (expected.as_ref()?.to_string(), found.as_ref()?.to_string());
            let column = columns_renamed(&expected, &found, sides);
            let mut renames: Vec<_> = column.chain(others_renamed(&expected, &found, sides)).collect();
            renames.dedup();
            // Of two that explain it the one alone would leave it.
            let [rename] = renames.as_slice() else { return None };
            named_back(rename, sides)
        }
        change => named_back(&of(id, change, sides)?, sides),
    }
}

fn named_back(rename: &Rename, sides: &Sides<'_>) -> Option<Repair> {
    let Rename { was, is } = rename;
    let repair = back(rename, sides)?;
    // What names it otherwise than by its new name is another's matter.
    let is_free = was.relation.is_some() || !sides.is_name_taken(was) && sides.live(was).is_none();
    // The columns of a table of a type are the type's.
    let table = sides.live(&family::relation(is));
    let is_of_type =
        is.kind == Kind::Column && table.is_some_and(|table| table.contains_key(&Property::OfType));
    (is_free && !is_of_type).then(|| repair.hazard(Hazard::new(HazardRule::Rename(is.kind), is)))
}

/// What a probable rename leaves of the repairs of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stance {
    /// Nothing seems to have been renamed.
    Unconcerned,
    /// What is missing can be made, and what is too many removed, if somebody chooses just that.
    Chosen,
    /// None: it would fail, or leave the data under another name and make an empty place for it.
    Held,
}

/// Whether and how a difference may be repaired that a rename explains.
pub(super) fn stance(difference: &Difference, sides: &Sides<'_>) -> Stance {
    let id = &difference.object;
    match &difference.change {
        Change::Changed { property: Property::Comment, .. } => Stance::Unconcerned,
        Change::Changed { expected, found, .. } => {
            let texts = expected.as_ref().zip(found.as_ref());
            let explained = texts.is_some_and(|(expected, found)| because_of(expected, found, sides))
                || expected.as_ref().is_some_and(|expected| names_a_lost_label(expected, sides));
            if explained || exchanged(id, sides).is_some() { Stance::Held } else { Stance::Unconcerned }
        }
        change => match of(id, change, sides) {
            None => Stance::Unconcerned,
            Some(rename) if can_be_made_anew(&rename.is, sides) => Stance::Chosen,
            Some(_) => Stance::Held,
        },
    }
}

/// Whether a part of a table can go and come anew: nothing else goes by its name, or takes it along.
fn can_be_made_anew(is: &ObjectId, sides: &Sides<'_>) -> bool {
    if is.relation.is_none() {
        return false;
    }
    let alone = || !family::is_of_partitions(&family::relation(is), sides);
    match is.kind {
        Kind::Column => !is_used(is, sides),
        Kind::Constraint => {
            let constraint_type =
                sides.live(is).and_then(|constraint| text(constraint, Property::ConstraintType));
            match constraint_type {
                Some("CHECK") => true,
                Some("FOREIGN KEY") => alone(),
                Some("UNIQUE") => alone() && constraint::referencing(is, sides).is_empty(),
                _ => false,
            }
        }
        Kind::Index => alone(),
        Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Statistics => true,
        _ => false,
    }
}

/// Whether something else names this column: a part of its table or of one below, or what names the table
/// too.
fn is_used(column: &ObjectId, sides: &Sides<'_>) -> bool {
    let table = family::relation(column);
    let names = |object: &Object, name: &Ident| {
        let says_nothing = |property| matches!(property, Property::Comment | Property::ColumnOrder);
        let said = object.iter().filter(|(property, _)| !says_nothing(**property));
        said.into_iter().any(|(_, value)| mentions(&value.to_string(), name.as_str()))
    };
    sides.live.objects.iter().any(|(other, object)| {
        other != column
            && names(object, &column.name)
            && (names(object, &table.name)
                || other.owner() == column.owner()
                || family::is_below(&family::relation(other), &table, sides.live))
    })
}

/// The column that seems to have exchanged its name with this one, since each has the other's type and all
/// that the other should have. Of two of one type nobody can tell.
fn exchanged<'a>(id: &ObjectId, sides: &Sides<'a>) -> Option<&'a ObjectId> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let data_type = |object| text(object, Property::DataType);
    if id.kind != Kind::Column || data_type(expected) == data_type(live) {
        return None;
    }
    let is_the_other = |other: &ObjectId, wanted: &Object| {
        let found = sides.live(other);
        other != id && found.is_some_and(|found| are_alike(expected, found)) && are_alike(wanted, live)
    };
    let columns = sides.parts(&id.owner(), Kind::Column).into_iter();
    let mut others = columns.filter(|(other, wanted)| is_the_other(other, wanted));
    let (other, _) = others.next()?;
    others.next().is_none().then_some(other)
}

/// Names a part of a copy as it is named in the original: there are no rows that could go with the wrong one.
pub(super) fn in_copy(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    match &difference.change {
        Change::Changed { property: Property::Labels, .. } => label(&difference.object, sides),
        Change::Changed { .. } => exchange(&difference.object, sides),
        change => {
            back(&of(&difference.object, change, sides).filter(|one| one.is.relation.is_some())?, sides)
        }
    }
}

/// Gives two columns of a table their names back that have each other's.
fn exchange(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let other = exchanged(id, sides)?;
    let rename = |from: &Ident, to: &Ident| {
        format!("ALTER TABLE {} RENAME COLUMN {} TO {}", id.owner().quoted(), from.quoted(), to.quoted())
    };
    // The same for both of them, so that it runs once.
    let (one, other) = (id.min(other), id.max(other));
    let between = Ident::new("tenon_swapped");
    let steps = [(&one.name, &between), (&other.name, &one.name), (&between, &other.name)];
    Some(Repair::new(RENAMES, steps.map(|(from, to)| rename(from, to))))
}

/// Gives the one label of an enum that is other its name back.
fn label(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let labels = |object| list(object, Property::Labels);
    let (expected, found) = (labels(sides.expected(id)?), labels(sides.live(id)?));
    let (missing, extra) = (beside(expected, found), beside(found, expected));
    let ([missing], [extra]) = (missing.as_slice(), extra.as_slice()) else { return None };
    let renamed = found.iter().map(|label| if label == *extra { *missing } else { label });
    let (from, to) = (ddl::literal(extra), ddl::literal(missing));
    let sql = format!("ALTER TYPE {} RENAME VALUE {from} TO {to}", name(id));
    renamed.eq(expected).then(|| Repair::new(rank(Kind::Enum), [sql]))
}

/// Whether a rename explains why a text names something else.
fn because_of(expected: &Value, found: &Value, sides: &Sides<'_>) -> bool {
    let (expected, found) = (expected.to_string(), found.to_string());
    because_of_a_column(&expected, &found, sides) || because_of_another(&expected, &found, sides)
}

/// A column: whatever names it is printed with its new name.
fn because_of_a_column(expected: &str, found: &str, sides: &Sides<'_>) -> bool {
    let mut exchanged = columns_named(expected, sides)
        .filter(|id| sides.live(id).is_some())
        .filter_map(|id| exchanged(id, sides));
    columns_renamed(expected, found, sides).next().is_some()
        || exchanged.any(|other| mentions(found, other.name.as_str()))
}

fn columns_named<'a>(text: &str, sides: &Sides<'a>) -> impl Iterator<Item = &'a ObjectId> {
    let columns = sides.expected.objects.keys().filter(|id| id.kind == Kind::Column);
    columns.filter(move |id| mentions(text, id.name.as_str()))
}

/// The columns that the one text names and the other by another name.
fn columns_renamed(expected: &str, found: &str, sides: &Sides<'_>) -> impl Iterator<Item = Rename> {
    let missing = columns_named(expected, sides).filter(|id| sides.live(id).is_none());
    let renames = missing.filter_map(|id| of(id, &Change::Missing, sides));
    renames.filter(move |rename| mentions(found, rename.is.name.as_str()))
}

/// Whether it names a label that its enum does not have, perhaps because that has another name now. One that
/// is added cannot be named in the same transaction.
fn names_a_lost_label(expected: &Value, sides: &Sides<'_>) -> bool {
    let expected = expected.to_string();
    let labels = |object| list(object, Property::Labels);
    let enums = sides.expected.objects.iter().filter(|(id, _)| id.kind == Kind::Enum);
    enums.filter_map(|(id, object)| Some((id, object, sides.live(id)?))).any(|(id, object, live)| {
        beside(labels(object), labels(live))
            .into_iter()
            .any(|label| expected.contains(&format!("{}::{}", ddl::literal(label), id.path())))
    })
}

/// Something that stands by itself: it has another name, perhaps in another schema, or something of another
/// kind has its name.
fn because_of_another(expected: &str, found: &str, sides: &Sides<'_>) -> bool {
    let is_taken = missing_in(expected, sides).any(|id| sides.is_name_taken(id));
    is_taken || others_renamed(expected, found, sides).next().is_some()
}

/// What stands by itself and is missing, as far as the text names it.
fn missing_in<'a>(text: &str, sides: &Sides<'a>) -> impl Iterator<Item = &'a ObjectId> {
    let missing =
        sides.expected.objects.keys().filter(|id| id.relation.is_none() && sides.live(id).is_none());
    missing.filter(move |id| mentions(text, &spelled(id)))
}

/// The renames of objects that the one text names and the other by another name.
fn others_renamed(expected: &str, found: &str, sides: &Sides<'_>) -> impl Iterator<Item = Rename> {
    let renames = missing_in(expected, sides).filter_map(|id| of(id, &Change::Missing, sides));
    renames.filter(move |rename| mentions(found, &spelled(&rename.is)))
}

fn spelled(id: &ObjectId) -> String {
    without_types(&id.path()).to_owned()
}

/// Gives it its name back, and its schema.
fn back(Rename { was, is }: &Rename, sides: &Sides<'_>) -> Option<Repair> {
    let (on, back) = (is.owner().quoted(), was.name.quoted());
    let sql = match is.kind {
        Kind::Column => format!("ALTER TABLE {on} RENAME COLUMN {} TO {back}", is.name.quoted()),
        Kind::Constraint => format!("ALTER TABLE {on} RENAME CONSTRAINT {} TO {back}", is.name.quoted()),
        Kind::Index => format!("ALTER INDEX {} RENAME TO {back}", name(is)),
        _ if was.relation.is_none() && was.schema != is.schema => {
            format!("ALTER {} SET SCHEMA {}", address(is, sides)?, was.schema.quoted())
        }
        Kind::Function | Kind::Aggregate | Kind::Operator => {
            // What they are called without their types.
            let bare = ident_of(was);
            if is.kind == Kind::Operator || bare == ident_of(is) {
                return None;
            }
            format!("ALTER {} RENAME TO {}", address(is, sides)?, bare.quoted())
        }
        Kind::OperatorClass | Kind::OperatorFamily => {
            format!("ALTER {} RENAME TO {}", address(is, sides)?, ident_of(was).quoted())
        }
        _ => format!("ALTER {} RENAME TO {back}", address(is, sides)?),
    };
    Some(Repair::new(RENAMES, [sql]))
}

fn ident_of(id: &ObjectId) -> Ident {
    Ident::new(bare_name(id))
}
