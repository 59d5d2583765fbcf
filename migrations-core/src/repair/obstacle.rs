//! What stands in the way of a repair: it is taken down before, and made again after it.
//!
//! PostgreSQL drops nothing that something else stands on, and converts no column that a view or a policy
//! reads. What is in the way is found in the live snapshot, by the names in the texts; a little too much of
//! it rather than too little. What is as expected, or is nobody's, comes back as it was; what is not as
//! expected comes back as it should be, since as it is it may rest on just what is repaired. What rests on
//! something that goes for good goes with it, where that is nobody's, and is named as a hazard.

mod remake;

use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

use super::address::{drop, name};

use self::remake::Back;
use super::says::Says;
use super::sides::{list, text};
use super::spelling::{bare_name, column_of, names};
use super::users::{Disturbed, How, is_about, parent, users, uses, uses_in};
use super::{Hazard, HazardRule, Repair, Sides, Taken, family};

/// The repair with what makes way for it.
///
/// # Errors
///
/// What cannot be taken down, in words.
pub(super) fn cleared(repair: Repair, sides: &Sides<'_>) -> Result<Repair, String> {
    if let Some((index, other)) = taken_name(&repair, sides) {
        return Err(format!("{other} has an index by the name {index}"));
    }
    let disturbed = disturbed(&repair, sides)?;
    if disturbed.is_empty() {
        return Ok(repair);
    }
    let gone = disturbed.iter().filter(|one| one.how != How::Converted).map(|one| one.id.clone()).collect();
    let converted = disturbed.iter().filter(|one| one.how == How::Converted);
    let mut way = Way {
        sides,
        gone,
        converted: converted.map(|one| one.id.clone()).collect(),
        seen: BTreeSet::new(),
        steps: Vec::new(),
        hazards: Vec::new(),
        waits: BTreeSet::new(),
    };
    for one in &disturbed {
        way.clear(one)?;
    }
    Ok(way.around(repair))
}

/// The name of an index or key that the repair would make, and what has one of that name in the same schema:
/// something that nobody claims, so that no other repair removes it.
fn taken_name(repair: &Repair, sides: &Sides<'_>) -> Option<(String, ObjectName)> {
    let said: Vec<_> = repair.sql.iter().map(|sql| Says::of(sql)).collect();
    let makes_index = |says: &&Says| {
        says.makes_key_of.is_some() || says.makes.as_ref().is_some_and(|made| made.kind == Kind::Index)
    };
    said.iter().filter(makes_index).find_map(|says| {
        let made = says.makes.as_ref()?;
        let has_it = |other: &&ObjectId| {
            matches!(other.kind, Kind::Index | Kind::Constraint)
                && (&other.schema, &other.name) == (&made.schema, &made.name)
                && made.relation.as_ref().is_none_or(|relation| other.relation.as_ref() != Some(relation))
        };
        let is_nobodys = |other: &&ObjectId| {
            sides.unmanaged.iter().any(|unmanaged| unmanaged.object.owner() == other.owner())
                && sides.live(other).is_some_and(|object| {
                    !matches!(text(object, Property::ConstraintType), Some("CHECK" | "FOREIGN KEY"))
                })
        };
        let other = sides.live.objects.keys().filter(has_it).find(is_nobodys)?;
        Some((made.name.as_str().to_owned(), other.owner()))
    })
}

fn disturbed(repair: &Repair, sides: &Sides<'_>) -> Result<Vec<Disturbed>, String> {
    let said: Vec<_> = repair.sql.iter().map(|sql| Says::of(sql)).collect();
    let mut disturbed = Vec::new();
    for (at, (sql, says)) in repair.sql.iter().zip(&said).enumerate() {
        if let Some(removed) = &says.removes
            && let Some(id) = standing(removed, sql, sides)
        {
            let is_made = said.iter().skip(at).any(|later| later.makes.as_ref() == Some(removed));
            disturbed.push(Disturbed { id, how: if is_made { How::Remade } else { How::Goes } });
        }
        if let Some(column) = &says.converts {
            let is_there = sides.live(column).is_some();
            if let Some(other) = of_row_type(&column.owner(), sides) {
                return Err(format!("{other} has the type of its rows"));
            }
            let how = How::Converted;
            disturbed.extend(is_there.then(|| Disturbed { id: column.clone(), how }));
        }
    }
    Ok(disturbed)
}

