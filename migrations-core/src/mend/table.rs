//! Tables.

use tenon_schema::{Ident, ObjectName};

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property};

use super::address::{FOREIGN_KEYS, LAST, rank};
use super::create::{make, order};
use super::sides::{is_set, list, text};
use super::spelling::{beside, change_foreign_options, change_options, foreign_options, idents, options};
use super::{Changed, Hazard, HazardRule, Mend, Sides, column, constraint, family, sequence};

pub(super) fn create(id: &ObjectId, table: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    if !can_hold(text(table, Property::PartitionOf), true, sides) {
        return None;
    }
    let name = id.owner();
    let foreign = text(table, Property::Server);
    let mut sql = sequence::of_table(&name, sides)?;
    let words = match (foreign, text(table, Property::Persistence)) {
        (Some(_), _) => "FOREIGN TABLE",
        (None, Some("unlogged")) => "UNLOGGED TABLE",
        _ => "TABLE",
    };
    let columns = in_order(&name, sides);
    let mut create = format!("CREATE {words} {}", name.quoted());
    match text(table, Property::OfType) {
        Some(of_type) => create.push_str(&format!(" OF {of_type}")),
        None => {
            let own = columns.iter().filter(|(id, object)| of_parent(id, object, table, sides).is_none());
            let lines = own.map(|(id, object)| {
                let mut own = (*object).clone();
                // From PostgreSQL 17 on a part's identity is that of its whole, and comes when it is attached.
                if is_identity_of_whole(id, table, sides) {
                    own.remove(&Property::Identity);
                }
                column::definition(id, &own, sides)
            });
            let lines = lines.collect::<Option<Vec<_>>>()?;
            create.push_str(&format!(" ({})", lines.join(", ")));
        }
    }
    let parents = list(table, Property::Inherits);
    if !parents.is_empty() {
        create.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = text(table, Property::PartitionKey) {
        create.push_str(&format!(" PARTITION BY {key}"));
    }
    if let Some(method) = text(table, Property::Method) {
        create.push_str(&format!(" USING {}", Ident::new(method).quoted()));
    }
    create.push_str(&ddl::storage(&options(list(table, Property::Options))));
    create.push_str(&ddl::tablespace(text(table, Property::Tablespace).map(Ident::new).as_ref()));
    if let Some(server) = foreign {
        let options = foreign_options(list(table, Property::ForeignOptions))?;
        create.push_str(&format!(
            " SERVER {}{}",
            Ident::new(server).quoted(),
            ddl::foreign_options(&options)
        ));
    }
    sql.push(create);
    let of_type = table.contains_key(&Property::OfType);
    for (id, object) in &columns {
        sql.extend(match of_parent(id, object, table, sides) {
            Some(of_parent) => column::on_inherited(id, object, of_parent),
            None if of_type => column::on_typed(id, object),
            None => column::settings(id, object),
        });
        sql.extend(super::about::all(id, object, sides)?);
    }
    sql.extend(keys_and_rest(id, table, sides)?);
    Some(sql)
}

/// The parent's column that this one is, where the table does not declare it itself.
fn of_parent<'a>(id: &ObjectId, column: &Object, table: &Object, sides: &Sides<'a>) -> Option<&'a Object> {
    if !is_set(column, Property::Inherited) {
        return None;
    }
    let parents = list(table, Property::Inherits).iter().filter_map(|name| name.parse::<ObjectName>().ok());
    let mut columns = parents.filter_map(|parent| {
        let of_parent = ObjectId::of_relation(Kind::Column, &parent, id.name.clone());
        sides.expected(&of_parent).or_else(|| sides.live(&of_parent))
    });
    let of_parent = columns.next()?;
    let same = |property| column.get(&property) == of_parent.get(&property);
    (same(Property::Identity) && same(Property::Generated)).then_some(of_parent)
}

fn is_identity_of_whole(column: &ObjectId, part: &Object, sides: &Sides<'_>) -> bool {
    let whole = text(part, Property::PartitionOf).and_then(|name| name.parse::<ObjectName>().ok());
    whole.is_some_and(|whole| {
        let of_whole = ObjectId::of_relation(Kind::Column, &whole, column.name.clone());
        let of_whole = sides.expected(&of_whole).or_else(|| sides.live(&of_whole));
        of_whole.is_some_and(|column| column.contains_key(&Property::Identity))
    })
}

