//! Making a table with all that belongs to it.

use tenon_schema::{Ident, ObjectName};

use crate::ddl;
use crate::repair::rank::{FOREIGN_KEYS, rank_of_constraint};
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{foreign_options, options};
use crate::repair::{Sides, about};
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::{column, part, sequence};

pub(in crate::repair) fn create(id: &ObjectId, table: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
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
                // From PostgreSQL 17 on a part's identity is that of its whole, and comes when it is
                // attached.
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
        sql.extend(about::all(id, object, sides)?);
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
    constraints.sort_by_key(|id| rank_of_constraint(id, sides));
    // A foreign key may refer to a table that is made later: its turn comes with the others of its kind.
    let (foreign, own): (Vec<_>, Vec<_>) =
        constraints.into_iter().partition(|id| rank_of_constraint(id, sides) == FOREIGN_KEYS);
    for part in own.into_iter().chain(parts(Kind::Index)) {
        sql.extend(part::make(part, sides)?);
    }
    if let (Some(parent), Some(bound)) =
        (text(table, Property::PartitionOf), text(table, Property::PartitionBound))
    {
        sql.push(format!("ALTER TABLE {parent} ATTACH PARTITION {} {bound}", name.quoted()));
    }
    for part in foreign.into_iter().chain(parts(Kind::Statistics)) {
        sql.extend(part::make(part, sides)?);
    }
    for kind in [Kind::Trigger, Kind::Rule, Kind::Policy] {
        for part in parts(kind).filter(of_its_own) {
            sql.extend(part::make(part, sides)?);
        }
    }
    if !table.contains_key(&Property::Server) {
        sql.extend(switches(&name, table));
    }
    Some(sql)
}

/// The constraints and triggers that come with the parents: the checks when the table is made with them,
/// foreign keys and triggers when it is attached, which the checks have to precede. Keys are each table's
/// own.
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

/// The columns in their order: as they stood, or as far as a snapshot does not say, as they are declared.
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

pub(in crate::repair) fn replica_identity(identity: &str) -> String {
    match identity.strip_prefix("INDEX ") {
        Some(index) => format!("REPLICA IDENTITY USING INDEX {index}"),
        None => format!("REPLICA IDENTITY {identity}"),
    }
}

/// What a table says of an index or key that is made anew: both are forgotten with it.
pub(in crate::repair) fn uses_of(index: &ObjectId, sides: &Sides<'_>) -> Vec<String> {
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

/// Whether the table of which this should be a part is there with its own partition key, or will be.
pub(in crate::repair) fn can_hold(parent: Option<&str>, may_be_made: bool, sides: &Sides<'_>) -> bool {
    let Some(parent) = parent.and_then(|name| name.parse().ok()) else { return true };
    let parent = ObjectId::standalone(Kind::Table, &parent);
    let key = |object: Option<&Object>| object.map(|table| table.get(&Property::PartitionKey).cloned());
    match (key(sides.live(&parent)), key(sides.expected(&parent))) {
        (Some(there), Some(wanted)) => there == wanted,
        (None, _) => may_be_made,
        (Some(_), None) => true,
    }
}
