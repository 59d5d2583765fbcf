//! Partitions and their tables, parents and their children: what belongs to both.

use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use crate::compare::{Change, Difference};
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property};

use super::Sides;
use super::sides::{is_set, list, text};

/// The table an object belongs to.
pub(super) fn relation(id: &ObjectId) -> ObjectId {
    ObjectId::standalone(Kind::Table, &id.owner())
}

fn parents(snapshot: &CatalogSnapshot, table: &ObjectId) -> Vec<ObjectId> {
    let Some(object) = snapshot.objects.get(table) else { return Vec::new() };
    let names = text(object, Property::PartitionOf).into_iter();
    let inherited = list(object, Property::Inherits).iter().map(String::as_str);
    names
        .chain(inherited)
        .filter_map(|name| name.parse::<ObjectName>().ok())
        .map(|name| ObjectId::standalone(Kind::Table, &name))
        .collect()
}

/// Whether a table stands somewhere below another.
pub(super) fn is_below(table: &ObjectId, other: &ObjectId, snapshot: &CatalogSnapshot) -> bool {
    let (mut ahead, mut seen) = (parents(snapshot, table), BTreeSet::new());
    while let Some(parent) = ahead.pop() {
        if parent == *other {
            return true;
        }
        if seen.insert(parent.clone()) {
            ahead.extend(parents(snapshot, &parent));
        }
    }
    false
}

/// Whether a table is partitioned, or a part of one that is.
pub(super) fn is_of_partitions(table: &ObjectId, sides: &Sides<'_>) -> bool {
    let is = |object: &Object| {
        object.contains_key(&Property::PartitionKey) || object.contains_key(&Property::PartitionOf)
    };
    [sides.expected(table), sides.live(table)].into_iter().flatten().any(is)
}

/// How many tables stand above this one.
pub(super) fn depth(table: &ObjectId, sides: &Sides<'_>) -> i16 {
    let mut depth = 0;
    let mut at = table.clone();
    // A table is never its own ancestor; a snapshot that says so is not followed for ever.
    while let Some(parent) = parents(sides.expected, &at).into_iter().next().filter(|_| depth < 30) {
        depth += 1;
        at = parent;
    }
    depth
}

/// The difference of a parent's part of which this one is the copy in a child.
pub(super) fn of_parent(difference: &Difference, sides: &Sides<'_>) -> Option<Difference> {
    let id = &difference.object;
    if let Some(attachment) = of_attachment(difference, sides) {
        return Some(attachment);
    }
    if !matches!(id.kind, Kind::Column | Kind::Constraint | Kind::Trigger) || is_key(id, sides) {
        return None;
    }
    let table = relation(id);
    let of = |parent: ObjectId| ObjectId::of_relation(id.kind, &parent.owner(), id.name.clone());
    if difference.change == Change::Missing
        && sides.expected(id).is_some_and(|part| is_set(part, Property::Inherited))
    {
        // The parent's is there, and hands it on no more.
        let no_inherit = Property::NoInherit;
        let property = |object: Option<&Object>| object.and_then(|object| object.get(&no_inherit)).cloned();
        let mut withheld = parents(sides.expected, &table).into_iter().map(of).filter_map(|parent| {
            let (expected, found) = (property(sides.expected(&parent)), property(sides.live(&parent)));
            let is_withheld = expected != found && sides.live(&parent).is_some();
            let change = Change::Changed { property: no_inherit, expected, found };
            is_withheld.then(|| Difference { object: parent, change, ..difference.clone() })
        });
        if let Some(withheld) = withheld.next() {
            return Some(withheld);
        }
    }
    let candidates = parents(sides.live, &table).into_iter().map(of);
    let mut same = candidates.filter(|parent| match &difference.change {
        Change::Missing => sides.expected(parent).is_some() && sides.live(parent).is_none(),
        Change::Unexpected => sides.expected(parent).is_none() && sides.live(parent).is_some(),
        Change::Changed { property, expected, found } => {
            let is = |object: Option<&Object>, value: &Option<_>| {
                object.is_some_and(|object| object.get(property) == value.as_ref())
            };
            is(sides.expected(parent), expected) && is(sides.live(parent), found)
        }
    });
    Some(Difference { object: same.next()?, ..difference.clone() })
}