/// The object that this statement removes, as far as it is there.
fn standing(removed: &ObjectId, sql: &str, sides: &Sides<'_>) -> Option<ObjectId> {
    if removed.relation.is_some() {
        return sides.live(removed).map(|_| removed.clone());
    }
    let is = |id: &&ObjectId| {
        let bare = ObjectName::new(id.schema.clone(), bare_name(id));
        id.kind.namespace_kind() == removed.kind
            && (id.schema == removed.schema && bare.name == removed.name)
            && drop(id, sides).as_deref() == Some(sql)
    };
    sides.live.objects.keys().find(is).cloned()
}

/// A column whose type is that of this table's or composite type's rows.
fn of_row_type<'a>(table: &ObjectName, sides: &Sides<'a>) -> Option<&'a ObjectId> {
    let columns = sides.live.objects.iter().filter(|(id, _)| id.kind == Kind::Column);
    let mut of_type = columns.filter(|(_, column)| {
        text(column, Property::DataType).is_some_and(|data_type| names(data_type, table))
    });
    of_type.next().map(|(id, _)| id)
}

/// What is done for one object that is in the way.
struct Step {
    down: Vec<String>,
    up: Vec<String>,
    /// Whether it comes back as it was.
    is_back: bool,
}

struct Way<'a, 'b> {
    sides: &'b Sides<'a>,
    /// What the repair itself removes.
    gone: BTreeSet<ObjectId>,
    /// The columns to which the repair itself gives another type.
    converted: BTreeSet<ObjectId>,
    seen: BTreeSet<ObjectId>,
    /// What stands on others comes first.
    steps: Vec<Step>,
    hazards: Vec<Hazard>,
    /// What has to be changed before, which other repairs do: columns of a type that goes, or what changes in
    /// its place.
    waits: BTreeSet<ObjectId>,
}

