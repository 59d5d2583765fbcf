//! Changing a table.

use tenon_schema::Ident;

use crate::repair::address::drop;
use crate::repair::make::make;
use crate::repair::make::table::{can_hold, replica_identity};
use crate::repair::rank::{LAST, order, rank};
use crate::repair::sides::text;
use crate::repair::spelling::{beside, change_foreign_options, change_options};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides, family};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let alter = |action: String| format!("ALTER TABLE {} {action}", id.owner().quoted());
    let hazard = |rule| Hazard::new(rule, id);
    let set = |action: String| changed.repair(rank(id.kind), [alter(action)]);
    let rewrite = |action: String| Some(set(action).hazard(hazard(HazardRule::RewriteTable)));
    let last = |action: String| Some(changed.repair(LAST, [alter(action)]));
    let security = |action: String| Some(last(action)?.hazard(hazard(HazardRule::ChangeRowSecurity)));
    let (expected, found) = changed.lists();
    let kind = |object: Option<&Object>| {
        object.and_then(|object| text(object, Property::RelationKind)).map(str::to_owned)
    };
    if kind(sides.expected(id)) != kind(sides.live(id)) {
        return become_another(id, sides);
    }
    match changed.property {
        Property::Persistence => rewrite(
            if changed.expected_text()? == "unlogged" { "SET UNLOGGED" } else { "SET LOGGED" }.to_owned(),
        ),
        Property::Method => {
            rewrite(format!("SET ACCESS METHOD {}", Ident::new(changed.expected_text()?).quoted()))
        }
        Property::Tablespace => {
            let name = changed.expected_text().unwrap_or("pg_default");
            rewrite(format!("SET TABLESPACE {}", Ident::new(name).quoted()))
        }
        Property::Options => {
            let actions = change_options(expected, found).into_iter().map(alter);
            Some(changed.repair(rank(id.kind), actions))
        }
        Property::ReplicaIdentity => {
            last(replica_identity(changed.expected_text().filter(|text| !text.contains(','))?))
        }
        Property::State if changed.expected.is_none() => end_detaching(id, sides),
        Property::LeftBehind => {
            let gone = beside(found, expected).into_iter();
            let gone: Vec<_> =
                gone.map(|what| format!("DROP {}", what.replacen("index", "INDEX", 1))).collect();
            (!gone.is_empty()).then(|| changed.repair(LAST, gone))
        }
        Property::Clustered => last(match changed.expected_text() {
            Some(index) => format!("CLUSTER ON {}", Ident::new(index).quoted()),
            None => "SET WITHOUT CLUSTER".to_owned(),
        }),
        Property::RowSecurity => security(format!(
            "{} ROW LEVEL SECURITY",
            if changed.expects_flag() { "ENABLE" } else { "DISABLE" }
        )),
        Property::ForceRowSecurity => {
            security(format!("{}FORCE ROW LEVEL SECURITY", if changed.expects_flag() { "" } else { "NO " }))
        }
        Property::PartitionOf | Property::PartitionBound => attach(id, sides),
        Property::Inherits => {
            let steps = inherit(expected, found).into_iter().map(alter);
            let repair = changed.repair(rank(id.kind), steps);
            Some(repair.hazard_if(!beside(found, expected).is_empty(), || hazard(HazardRule::Detach)))
        }
        Property::OfType => Some(set(match changed.expected_text() {
            Some(name) => format!("OF {name}"),
            None => "NOT OF".to_owned(),
        })),
        Property::ForeignOptions => {
            let action = change_foreign_options(expected, found)?;
            Some(
                changed
                    .repair(rank(id.kind), [format!("ALTER FOREIGN TABLE {} {action}", id.owner().quoted())]),
            )
        }
        // Another kind of relation, partition key or server is another table.
        _ => None,
    }
}

/// A foreign table, which has no rows of its own, and a table in its place. Of a table that is to be
/// partitioned, or no longer, nobody knows where its rows belong.
fn become_another(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let is_foreign = text(sides.live(id)?, Property::RelationKind) == Some("foreign table");
    if !is_foreign {
        return None;
    }
    let mut sql = vec![format!("DROP FOREIGN TABLE {}", id.owner().quoted())];
    sql.extend(make(id, sides)?);
    Some(Repair::new(order(id, sides), sql).hazard(Hazard::new(HazardRule::Drop(Kind::Table), id)))
}