/// What belongs to a new table beside its columns.
fn keys_and_rest(id: &ObjectId, table: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let name = id.owner();
    let mut sql = Vec::new();
    let inherited = inherited(table, sides);
    let parts = |kind| sides.parts(&name, kind).into_iter().map(|(id, _)| id);
    let of_its_own = |part: &&ObjectId| !inherited.contains(&(part.kind, &part.name));
    let mut constraints: Vec<_> = parts(Kind::Constraint).filter(of_its_own).collect();
    constraints.sort_by_key(|id| constraint::rank(id, sides));
    // A foreign key may refer to a table that is made later: its turn comes with the others of its kind.
    let (foreign, own): (Vec<_>, Vec<_>) =
        constraints.into_iter().partition(|id| constraint::rank(id, sides) == FOREIGN_KEYS);
    for part in own.into_iter().chain(parts(Kind::Index)) {
        sql.extend(make(part, sides)?);
    }
    if let (Some(parent), Some(bound)) =
        (text(table, Property::PartitionOf), text(table, Property::PartitionBound))
    {
        sql.push(format!("ALTER TABLE {parent} ATTACH PARTITION {} {bound}", name.quoted()));
    }
    for part in foreign.into_iter().chain(parts(Kind::Statistics)) {
        sql.extend(make(part, sides)?);
    }
    for kind in [Kind::Trigger, Kind::Rule, Kind::Policy] {
        for part in parts(kind).filter(of_its_own) {
            sql.extend(make(part, sides)?);
        }
    }
    if !table.contains_key(&Property::Server) {
        sql.extend(switches(&name, table));
    }
    Some(sql)
}

/// The constraints and triggers that come with the parents: the checks when the table is made with them, foreign
/// keys and triggers when it is attached, which the checks have to precede. Keys are each table's own.
fn inherited<'a>(table: &Object, sides: &Sides<'a>) -> Vec<(Kind, &'a Ident)> {
    let is_part = table.contains_key(&Property::PartitionOf);
    let parents = text(table, Property::PartitionOf).into_iter();
    let parents = parents.chain(list(table, Property::Inherits).iter().map(String::as_str));
    let names = parents.filter_map(|parent| parent.parse::<ObjectName>().ok());
    let of_parent = |name: ObjectName| {
        // The parent may be another plugin's.
        let parts = |kind| {
            let declared = sides.parts(&name, kind);
            if declared.is_empty() { sides.live_parts(&name, kind) } else { declared }
        };
        let inherited = parts(Kind::Constraint).into_iter().filter(|(_, object)| {
            let kind = text(object, Property::ConstraintType);
            let check = kind == Some("CHECK") && !is_set(object, Property::NoInherit);
            if is_part { kind == Some("FOREIGN KEY") } else { check }
        });
        let triggers = parts(Kind::Trigger).into_iter().filter(|_| is_part);
        inherited.chain(triggers).map(|(id, _)| (id.kind, &id.name)).collect::<Vec<_>>()
    };
    names.flat_map(of_parent).collect()
}

/// The columns in their order: as they stood, or as far as a reading does not say, as they are declared.
fn in_order<'a>(name: &ObjectName, sides: &Sides<'a>) -> Vec<(&'a ObjectId, &'a Object)> {
    let declared = |name: &ObjectName| sides.descriptors.tables.iter().find(|table| table.name == *name);
    // A part need not repeat those of its whole.
    let with_columns = declared(name)
        .filter(|table| !table.columns.is_empty())
        .or_else(|| declared(&declared(name)?.partition_of.as_ref()?.parent));
    let table = sides.expected(&ObjectId::standalone(Kind::Table, name));
    let stood = table.map(|table| list(table, Property::ColumnOrder)).unwrap_or_default();
    let place = |id: &ObjectId| {
        let stood = stood.iter().position(|column| column == id.name.as_str());
        stood.or_else(|| with_columns?.columns.iter().position(|column| column.name == id.name))
    };
    let mut columns = sides.parts(name, Kind::Column);
    columns.sort_by_key(|(id, _)| place(id).unwrap_or(usize::MAX));
    columns
}

fn switches(name: &ObjectName, table: &Object) -> Vec<String> {
    let mut actions = Vec::new();
    if let Some(identity) = text(table, Property::ReplicaIdentity).filter(|text| *text != "DEFAULT") {
        actions.push(replica_identity(identity));
    }
    if let Some(index) = text(table, Property::Clustered) {
        actions.push(format!("CLUSTER ON {}", Ident::new(index).quoted()));
    }
    for (property, words) in [
        (Property::RowSecurity, "ENABLE ROW LEVEL SECURITY"),
        (Property::ForceRowSecurity, "FORCE ROW LEVEL SECURITY"),
    ] {
        if is_set(table, property) {
            actions.push(words.to_owned());
        }
    }
    actions.into_iter().map(|action| format!("ALTER TABLE {} {action}", name.quoted())).collect()
}

fn replica_identity(identity: &str) -> String {
    match identity.strip_prefix("INDEX ") {
        Some(index) => format!("REPLICA IDENTITY USING INDEX {index}"),
        None => format!("REPLICA IDENTITY {identity}"),
    }
}