impl<'a> Way<'a, '_> {
    fn clear(&mut self, disturbed: &Disturbed) -> Result<(), String> {
        for user in users(disturbed, self.sides) {
            let leaves = disturbed.id.kind.is_type() && self.converted.contains(user);
            if !leaves && !self.gone.contains(user) && self.seen.insert(user.clone()) {
                self.take_down(user, disturbed)?;
            }
        }
        if disturbed.how != How::Converted {
            self.keep_what_is_owned(disturbed)?;
        }
        Ok(())
    }

    fn take_down(&mut self, user: &ObjectId, disturbed: &Disturbed) -> Result<(), String> {
        let Some(live) = self.sides.live(user) else { return Ok(()) };
        if is_of_parent(user, self.sides) {
            return Ok(());
        }
        let expected = self.sides.expected(user);
        if text(live, Property::Generated).is_some_and(|text| uses_in(text, user, &disturbed.id, self.sides))
            && expected.is_some_and(|expected| !uses(user, expected, &disturbed.id, self.sides))
        {
            // Its own repair leads it away, and may keep what is in it.
            self.waits.insert(user.clone());
            return Ok(());
        }
        let differs = expected.is_some_and(|expected| !is_defined_alike(expected, live));
        let goes_along = disturbed.how != How::Converted && goes_along(user, &disturbed.id);
        let is_rebuilt = disturbed.how == How::Converted && is_rebuilt(user, live);
        if (is_rebuilt && !differs) || (goes_along && disturbed.how == How::Goes && expected.is_none()) {
            return Ok(());
        }
        let told = || format!("{user} uses {}", disturbed.id);
        if disturbed.how == How::Goes {
            // Of two routines of one name it is the other that is wanted then.
            let by_other = differs && self.has_expected_overload(&disturbed.id);
            let as_expected =
                expected.is_some_and(|expected| by_other || !uses(user, expected, &disturbed.id, self.sides));
            let data_type = text(live, Property::DataType);
            if as_expected
                && user.kind == Kind::Column
                && data_type.is_some_and(|text| uses_in(text, user, &disturbed.id, self.sides))
            {
                self.waits.insert(user.clone());
                return Ok(());
            }
            return match (expected.is_some(), as_expected) {
                (true, true) if self.remake(user, Back::AsExpected, disturbed).is_none() => {
                    // Its own repair changes it in its place.
                    if differs {
                        self.waits.insert(user.clone())
                    } else {
                        return Err(told());
                    };
                    Ok(())
                }
                (true, true) => Ok(()),
                (true, false) => Err(told()),
                (false, _) if self.is_nobodys(user) => self.go(user).ok_or_else(told)?,
                (false, _) => Err(told()),
            };
        }
        let back = if differs { Back::AsExpected } else { Back::AsItIs };
        self.remake(user, back, disturbed).ok_or_else(told)
    }

    fn has_expected_overload(&self, id: &ObjectId) -> bool {
        let is_routine = |kind| matches!(kind, Kind::Function | Kind::Aggregate);
        let mut others = self.sides.expected.objects.keys().filter(|other| is_routine(other.kind));
        is_routine(id.kind)
            && others
                .any(|other| other.schema == id.schema && bare_name(other) == bare_name(id) && other != id)
    }

    /// Whether it is of no plugin: it is told as unmanaged, or it is a part of a table of this one.
    fn is_nobodys(&self, id: &ObjectId) -> bool {
        let is_ours = |relation: ObjectId| self.sides.expected(&relation).is_some();
        self.sides.unmanaged.iter().any(|unmanaged| {
            unmanaged.object == *id || (id.relation.is_some() && unmanaged.object.owner() == id.owner())
        }) || id.relations().any(is_ours)
    }

    /// Removes what cannot stay, with what stands on it.
    fn go(&mut self, id: &ObjectId) -> Option<Result<(), String>> {
        // What it belongs to may have gone before.
        let down = drop(id, self.sides)?.replacen("ALTER TABLE ", "ALTER TABLE IF EXISTS ", 1);
        if let Err(told) = self.clear(&Disturbed { id: id.clone(), how: How::Goes }) {
            return Some(Err(told));
        }
        self.hazards.push(Hazard::new(HazardRule::Drop(id.kind), id));
        self.steps.push(Step { down: vec![down], up: Vec::new(), is_back: false });
        Some(Ok(()))
    }

    /// A dropped table takes its partitions and the sequences of its columns along, whoever wants them; so
    /// does a dropped column.
    fn keep_what_is_owned(&mut self, disturbed: &Disturbed) -> Result<(), String> {
        let id = &disturbed.id;
        if !matches!(id.kind, Kind::Table | Kind::Column) {
            return Ok(());
        }
        let is_owner = |column: &(ObjectName, tenon_schema::Ident)| {
            column.0 == id.owner() && (id.kind == Kind::Table || column.1 == id.name)
        };
        for (sequence, object) in
            self.sides.live.objects.iter().filter(|(other, _)| other.kind == Kind::Sequence)
        {
            let owned =
                text(object, Property::OwnedBy).and_then(column_of).is_some_and(|column| is_owner(&column));
            let expected = self.sides.expected(sequence);
            let stays = expected
                .is_some_and(|expected| expected.get(&Property::OwnedBy) != object.get(&Property::OwnedBy));
            if owned && stays && self.seen.insert(sequence.clone()) {
                let down = format!("ALTER SEQUENCE {} OWNED BY NONE", name(sequence));
                self.steps.push(Step { down: vec![down], up: Vec::new(), is_back: false });
            }
        }
        if id.kind != Kind::Table {
            return Ok(());
        }
        let live = self.sides.live;
        let below = live.objects.iter().filter(|(other, _)| other.kind == Kind::Table);
        for (child, object) in below {
            let is_part = parent(object, Property::PartitionOf).as_ref() == Some(&id.owner());
            let inherits =
                list(object, Property::Inherits).iter().any(|name| name.parse().ok() == Some(id.owner()));
            if !(is_part || inherits) || self.gone.contains(child) || !self.seen.insert(child.clone()) {
                continue;
            }
            let told = || format!("{child} is a child of {id}");
            if self.sides.expected(child).is_some() {
                let (child, whole) = (child.owner().quoted(), id.owner().quoted());
                let down = if is_part {
                    format!("ALTER TABLE {whole} DETACH PARTITION {child}")
                } else {
                    format!("ALTER TABLE {child} NO INHERIT {whole}")
                };
                self.steps.push(Step { down: vec![down], up: Vec::new(), is_back: false });
            } else if self.is_nobodys(child) {
                self.go(child).ok_or_else(told)??;
            } else {
                return Err(told());
            }
        }
        Ok(())
    }

    fn around(self, repair: Repair) -> Repair {
        let order = if self.waits.is_empty() { repair.order } else { AFTER_ALL };
        let repair = Repair { order, waits: self.waits, ..repair };
        if self.steps.is_empty() && self.hazards.is_empty() {
            return repair;
        }
        let Repair { sql, mut hazards, mut taken, .. } = repair;
        let mut all: Vec<String> = Vec::new();
        let add = |all: &mut Vec<String>, sql: &String| {
            if !all.contains(sql) {
                all.push(sql.clone());
            }
        };
        for down in self.steps.iter().flat_map(|step| &step.down) {
            add(&mut all, down);
        }
        // What goes first is not removed once more.
        let own = sql.into_iter().filter(|sql| !all.contains(sql)).collect::<Vec<_>>();
        all.extend(own);
        for step in self.steps.iter().rev() {
            for up in &step.up {
                add(&mut all, up);
            }
            if step.is_back {
                taken.extend(step.down.iter().map(|down| Taken { down: down.clone(), up: step.up.clone() }));
            }
        }
        for hazard in self.hazards {
            if !hazards.contains(&hazard) {
                hazards.push(hazard);
            }
        }
        Repair { sql: all, hazards, taken, additive: false, ..repair }
    }
}