/// Puts a partition where it belongs, or takes it out of where it does not.
fn attach(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let is_in = text(live, Property::PartitionOf);
    let belongs = text(expected, Property::PartitionOf);
    if !can_hold(belongs, is_in.is_none(), sides) {
        return None;
    }
    // Bounds that were exchanged can be set only once all are free.
    let moved = siblings(id, sides);
    let mut sql = Vec::new();
    let mut attached = Vec::new();
    for (other, wanted, found) in &moved {
        let name = other.owner().quoted();
        let is_in = text(found, Property::PartitionOf);
        sql.extend(is_in.map(|parent| format!("ALTER TABLE {parent} DETACH PARTITION {name}")));
        if let (Some(parent), Some(bound)) =
            (text(wanted, Property::PartitionOf), text(wanted, Property::PartitionBound))
        {
            attached
                .push((bound == "DEFAULT", format!("ALTER TABLE {parent} ATTACH PARTITION {name} {bound}")));
        }
    }
    // What the others leave over is what the default one may have.
    attached.sort_by_key(|(is_default, _)| *is_default);
    sql.extend(attached.into_iter().map(|(_, attach)| attach));
    let first = moved.first().map_or(id, |(other, ..)| *other);
    let additive = moved.iter().all(|(_, _, found)| !found.contains_key(&Property::PartitionOf));
    let repair = Repair { additive, ..Repair::new(order(first, sides), sql) };
    Some(repair.hazard_if(is_in.is_some() && is_in != belongs, || Hazard::new(HazardRule::Detach, id)))
}

/// A part and those others whose bounds have to change within the same table.
fn siblings<'a>(id: &'a ObjectId, sides: &Sides<'a>) -> Vec<(&'a ObjectId, &'a Object, &'a Object)> {
    let place = |object: &Object| {
        (object.get(&Property::PartitionOf).cloned(), object.get(&Property::PartitionBound).cloned())
    };
    let both = |other: &'a ObjectId| Some((other, sides.expected(other)?, sides.live(other)?));
    let own = both(id);
    let stays = |found: &Object, wanted: &Object| {
        found.contains_key(&Property::PartitionOf)
            && found.get(&Property::PartitionOf) == wanted.get(&Property::PartitionOf)
    };
    let Some((_, wanted, found)) = own.filter(|(_, wanted, found)| stays(found, wanted)) else {
        return own.into_iter().collect();
    };
    let whole = wanted.get(&Property::PartitionOf).filter(|_| place(wanted) != place(found));
    let tables = sides.expected.objects.keys().filter(|other| other.kind == Kind::Table);
    let others = tables.filter_map(both).filter(|(_, wanted, found)| {
        stays(found, wanted) && wanted.get(&Property::PartitionOf) == whole && place(wanted) != place(found)
    });
    others.collect()
}

/// Ends a detachment that was cut off, and puts the partition back; the check that came with it goes.
pub(in crate::repair) fn end_detaching(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (name, is_in) = (id.owner().quoted(), text(live, Property::PartitionOf)?);
    let mut sql = vec![format!("ALTER TABLE {is_in} DETACH PARTITION {name} FINALIZE")];
    if let (Some(whole), Some(bound)) =
        (text(expected, Property::PartitionOf), text(expected, Property::PartitionBound))
    {
        sql.push(format!("ALTER TABLE {whole} ATTACH PARTITION {name} {bound}"));
    }
    let check = family::check_of_detachment(id, sides);
    sql.extend(check.and_then(|check| drop(&check, sides)));
    Some(Repair::new(order(id, sides), sql))
}

/// The parents as they should be, in their order.
fn inherit(expected: &[String], found: &[String]) -> Vec<String> {
    let kept = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let gone = found.iter().skip(kept).map(|parent| format!("NO INHERIT {parent}"));
    gone.chain(expected.iter().skip(kept).map(|parent| format!("INHERIT {parent}"))).collect()
}