/// What a table says of an index or key that is made anew: both are forgotten with it.
pub(super) fn uses_of(index: &ObjectId, sides: &Sides<'_>) -> Vec<String> {
    let name = index.owner();
    let Some(table) = sides.expected(&ObjectId::standalone(Kind::Table, &name)) else { return Vec::new() };
    let mut actions = Vec::new();
    if text(table, Property::Clustered) == Some(index.name.as_str()) {
        actions.push(format!("CLUSTER ON {}", index.name.quoted()));
    }
    let identity = text(table, Property::ReplicaIdentity).and_then(|text| text.strip_prefix("INDEX "));
    if identity.is_some_and(|name| name == index.name.as_str() || name == index.name.quoted()) {
        actions.push(format!("REPLICA IDENTITY USING INDEX {}", index.name.quoted()));
    }
    actions.into_iter().map(|action| format!("ALTER TABLE {} {action}", name.quoted())).collect()
}

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    let alter = |action: String| format!("ALTER TABLE {} {action}", id.owner().quoted());
    let hazard = |rule| Hazard::new(rule, id);
    let set = |action: String| changed.mend(rank(id.kind), [alter(action)]);
    let rewrite = |action: String| Some(set(action).hazard(hazard(HazardRule::RewriteTable)));
    let last = |action: String| Some(changed.mend(LAST, [alter(action)]));
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
            Some(changed.mend(rank(id.kind), actions))
        }
        Property::ReplicaIdentity => {
            last(replica_identity(changed.expected_text().filter(|text| !text.contains(','))?))
        }
        Property::State if changed.expected.is_none() => end_detaching(id, sides),
        Property::LeftBehind => {
            let gone = beside(found, expected).into_iter();
            let gone: Vec<_> =
                gone.map(|what| format!("DROP {}", what.replacen("index", "INDEX", 1))).collect();
            (!gone.is_empty()).then(|| changed.mend(LAST, gone))
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
            let mend = changed.mend(rank(id.kind), steps);
            Some(mend.hazard_if(!beside(found, expected).is_empty(), || hazard(HazardRule::Detach)))
        }
        Property::OfType => Some(set(match changed.expected_text() {
            Some(name) => format!("OF {name}"),
            None => "NOT OF".to_owned(),
        })),
        Property::ForeignOptions => {
            let action = change_foreign_options(expected, found)?;
            Some(
                changed
                    .mend(rank(id.kind), [format!("ALTER FOREIGN TABLE {} {action}", id.owner().quoted())]),
            )
        }
        // Another kind of relation, partition key or server is another table.
        _ => None,
    }
}

/// A foreign table, which has no rows of its own, and a table in its place. Of a table that is to be partitioned, or
/// no longer, nobody knows where its rows belong.
fn become_another(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let is_foreign = text(sides.live(id)?, Property::RelationKind) == Some("foreign table");
    if !is_foreign {
        return None;
    }
    let mut sql = vec![format!("DROP FOREIGN TABLE {}", id.owner().quoted())];
    sql.extend(make(id, sides)?);
    Some(Mend::new(order(id, sides), sql).hazard(Hazard::new(HazardRule::Drop(Kind::Table), id)))
}

/// Whether the table of which this should be a part is there with its own partition key, or will be.
fn can_hold(parent: Option<&str>, may_be_made: bool, sides: &Sides<'_>) -> bool {
    let Some(parent) = parent.and_then(|name| name.parse().ok()) else { return true };
    let parent = ObjectId::standalone(Kind::Table, &parent);
    let key = |object: Option<&Object>| object.map(|table| table.get(&Property::PartitionKey).cloned());
    match (key(sides.live(&parent)), key(sides.expected(&parent))) {
        (Some(there), Some(wanted)) => there == wanted,
        (None, _) => may_be_made,
        (Some(_), None) => true,
    }
}

/// Puts a partition where it belongs, or takes it out of where it does not.
fn attach(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
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
    let mend = Mend { additive, ..Mend::new(order(first, sides), sql) };
    Some(mend.hazard_if(is_in.is_some() && is_in != belongs, || Hazard::new(HazardRule::Detach, id)))
}

/// This part and those others whose bounds have to change within the same table.
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
pub(super) fn end_detaching(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (name, is_in) = (id.owner().quoted(), text(live, Property::PartitionOf)?);
    let mut sql = vec![format!("ALTER TABLE {is_in} DETACH PARTITION {name} FINALIZE")];
    if let (Some(whole), Some(bound)) =
        (text(expected, Property::PartitionOf), text(expected, Property::PartitionBound))
    {
        sql.push(format!("ALTER TABLE {whole} ATTACH PARTITION {name} {bound}"));
    }
    let check = family::check_of_detachment(id, sides);
    sql.extend(check.and_then(|check| super::address::drop(&check, sides)));
    Some(Mend::new(order(id, sides), sql))
}

/// The parents as they should be, in their order.
fn inherit(expected: &[String], found: &[String]) -> Vec<String> {
    let kept = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let gone = found.iter().skip(kept).map(|parent| format!("NO INHERIT {parent}"));
    gone.chain(expected.iter().skip(kept).map(|parent| format!("INHERIT {parent}"))).collect()
}

/// The columns of an index or key as SQL.
pub(super) fn key(object: &Object) -> String {
    let include = ddl::include(&idents(list(object, Property::Include)));
    let columns = idents(list(object, Property::Columns));
    format!("{}{include}", ddl::key_columns(&columns, is_set(object, Property::Period)))
}