/// The rank of what others have to leave first.
const AFTER_ALL: i16 = i16::MAX;

fn is_defined_alike(expected: &Object, live: &Object) -> bool {
    let defines = |property: &&Property| !is_about(**property) && property.is_compared();
    expected.keys().chain(live.keys()).filter(defines).all(|property| {
        let (expected, live) = (expected.get(property), live.get(property));
        expected == live || expected == Some(&Value::Undeclared)
    })
}

/// Whether it goes with what it belongs to, by the server's doing.
fn goes_along(user: &ObjectId, gone: &ObjectId) -> bool {
    let is_part = user.relation.is_some() && user.owner() == gone.owner();
    match gone.kind {
        Kind::Column => is_part && matches!(user.kind, Kind::Constraint | Kind::Index | Kind::Statistics),
        Kind::Table | Kind::View | Kind::MaterializedView => is_part,
        _ => false,
    }
}

/// Whether the server itself makes it anew over a column's new type.
fn is_rebuilt(user: &ObjectId, live: &Object) -> bool {
    match user.kind {
        Kind::Index | Kind::Statistics => true,
        Kind::Constraint => text(live, Property::ConstraintType) != Some("FOREIGN KEY"),
        _ => false,
    }
}

/// Whether a part is its parent's, whose turn it is.
fn is_of_parent(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let Some(table) = sides.live(&family::relation(id)) else { return false };
    if !matches!(id.kind, Kind::Constraint | Kind::Trigger | Kind::Column) {
        return false;
    }
    let parents = text(table, Property::PartitionOf).into_iter();
    let mut parents = parents.chain(list(table, Property::Inherits).iter().map(String::as_str));
    let own = sides.live(id);
    let is_key = own
        .and_then(|object| text(object, Property::ConstraintType))
        .is_some_and(|kind| kind != "CHECK" && kind != "FOREIGN KEY");
    !is_key
        && parents.any(|parent| {
            let of = parent
                .parse::<ObjectName>()
                .ok()
                .map(|parent| ObjectId::of_relation(id.kind, &parent, id.name.clone()));
            let of_parent = of.and_then(|of| sides.live(&of));
            let same = |property| {
                of_parent.and_then(|object| object.get(&property))
                    == own.and_then(|object| object.get(&property))
            };
            of_parent.is_some()
                && [Property::Default, Property::Generated, Property::Expression].into_iter().all(same)
        })
}