/// The difference that a part is not attached, where that is why it lacks what its whole hands on: a trigger,
/// that a column is an identity, or that an index is one of the whole's.
fn of_attachment(difference: &Difference, sides: &Sides<'_>) -> Option<Difference> {
    let id = &difference.object;
    if !matches!(id.kind, Kind::Column | Kind::Constraint | Kind::Trigger | Kind::Index) {
        return None;
    }
    let table = relation(id);
    let place =
        |snapshot: &CatalogSnapshot| snapshot.objects.get(&table)?.get(&Property::PartitionOf).cloned();
    let (belongs, is_in) = (place(sides.expected)?, place(sides.live));
    let whole = parents(sides.expected, &table).into_iter().next()?;
    let of_whole = ObjectId::of_relation(id.kind, &whole.owner(), id.name.clone());
    let of_whole = sides.live(&of_whole).or_else(|| sides.expected(&of_whole));
    let handed_on = match &difference.change {
        Change::Missing => id.kind == Kind::Trigger && of_whole.is_some(),
        Change::Changed { property: Property::Identity, expected, .. } => {
            of_whole.is_some_and(|column| column.get(&Property::Identity) == expected.as_ref())
        }
        Change::Changed { property: Property::AttachedTo, found: None, .. } => true,
        _ => false,
    };
    let property = Property::PartitionOf;
    let change = Change::Changed { property, expected: Some(belongs.clone()), found: is_in.clone() };
    let detached = handed_on && is_in.as_ref() != Some(&belongs) && sides.live(&table).is_some();
    detached.then(|| Difference { object: table, change, ..difference.clone() })
}

fn is_key(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let object = sides.expected(id).or_else(|| sides.live(id));
    let kind = object.and_then(|object| text(object, Property::ConstraintType));
    matches!(kind, Some("PRIMARY KEY" | "UNIQUE" | "EXCLUDE"))
}

/// What makes the index or key of a partition that of its whole: all but name, place and state.
fn shape(object: &Object) -> Vec<(&Property, String)> {
    const OF_ITS_OWN: [Property; 12] = [
        Property::AttachedTo,
        Property::DependsOn,
        Property::Enabled,
        Property::Comment,
        Property::IndexComment,
        Property::ReferencedEnabled,
        Property::State,
        Property::Options,
        Property::Tablespace,
        Property::Valid,
        Property::StatisticsTarget,
        Property::Validated,
    ];
    let shape = object.iter().filter(|(property, _)| !OF_ITS_OWN.contains(property));
    shape.map(|(property, value)| (property, value.to_string())).collect()
}

/// The index or key of the whole of which this is the part, in one snapshot; `None` for one by itself.
pub(super) fn whole(snapshot: &CatalogSnapshot, id: &ObjectId) -> Option<ObjectId> {
    let shape_of_part = shape(snapshot.objects.get(id)?);
    let mut root = None;
    let mut table = relation(id);
    // A child's index is its own, whatever its parent has.
    if !snapshot.objects.get(&table)?.contains_key(&Property::PartitionOf) {
        return None;
    }
    let mut seen = BTreeSet::new();
    while let Some(parent) =
        parents(snapshot, &table).into_iter().next().filter(|table| seen.insert(table.clone()))
    {
        let parts =
            snapshot.objects.iter().filter(|(other, _)| other.kind == id.kind && relation(other) == parent);
        let like = parts.filter(|(_, object)| shape(object) == shape_of_part).map(|(other, _)| other.clone());
        root = like.min().or(root);
        table = parent;
    }
    root
}

/// The indexes or keys that are parts of this one, deepest first.
pub(super) fn members(snapshot: &CatalogSnapshot, root: &ObjectId, sides: &Sides<'_>) -> Vec<ObjectId> {
    let same_kind = snapshot.objects.keys().filter(|id| id.kind == root.kind);
    let mut members: Vec<_> =
        same_kind.filter(|id| whole(snapshot, id).as_ref() == Some(root)).cloned().collect();
    members.sort_by_key(|id| std::cmp::Reverse(depth(&relation(id), sides)));
    members
}

pub(super) fn is_partitioned(table: &ObjectId, snapshot: &CatalogSnapshot) -> bool {
    let object = snapshot.objects.get(table);
    object.is_some_and(|object| object.contains_key(&Property::PartitionKey))
}

/// The check that a detachment gave the partition which was cut off then: it goes with the end of that.
pub(super) fn check_of_detachment(table: &ObjectId, sides: &Sides<'_>) -> Option<ObjectId> {
    if !sides.live(table)?.contains_key(&Property::State) {
        return None;
    }
    let checks = sides.live_parts(&table.owner(), Kind::Constraint).into_iter();
    let mut checks = checks.filter(|(id, check)| {
        sides.expected(id).is_none() && text(check, Property::ConstraintType) == Some("CHECK")
    });
    let (check, _) = checks.next()?;
    // Of two nobody knows which it was.
    checks.next().is_none().then(|| check.clone())
}
